//! Mailboxes of contacts in table `notification_channels`: a channel that hears of nothing by itself, so that mails to a contact are claimed, tried
//! again, kept and removed as other messages are.

use serde_json::json;
use sqlx::types::Json;

use super::{StoreResult, TeamTx, Tx, notification_channels};
use crate::on_tx;
use domain::{
    escalation::Reachable,
    folding::fold,
    ids::{ChannelId, ContactId, TeamId},
    time::Timestamp,
};

/// What was disabled because nothing arrived there is tried again once somebody has saved the contact.
const SET: &str = "insert into notification_channels (id, team_id, name, name_key, type, version, settings, credential_origin, credential_version,
        severities, digest, contact_id, created_at, updated_at)
    values ($1, $2, $3, $4, 'email', 1, $5, '', 1, $6, 'none', $7, $8, $8)
    on conflict (contact_id) where contact_id is not null do update set name = excluded.name, name_key = excluded.name_key, settings = excluded.settings,
        disabled_at = null, disabled_reason = null, not_before = null, version = notification_channels.version + 1, updated_at = excluded.updated_at";
const OF_CONTACT: &str = "select id from notification_channels where team_id = $1 and contact_id = $2";
const ALL: &str = "select id from notification_channels where team_id = $1";
const REACHABLE: &str = "select id, name, contact_id from notification_channels where team_id = $1 and disabled_at is null order by name_key, id";

/// Fails with a unique violation when a channel has the name.
pub async fn set(tx: &mut TeamTx, contact: ContactId, name: &str, email: &str, now: Timestamp) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(SET)
        .bind(ChannelId::new())
        .bind(team)
        .bind(name)
        .bind(fold(name))
        .bind(Json(json!({ "to": [email] })))
        .bind(Json(json!([])))
        .bind(contact)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))
}

/// With all that was sent there.
pub async fn remove(tx: &mut TeamTx, contact: ContactId) -> StoreResult<()> {
    let team = tx.team();
    let found: Option<ChannelId> = on_tx!(tx, |connection| sqlx::query_scalar(OF_CONTACT).bind(team).bind(contact).fetch_optional(connection).await)?;
    if let Some(id) = found {
        notification_channels::delete(tx, id).await?;
    }
    Ok(())
}

/// Every channel of the team that something can be sent on.
pub async fn reachable(tx: &mut Tx, team: TeamId) -> StoreResult<Vec<Reachable>> {
    on_tx!(tx, |connection| sqlx::query_as(REACHABLE).bind(team).fetch_all(connection).await)
}

/// Every channel of the team, enabled or not.
pub async fn all(tx: &mut Tx, team: TeamId) -> StoreResult<Vec<ChannelId>> {
    on_tx!(tx, |connection| sqlx::query_scalar(ALL).bind(team).fetch_all(connection).await)
}
