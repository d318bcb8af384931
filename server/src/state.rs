//! What every handler shares.

use axum::http::Extensions;
use leptos::config::LeptosOptions;
use switchboard::{
    domain::{error::UserError, profile::Environment},
    engine::{
        Console, ConsoleSettings, OpsError,
        egress::{Egress, Resolver},
        report::{RequestContext, report},
        vault::Vault,
    },
};
use url::Url;

use crate::{
    assets,
    problem::Problem,
    settings::{MasterKey, Settings},
};

#[derive(Clone)]
pub struct AppState {
    pub console: Console,
    pub environment: Environment,
    /// Scheme, host and port that people use; absent, whatever host the request names.
    pub public_url: Option<Url>,
    /// Whether browsers reach the console over TLS.
    pub is_secure: bool,
    pub leptos: LeptosOptions,
}

impl AppState {
    pub fn new(console: Console, settings: &Settings) -> Self {
        let leptos = LeptosOptions::builder().output_name(assets::output_name()).site_pkg_dir("pkg").build();
        Self { console, environment: settings.environment, public_url: settings.public_url.clone(), is_secure: settings.is_secure(), leptos }
    }

    /// What a person or program reads of an error, after it was logged and recorded.
    pub async fn refuse(&self, context: &RequestContext, error: impl Into<OpsError>) -> Problem {
        report(&self.console, context, error.into()).await.into()
    }

    /// [`AppState::refuse`] for whoever has only the request, whose extensions hold its context.
    pub async fn refuse_request(&self, extensions: &Extensions, error: impl Into<OpsError>) -> Problem {
        match extensions.get() {
            Some(context) => self.refuse(context, error).await,
            None => UserError::new(error.into().code(), None).into(),
        }
    }
}

/// Opens the console that the settings describe.
///
/// # Errors
/// A database that does not answer or is newer than this program.
pub async fn open_console(settings: &Settings, key: MasterKey) -> Result<Console, OpsError> {
    Console::open(ConsoleSettings {
        verification_time_to_live: settings.verification_ttl,
        heartbeat_interval_seconds: settings.heartbeat_interval_seconds,
        ..ConsoleSettings::new(settings.database_url.clone(), Vault::from_key(key.as_bytes()), Egress::new(settings.egress.clone(), Resolver::System))
    })
    .await
}
