//! Makes and ends silences. The page stays where it is.

#[cfg(feature = "ssr")]
use std::time::Duration;

use domain::ids::SilenceId;
#[cfg(feature = "ssr")]
use domain::{matchers::Matchers, permission::Permission};
#[cfg(feature = "ssr")]
use engine::suppression::silences::{self, NewSilence};

#[cfg(feature = "ssr")]
use crate::{action::chosen, action_error::run_action};
use crate::{action::server, action_error::ActionError};

/// Of `connection`, `tag` and `environment` an empty one says nothing.
#[server]
pub async fn silence(
    #[server(default)] connection: String,
    #[server(default)] tag: String,
    #[server(default)] environment: String,
    minutes: u32,
    #[server(default)] reason: String,
) -> Result<(), ActionError> {
    run_action(async move |scope| {
        scope.authorize(Permission::HandleIncidents)?;
        let (connection_id, environment) = (chosen("connection", &connection)?, chosen("environment", &environment)?);
        let matchers = Matchers { connection_id, tag: Some(tag), environment };
        let ends_at = scope.console().clock.now() + Duration::from_secs(u64::from(minutes) * 60);
        silences::make(&scope, NewSilence { matchers, ends_at, reason }).await.map(drop).map_err(|error| error.renamed("matchers.tag", "tag"))
    })
    .await
}

#[server]
pub async fn end_silence(id: SilenceId) -> Result<(), ActionError> {
    run_action(async move |scope| silences::end(&scope, id).await).await
}
