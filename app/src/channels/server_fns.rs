//! Save, test, enable, remove, and send again.

use std::collections::BTreeMap;

#[cfg(feature = "ssr")]
use domain::settings::from_form;
use domain::{
    channel::{ChannelType, Digest},
    environment::Environment,
    ids::{ChannelId, DeliveryId},
    severity::IncidentSeverity,
};
#[cfg(feature = "ssr")]
use engine::notify::{
    arrange::{self, ChannelEdit, NewChannel},
    channels, deliveries,
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

#[cfg(feature = "ssr")]
use super::{LIST, path_of};
use crate::{action::server, action_error::ActionError, secret_input::SecretInput};
#[cfg(feature = "ssr")]
use crate::{action_error::run_action, authorize::in_scope};

/// Adds a channel, or changes the one that is named, and sends a test on it. It is saved, whatever comes of the test; the page that it leads to says that.
#[server]
pub async fn save_channel(
    #[server(default)] id: Option<ChannelId>,
    kind: ChannelType,
    name: String,
    #[server(default)] settings: BTreeMap<String, String>,
    #[server(default)] credential: BTreeMap<String, SecretInput>,
    #[server(default)] severities: Vec<IncidentSeverity>,
    /// None means all.
    #[server(default)]
    environments: Vec<Environment>,
    #[server(default)] digest: Digest,
) -> Result<(), ActionError> {
    let saved = run_action(async move |scope| {
        let fields = channels::get(&kind).map(|channel| channel.descriptor().fields.clone()).unwrap_or_default();
        let settings = from_form(&fields, &settings);
        let credential = credential.into_iter().map(|(name, secret)| (name, secret.reveal())).collect();
        let severities = Some(severities.into_iter().collect());
        let environments = (!environments.is_empty()).then(|| environments.into_iter().collect());
        match id {
            None => arrange::create(&scope, NewChannel { name, kind, settings, credential, severities, environments, digest }).await,
            Some(id) => {
                let (name, settings, credential, digest) = (Some(name), Some(settings), Some(credential), Some(digest));
                arrange::edit(&scope, id, ChannelEdit { name, settings, credential, severities, environments: Some(environments), digest, enabled: None }).await
            }
        }
    })
    .await?;
    drop(in_scope(async move |scope| arrange::test(&scope, saved.id).await).await);
    redirect(&path_of(saved.id));
    Ok(())
}

/// The page that it leads to says what came of it.
#[server]
pub async fn test_channel(id: ChannelId) -> Result<(), ActionError> {
    run_action(async move |scope| arrange::test(&scope, id).await).await?;
    redirect(&path_of(id));
    Ok(())
}

#[server]
pub async fn enable_channel(id: ChannelId, enabled: bool) -> Result<(), ActionError> {
    run_action(async move |scope| arrange::edit(&scope, id, ChannelEdit { enabled: Some(enabled), ..ChannelEdit::default() }).await).await?;
    redirect(&path_of(id));
    Ok(())
}

#[server]
pub async fn remove_channel(id: ChannelId) -> Result<(), ActionError> {
    run_action(async move |scope| arrange::remove(&scope, id).await).await?;
    redirect(LIST);
    Ok(())
}

#[server]
pub async fn resend_delivery(id: DeliveryId) -> Result<(), ActionError> {
    let delivery = run_action(async move |scope| deliveries::resend(&scope, id).await).await?;
    redirect(&path_of(delivery.channel_id));
    Ok(())
}
