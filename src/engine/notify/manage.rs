//! Adds, changes, removes and tests channels.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

use super::{
    channels::{self, Channel, Part, check_urls},
    failed::Failed,
    message::Message,
    open::{Open, open},
    sealed_settings::{self, without},
};
use crate::{
    Console, OpsError, Scope,
    connections::input::EnteredCredential,
    patch_field::given,
    vault::{Binding, Credential},
};
use domain::{
    audit::{AuditAct, Subject},
    channel::{self, ChannelDescriptor, ChannelType, Digest, MOST_CHANNELS, NotificationChannel},
    delivery::{Answers, Delivery, DeliveryReason, DeliveryStatus, SendFailure},
    environment::Environment,
    error::ErrorCode,
    ids::{ChannelId, DeliveryId},
    permission::Permission,
    profile::Settings,
    settings,
    severity::IncidentSeverity,
};
use store::{deliveries, deliveries::Queued, notification_channels, profiles::SealedCredential};

/// What stands on a channel that a person has disabled.
const BY_A_PERSON: &str = "A person disabled it.";

/// What a test says.
const TEST: &str = "If you can read this, incidents of your team can be told here.";

#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChannel {
    #[schema(max_length = 100, pattern = r"\S")]
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ChannelType,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Settings,
    /// Write-only.
    #[serde(default)]
    pub credential: EnteredCredential,
    /// Absent: all of them.
    #[serde(default)]
    #[schema(min_items = 1)]
    pub severities: Option<BTreeSet<IncidentSeverity>>,
    /// Absent or `null`: all of them.
    #[serde(default)]
    #[schema(min_items = 1)]
    pub environments: Option<BTreeSet<Environment>>,
    #[serde(default)]
    pub digest: Digest,
}

/// Absent members stay as they are.
#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelEdit {
    pub name: Option<String>,
    /// Merged over the stored settings; `null` puts one back to its default.
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Settings>,
    /// Merged over the stored secrets. A change of where they are sent asks for them again.
    pub credential: Option<EnteredCredential>,
    pub severities: Option<BTreeSet<IncidentSeverity>>,
    /// `null`: all of them.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<BTreeSet<Environment>>)]
    pub environments: Option<Option<BTreeSet<Environment>>>,
    pub digest: Option<Digest>,
    pub enabled: Option<bool>,
}

/// As the form has it.
impl From<NewChannel> for ChannelEdit {
    fn from(new: NewChannel) -> Self {
        Self {
            name: Some(new.name),
            settings: Some(new.settings),
            credential: Some(new.credential),
            severities: new.severities,
            environments: Some(new.environments),
            digest: Some(new.digest),
            enabled: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    Sent,
    /// The receiver said no.
    Refused,
    /// The receiver was not reached, or could not answer now.
    Failed,
}

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Tested {
    pub outcome: TestOutcome,
    /// One sentence.
    pub detail: String,
}

/// By name.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope) -> Result<Vec<NotificationChannel>, OpsError> {
    scope.authorize(Permission::ReadChannels)?;
    let channels = notification_channels::of_team(&scope.db()).await?;
    Ok(channels.into_iter().map(|channel| shown(scope, channel)).collect())
}

/// # Errors
/// There is no such channel in the actor's team.
pub async fn get(scope: &Scope, id: ChannelId) -> Result<NotificationChannel, OpsError> {
    scope.authorize(Permission::ReadChannels)?;
    Ok(shown(scope, stored(scope, id).await?))
}

async fn stored(scope: &Scope, id: ChannelId) -> Result<NotificationChannel, OpsError> {
    Ok(notification_channels::get(&scope.db(), id).await?.ok_or(ErrorCode::ChannelNotFound)?)
}

/// What a type of channel is called; as it is written where this program does not know it.
pub fn title_of(kind: &ChannelType) -> String {
    channels::get(kind).map_or_else(|| kind.to_string(), |channel| channel.descriptor().title.to_owned())
}

/// What a type of channel asks for.
///
/// # Errors
/// The channel is of a type that this program does not know.
pub fn descriptor(channel: &NotificationChannel) -> Result<&'static ChannelDescriptor, OpsError> {
    kind_of(&channel.kind).map(Channel::descriptor)
}

/// Adds a channel; it is told of what happens from then on.
///
/// # Errors
/// Everything wrong with the input at once; a name that is taken; a team that has as many as it may.
pub async fn create(scope: &Scope, new: NewChannel) -> Result<NotificationChannel, OpsError> {
    scope.authorize(Permission::ManageChannels)?;
    let now = scope.console.clock.now();
    let kind = kind_of(&new.kind)?;
    let mut entered = new.credential;
    let mut wanted = NotificationChannel {
        id: ChannelId::new(),
        name: new.name.trim().to_owned(),
        kind: new.kind,
        version: 1,
        settings: kind.tidied(new.settings),
        has_credential: false,
        severities: new.severities.unwrap_or_else(|| IncidentSeverity::iter().collect()),
        environments: new.environments,
        digest: new.digest,
        disabled_at: None,
        disabled_reason: None,
        contact_id: None,
        created_at: now,
        updated_at: now,
    };
    sealed_settings::take(kind, &mut wanted.settings, &mut entered);
    let (channel, credential) = checked(kind, wanted, entered, Credential::new())?;
    let sealed = seal(scope, kind, &channel, &credential, 1)?;
    let mut tx = scope.begin().await?;
    if notification_channels::count(&mut tx).await? >= MOST_CHANNELS {
        return Err(OpsError::invalid("name", format!("A team has at most {MOST_CHANNELS} channels; remove one first.")));
    }
    notification_channels::insert(&mut tx, &channel, &sealed).await?;
    scope.audit(&mut tx, AuditAct::ChannelCreated, Subject::from(channel.id).named(&channel.name)).await?;
    tx.commit().await?;
    get(scope, channel.id).await
}

/// Changes a channel. Where the credential goes elsewhere from then on, the stored one is not kept for it.
///
/// # Errors
/// No such channel; `version_stale` when another version stands than the one that was `seen`, or somebody changes it meanwhile; a changed address without
/// its credential; invalid input; a name that is taken.
pub async fn edit(scope: &Scope, id: ChannelId, seen: Option<i64>, edit: ChannelEdit) -> Result<NotificationChannel, OpsError> {
    scope.authorize(Permission::ManageChannels)?;
    let current = stored(scope, id).await?;
    check_own(&current)?;
    if seen.is_some_and(|seen| seen != current.version) {
        return Err(ErrorCode::VersionStale.into());
    }
    let (kind, now) = (kind_of(&current.kind)?, scope.console.clock.now());
    let sealed = notification_channels::credential(&scope.db(), id).await?.unwrap_or_default();
    let mut wanted = NotificationChannel { updated_at: now, ..current };
    wanted.settings.extend(kind.tidied(edit.settings.unwrap_or_default()));
    let mut entered = edit.credential.unwrap_or_default();
    let forgotten = sealed_settings::take(kind, &mut wanted.settings, &mut entered);
    if let Some(name) = edit.name {
        name.trim().clone_into(&mut wanted.name);
    }
    wanted.severities = edit.severities.unwrap_or(wanted.severities);
    wanted.environments = edit.environments.unwrap_or(wanted.environments);
    wanted.digest = edit.digest.unwrap_or(wanted.digest);
    match edit.enabled {
        Some(true) => (wanted.disabled_at, wanted.disabled_reason) = (None, None),
        Some(false) if wanted.disabled_at.is_none() => (wanted.disabled_at, wanted.disabled_reason) = (Some(now), Some(BY_A_PERSON.to_owned())),
        _ => {}
    }
    let is_replaced = !forgotten.is_empty() || entered.values().any(|secret| !secret.is_empty());
    let mut kept = kept(scope, kind, &wanted, &sealed, is_replaced)?;
    kept.retain(|name, _| !forgotten.contains(&name.as_str()));
    let (channel, credential) = checked(kind, wanted, entered, kept)?;
    let resealed = seal(scope, kind, &channel, &credential, sealed.credential_version + 1)?;
    let mut tx = scope.begin().await?;
    if !notification_channels::update(&mut tx, &channel, &resealed).await? {
        return Err(ErrorCode::VersionStale.into());
    }
    scope.audit(&mut tx, AuditAct::ChannelEdited, Subject::from(id).named(&channel.name)).await?;
    tx.commit().await?;
    // What waited while it was disabled goes on.
    scope.console.events.wake_sender();
    get(scope, id).await
}

/// Removes a channel with all that was sent on it.
///
/// # Errors
/// There is no such channel in the actor's team.
pub async fn remove(scope: &Scope, id: ChannelId) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageChannels)?;
    let channel = get(scope, id).await?;
    check_own(&channel)?;
    let mut tx = scope.begin().await?;
    if !notification_channels::delete(&mut tx, id).await? {
        return Err(ErrorCode::ChannelNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::ChannelRemoved, Subject::from(id).named(channel.name)).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends a test now, also on a channel that is disabled, and waits for what comes of it.
///
/// # Errors
/// There is no such channel in the actor's team; `too_many_requests`, for each test reaches every receiver.
pub async fn test(scope: &Scope, id: ChannelId) -> Result<Tested, OpsError> {
    scope.authorize(Permission::UseChannels)?;
    let (channel, opened) = open(&scope.console, scope.team(), id).await?.ok_or(ErrorCode::ChannelNotFound)?;
    scope.console.channel_tests.take(&id).map_err(|retry_after| OpsError::TooMany { retry_after })?;
    // Before anything is sent: what becomes of it stands in the delivery.
    let mut tx = scope.begin().await?;
    scope.audit(&mut tx, AuditAct::ChannelTested, Subject::from(id).named(channel.name).used_credential(channel.has_credential)).await?;
    tx.commit().await?;
    let mut delivery = test_of(id, scope);
    let message = Message::of(queued(delivery.clone()), &scope.console.sending.address);
    let tested = match opened.and_then(|open| Ok((open.write(&scope.console, &message)?, open))) {
        Ok((parts, open)) => tried(&scope.console, &open, delivery.id, parts).await,
        // No receiver was asked.
        Err(failed) => Tested { outcome: TestOutcome::Failed, detail: failed.error },
    };
    if tested.outcome == TestOutcome::Sent {
        (delivery.status, delivery.sent_at) = (DeliveryStatus::Sent, Some(scope.console.clock.now()));
    } else {
        delivery.last_error = Some(tested.detail.clone());
    }
    let mut tx = scope.begin().await?;
    deliveries::insert(&mut tx, &delivery, TEST).await?;
    tx.commit().await?;
    Ok(tested)
}

/// Up to the first receiver that does not take it.
async fn tried(console: &Console, channel: &Open, delivery: DeliveryId, parts: Vec<Part>) -> Tested {
    for part in parts {
        match channel.send(console, delivery, part).await {
            Ok(()) => {}
            Err(Failed { unsent: SendFailure::ForNow(_) | SendFailure::InPart(_), error }) => return Tested { outcome: TestOutcome::Failed, detail: error },
            Err(Failed { unsent: SendFailure::Message | SendFailure::Channel, error }) => return Tested { outcome: TestOutcome::Refused, detail: error },
        }
    }
    Tested { outcome: TestOutcome::Sent, detail: "The receiver took the test.".to_owned() }
}

fn test_of(channel: ChannelId, scope: &Scope) -> Delivery {
    Delivery {
        id: DeliveryId::new(),
        channel_id: channel,
        incident_id: None,
        reason: DeliveryReason::Test,
        status: DeliveryStatus::Dead,
        attempts: 1,
        next_attempt_at: None,
        last_error: None,
        sent_at: None,
        created_at: scope.console.clock.now(),
        severity: None,
        connection_name: None,
        environment: None,
        incident_count: 0,
    }
}

fn queued(delivery: Delivery) -> Queued {
    let at = delivery.created_at;
    Queued {
        delivery,
        group_id: None,
        sealed_at: None,
        still_down: None,
        waits_since: at,
        receivers: Answers::new(),
        summary: TEST.to_owned(),
        opened_at: at,
        actor: None,
        detail: String::new(),
        members: Vec::new(),
    }
}

/// The mailbox of a contact is as the contact says.
fn check_own(channel: &NotificationChannel) -> Result<(), OpsError> {
    if channel.contact_id.is_some() { Err(ErrorCode::ChannelOfContact.into()) } else { Ok(()) }
}

fn shown(scope: &Scope, channel: NotificationChannel) -> NotificationChannel {
    let channel = without(channel);
    if scope.may(Permission::ManageChannels) { channel } else { NotificationChannel { settings: Settings::new(), ..channel } }
}

fn kind_of(kind: &ChannelType) -> Result<&'static dyn Channel, OpsError> {
    channels::get(kind).ok_or_else(|| {
        let known: Vec<_> = channels::all().map(|channel| channel.descriptor().id).collect();
        OpsError::invalid("type", format!("Must be one of: {}.", known.join(", ")))
    })
}

/// The channel with its settings complete, and the secrets to seal; or everything that is wrong.
fn checked(
    kind: &dyn Channel,
    mut wanted: NotificationChannel,
    entered: EnteredCredential,
    kept: Credential,
) -> Result<(NotificationChannel, Credential), OpsError> {
    let fields = &kind.descriptor().fields;
    let mut errors = channel::check(&wanted.name, &wanted.severities, wanted.environments.as_ref());
    match settings::check(fields, &wanted.settings) {
        Ok(complete) => {
            errors.extend(check_urls(fields, &complete));
            errors.extend(kind.check(&complete));
            wanted.settings = complete;
        }
        Err(wrong) => {
            errors.extend(wrong);
            wanted.settings = Settings::new();
        }
    }
    errors.extend(settings::check_credential(fields, entered.iter().map(|(name, secret)| (name.as_str(), secret.as_str()))));
    let mut credential = kept;
    credential.extend(
        entered
            .into_iter()
            .map(|(name, secret)| (name, secret.trim().to_owned()))
            .filter(|(_, secret)| !secret.is_empty())
            .map(|(name, secret)| (name, secret.into())),
    );
    errors.extend(kind.check_credential(&credential));
    errors.extend(settings::missing_secrets(fields, &wanted.settings, |name| credential.contains_key(name)));
    if errors.is_empty() { Ok((wanted, credential)) } else { Err(OpsError::Invalid(errors)) }
}

/// The stored secrets that the channel may keep: all while they go where they went, else none.
fn kept(scope: &Scope, kind: &dyn Channel, wanted: &NotificationChannel, sealed: &SealedCredential, is_replaced: bool) -> Result<Credential, OpsError> {
    let Some(bytes) = &sealed.credential else { return Ok(Credential::new()) };
    // Settings that fail the check are refused by it; where they lead does not matter.
    let Ok(complete) = settings::check(&kind.descriptor().fields, &wanted.settings) else { return Ok(Credential::new()) };
    if channels::bound_to(kind, &complete) == sealed.credential_origin {
        match scope.console.vault.open(Binding::of_channel(wanted.id, &sealed.credential_origin, sealed.credential_version), bytes) {
            // Entering it again is what mends it.
            Err(_) if is_replaced => Ok(Credential::new()),
            opened => Ok(opened?),
        }
    } else if is_replaced {
        Ok(Credential::new())
    } else {
        Err(ErrorCode::CredentialRequired.into())
    }
}

fn seal(scope: &Scope, kind: &dyn Channel, channel: &NotificationChannel, credential: &Credential, version: i64) -> Result<SealedCredential, OpsError> {
    let origin = channels::bound_to(kind, &channel.settings);
    let binding = Binding::of_channel(channel.id, &origin, version);
    let sealed = if credential.is_empty() { None } else { Some(scope.console.vault.seal(binding, credential)?) };
    Ok(SealedCredential { credential: sealed, credential_origin: origin, credential_version: version })
}
