//! Table `teams`.

use super::{Db, StoreResult};
use crate::{on_db, on_tx};
use domain::{ids::TeamId, operator::Team, time::Timestamp};

/// The team that exists from the first start.
pub const DEFAULT_SLUG: &str = "default";

const BY_SLUG: &str = "select id, slug, name from teams where slug = $1";
const SLUGS: &str = "select slug from teams order by slug";
const INSERT: &str = "insert into teams (id, slug, name, created_at) values ($1, $2, $3, $4) on conflict (slug) do nothing";

pub async fn by_slug(db: &Db, slug: &str) -> StoreResult<Option<Team>> {
    on_db!(db, |pool| sqlx::query_as(BY_SLUG).bind(slug).fetch_optional(pool).await)
}

/// Every team there is.
pub async fn slugs(db: &Db) -> StoreResult<Vec<String>> {
    on_db!(db, |pool| sqlx::query_scalar(SLUGS).fetch_all(pool).await)
}

pub async fn ensure_default(db: &Db, now: Timestamp) -> StoreResult<()> {
    if by_slug(db, DEFAULT_SLUG).await?.is_some() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(INSERT).bind(TeamId::new()).bind(DEFAULT_SLUG).bind("Default").bind(now).execute(connection).await.map(drop))?;
    tx.commit().await
}
