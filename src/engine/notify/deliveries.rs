//! What was sent on channels: look, and send again what was given up.

use std::collections::HashMap;

use crate::{OpsError, Scope, cursor};
use domain::{
    audit::AuditAct,
    delivery::{Delivery, DeliveryFilter},
    error::ErrorCode,
    ids::{ChannelId, DeliveryId},
    permission::Permission,
};
use store::deliveries;

/// The newest that match, and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn list(scope: &Scope, filter: DeliveryFilter, limit: u32, cursor: Option<&str>) -> Result<(Vec<Delivery>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadChannels)?;
    let read = async |after, most| deliveries::latest(&scope.db(), filter, after, most).await;
    cursor::page(limit, cursor, |last: &Delivery| last.id, read).await
}

/// The last one of each channel that has any.
///
/// # Errors
/// The database failed.
pub async fn latest_of_each(scope: &Scope) -> Result<HashMap<ChannelId, Delivery>, OpsError> {
    scope.authorize(Permission::ReadChannels)?;
    let latest = deliveries::latest_of_each(&scope.db()).await?;
    Ok(latest.into_iter().map(|delivery| (delivery.channel_id, delivery)).collect())
}

/// Sends a message again that was given up, under the same id; it has another day.
///
/// # Errors
/// There is no such delivery in the actor's team; it was not given up.
pub async fn resend(scope: &Scope, id: DeliveryId) -> Result<Delivery, OpsError> {
    scope.authorize(Permission::UseChannels)?;
    let mut tx = scope.begin().await?;
    let resent = deliveries::resend(&mut tx, id, scope.console.clock.now()).await?;
    let delivery = deliveries::get_in(&mut tx, id).await?.ok_or(ErrorCode::DeliveryNotFound)?;
    if !resent {
        return Err(ErrorCode::DeliveryNotDead.into());
    }
    scope.audit(&mut tx, AuditAct::DeliveryResent, id).await?;
    tx.commit().await?;
    scope.console.events.wake_sender();
    Ok(delivery)
}
