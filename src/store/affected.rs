//! How many rows a statement changed, whichever database it ran on.

use sqlx_postgres::PgQueryResult;
use sqlx_sqlite::SqliteQueryResult;

pub trait Affected {
    fn rows(&self) -> u64;
}

impl Affected for SqliteQueryResult {
    fn rows(&self) -> u64 {
        self.rows_affected()
    }
}

impl Affected for PgQueryResult {
    fn rows(&self) -> u64 {
        self.rows_affected()
    }
}

/// Whether a statement that names one row found it.
pub fn affected_one(done: impl Affected) -> bool {
    done.rows() == 1
}
