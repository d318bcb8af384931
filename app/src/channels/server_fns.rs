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
    channels, deliveries,
    manage::{self, ChannelEdit, NewChannel},
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::{LIST, path_of};
use crate::{action::server, action_error::ActionError, secret_input::SecretInput};
#[cfg(feature = "ssr")]
use crate::{action_error::run_action, authorize::in_scope};

/// What a person enters of a channel, as browsers post it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChannelInput {
    pub name: String,
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    #[serde(default)]
    pub credential: BTreeMap<String, SecretInput>,
    #[serde(default)]
    pub severities: Vec<IncidentSeverity>,
    /// None means all.
    #[serde(default)]
    pub environments: Vec<Environment>,
    #[serde(default)]
    pub digest: Digest,
}

#[cfg(feature = "ssr")]
impl ChannelInput {
    fn into_new(self, kind: ChannelType) -> NewChannel {
        let fields = channels::get(&kind).map(|channel| channel.descriptor().fields.clone()).unwrap_or_default();
        NewChannel {
            name: self.name,
            settings: from_form(&fields, &self.settings),
            credential: self.credential.into_iter().map(|(name, secret)| (name, secret.reveal())).collect(),
            severities: Some(self.severities.into_iter().collect()),
            environments: (!self.environments.is_empty()).then(|| self.environments.into_iter().collect()),
            digest: self.digest,
            kind,
        }
    }
}

/// Adds a channel, or changes the one that is named, and sends a test on it. It is saved, whatever comes of the test; the page that it leads to says that.
#[server]
pub async fn save_channel(
    #[server(default)] id: Option<ChannelId>,
    /// The version that the person saw of the one that is changed.
    #[server(default)]
    version: Option<i64>,
    kind: ChannelType,
    #[server(flatten)] input: ChannelInput,
) -> Result<(), ActionError> {
    let saved = run_action(async move |scope| {
        let new = input.into_new(kind);
        match id {
            None => manage::create(&scope, new).await,
            Some(id) => manage::edit(&scope, id, version, new.into()).await,
        }
    })
    .await?;
    drop(in_scope(async move |scope| manage::test(&scope, saved.id).await).await);
    redirect(&path_of(saved.id));
    Ok(())
}

/// The page that it leads to says what came of it.
#[server]
pub async fn test_channel(id: ChannelId) -> Result<(), ActionError> {
    run_action(async move |scope| manage::test(&scope, id).await).await?;
    redirect(&path_of(id));
    Ok(())
}

#[server]
pub async fn enable_channel(id: ChannelId, enabled: bool) -> Result<(), ActionError> {
    run_action(async move |scope| manage::edit(&scope, id, None, ChannelEdit { enabled: Some(enabled), ..ChannelEdit::default() }).await).await?;
    redirect(&path_of(id));
    Ok(())
}

#[server]
pub async fn remove_channel(id: ChannelId) -> Result<(), ActionError> {
    run_action(async move |scope| manage::remove(&scope, id).await).await?;
    redirect(LIST);
    Ok(())
}

#[server]
pub async fn resend_delivery(id: DeliveryId) -> Result<(), ActionError> {
    let delivery = run_action(async move |scope| deliveries::resend(&scope, id).await).await?;
    redirect(&path_of(delivery.channel_id));
    Ok(())
}
