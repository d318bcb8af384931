//! Statements over many rows at once, which arrive as one JSON array of arrays: `r.value ->> 0` is a row's first column.

use super::Tx;

/// One statement, side by side for each database: they differ in how an array becomes rows.
#[derive(Clone, Copy, Debug)]
pub struct Bulk {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl Bulk {
    pub const fn on(self, tx: &Tx) -> &'static str {
        match tx {
            Tx::Sqlite(_) => self.sqlite,
            Tx::Postgres(_) => self.postgres,
        }
    }
}

/// The text before the rows of `$1`, which are called `r`, and the text after them.
#[macro_export]
macro_rules! bulk {
    ($before:literal, $after:literal) => {
        $crate::bulk!($before, $after, "")
    };
    ($before:literal, $after:literal, $only_postgres:literal) => {
        $crate::bulk::Bulk {
            sqlite: concat!($before, "json_each($1) r ", $after),
            postgres: concat!($before, "jsonb_array_elements($1) r ", $after, $only_postgres),
        }
    };
}
