//! What programs write as a setting and the vault keeps as a secret: an address that is all it takes to write to a chat, headers that carry a key.

use std::{sync::Arc, time::Duration};

use domain::{channel::NotificationChannel, profile::Settings, time::Timestamp};
use serde_json::Value;
use store::{
    notification_channels::in_clear::{self, InClear},
    profiles::SealedCredential,
};
use tokio::sync::Mutex;

use super::channels::{self, Channel};
use crate::{
    Console, OpsError,
    background::BackgroundTask,
    connections::input::EnteredCredential,
    vault::{Binding, Credential},
};

/// Channels that are looked at together.
const BATCH: i64 = 100;
const LOOKS_EVERY: Duration = Duration::from_secs(60);
/// An older program may be started again, and write as it did.
const RESTS: Duration = Duration::from_secs(60 * 60);

/// Moves what is sealed from `settings` to `entered`, where nothing else was given for it. Answers what was given as nothing, which is to be forgotten.
/// What is neither a text nor a list of texts stays, and fails the check of settings.
pub fn take(kind: &dyn Channel, settings: &mut Settings, entered: &mut EnteredCredential) -> Vec<&'static str> {
    let mut forgotten = Vec::new();
    for name in kind.sealed_settings() {
        let Some(text) = settings.get(*name).and_then(text_of) else { continue };
        settings.remove(*name);
        if text.trim().is_empty() {
            forgotten.push(*name);
        } else {
            let secret = entered.entry((*name).to_owned()).or_default();
            if secret.trim().is_empty() {
                *secret = text;
            }
        }
    }
    forgotten
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|lines| lines.join("\n")),
        _ => None,
    }
}

/// Without what is not shown to anybody.
pub fn without(mut channel: NotificationChannel) -> NotificationChannel {
    for name in channels::get(&channel.kind).map_or(&[][..], |kind| kind.sealed_settings()) {
        channel.has_credential |= channel.settings.remove(*name).is_some();
    }
    channel
}

/// Seals what an older program kept among the settings, once no such program is alive.
#[derive(Default)]
pub struct Sealer {
    /// When it looks again after it had found nothing left.
    looks_at: Option<Timestamp>,
}

/// The background task `sealed_settings`.
pub fn task() -> BackgroundTask {
    let sealer = Arc::new(Mutex::new(Sealer::default()));
    BackgroundTask::every("sealed_settings", LOOKS_EVERY, move |console| {
        let sealer = Arc::clone(&sealer);
        async move { sealer.lock().await.run(&console).await }
    })
}

impl Sealer {
    /// Asks the database nothing while it rests.
    ///
    /// # Errors
    /// The database failed.
    pub async fn run(&mut self, console: &Console) -> Result<(), OpsError> {
        let now = console.clock.now();
        if self.looks_at.is_some_and(|then| now < then) {
            return Ok(());
        }
        let is_done = !in_clear::is_held_back(&console.db).await? && !seal_all(console).await?;
        self.looks_at = is_done.then(|| now + RESTS);
        Ok(())
    }
}

/// Whether there was anything.
async fn seal_all(console: &Console) -> Result<bool, OpsError> {
    let mut was_any = false;
    for kind in channels::all() {
        for name in kind.sealed_settings() {
            let mut after = None;
            loop {
                let found = in_clear::find(&console.db, kind.descriptor().id, name, after, BATCH).await?;
                let Some(last) = found.last() else { break };
                (after, was_any) = (Some(last.id), true);
                for channel in &found {
                    seal(console, kind, channel).await?;
                }
            }
        }
    }
    Ok(was_any)
}

async fn seal(console: &Console, kind: &dyn Channel, found: &InClear) -> Result<(), OpsError> {
    let (settings, credential) = match sealed(console, kind, found) {
        Ok(sealed) => sealed,
        Err(error) => {
            tracing::error!(channel = %found.id, %error, "what is to be a secret of a channel still stands among its settings");
            return Ok(());
        }
    };
    let mut tx = console.db.for_team(found.team_id).begin().await?;
    // Whoever changed it meanwhile has sealed it, or the next run does.
    in_clear::seal(&mut tx, found, &settings, &credential).await?;
    Ok(tx.commit().await?)
}

fn sealed(console: &Console, kind: &dyn Channel, found: &InClear) -> Result<(Settings, SealedCredential), OpsError> {
    let before = &found.sealed;
    let opened = before.credential.as_deref().map(|bytes| {
        let binding = Binding::of_channel(found.id, &before.credential_origin, before.credential_version);
        console.vault.open(binding, bytes)
    });
    let mut credential: Credential = opened.transpose()?.unwrap_or_default();
    let (mut settings, mut entered) = (found.settings.clone(), EnteredCredential::new());
    take(kind, &mut settings, &mut entered);
    credential.extend(entered.into_iter().map(|(name, secret)| (name, secret.into())));
    let (origin, version) = (channels::bound_to(kind, &settings), before.credential_version + 1);
    let binding = Binding::of_channel(found.id, &origin, version);
    let bytes = if credential.is_empty() { None } else { Some(console.vault.seal(binding, &credential)?) };
    Ok((settings, SealedCredential { credential: bytes, credential_origin: origin, credential_version: version }))
}
