//! How busy the connections to the database are.

use super::{
    Db,
    db::{Pool, Reader},
};

/// One pool of them, as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolFigures {
    /// `writer` and `reader` on SQLite, `all` on PostgreSQL.
    pub name: &'static str,
    pub open: usize,
    pub idle: usize,
    pub most: usize,
}

impl Db {
    pub fn pools(&self) -> Vec<PoolFigures> {
        let number = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let mut pools = vec![match &self.writer {
            Pool::Sqlite(pool) => {
                PoolFigures { name: "writer", open: number(pool.size()), idle: pool.num_idle(), most: number(pool.options().get_max_connections()) }
            }
            Pool::Postgres(pool) => {
                PoolFigures { name: "all", open: number(pool.size()), idle: pool.num_idle(), most: number(pool.options().get_max_connections()) }
            }
        }];
        if let Reader::Sqlite(readers) = &self.reader {
            let (open, idle, most) = readers.figures();
            pools.push(PoolFigures { name: "reader", open, idle, most });
        }
        pools
    }
}
