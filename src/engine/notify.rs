//! Notifications in the console's own pages.

use super::{Console, OpsError};
use domain::{
    error::ErrorCode,
    ids::NotificationId,
    notification::{Notification, Waiting},
    operator::Actor,
    time::Timestamp,
};
use store::notifications;

/// The newest of the actor's team, after the one named.
///
/// # Errors
/// The database failed.
pub async fn list(console: &Console, actor: &Actor, after: Option<(Timestamp, NotificationId)>, limit: i64) -> Result<Vec<Notification>, OpsError> {
    Ok(notifications::latest(&console.db, actor.team, after, limit).await?)
}

/// The newest that nobody of the actor's team has read.
///
/// # Errors
/// The database failed.
pub async fn latest_unread(console: &Console, actor: &Actor, limit: i64) -> Result<Vec<Notification>, OpsError> {
    Ok(notifications::latest_unread(&console.db, actor.team, limit).await?)
}

/// How many nobody of the team has read.
///
/// # Errors
/// The database failed.
pub async fn unread(console: &Console, actor: &Actor) -> Result<i64, OpsError> {
    Ok(notifications::unread(&console.db, actor.team).await?)
}

/// What the header of every page counts.
///
/// # Errors
/// The database failed.
pub async fn waiting(console: &Console, actor: &Actor) -> Result<Waiting, OpsError> {
    Ok(notifications::waiting(&console.db, actor.team).await?)
}

/// # Errors
/// There is no such notification in the actor's team.
pub async fn mark_read(console: &Console, actor: &Actor, id: NotificationId) -> Result<(), OpsError> {
    let mut tx = console.db.begin().await?;
    if !notifications::mark_read(&mut tx, actor.team, id, console.clock.now()).await? {
        return Err(ErrorCode::NotificationNotFound.into());
    }
    tx.commit().await?;
    Ok(())
}

/// # Errors
/// The database failed.
pub async fn mark_all_read(console: &Console, actor: &Actor) -> Result<(), OpsError> {
    let mut tx = console.db.begin().await?;
    notifications::mark_all_read(&mut tx, actor.team, console.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
