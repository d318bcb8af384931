//! The one place where an error becomes what a person reads, a log line and a row of `error_events`.

use super::{Console, OpsError, Scope, connections, cursor, error::chain, log_lines};
use domain::{
    bidi,
    correlation_id::CorrelationId,
    error::{ErrorCode, FieldError, UserError},
    error_event::{ErrorEvent, ErrorFilter},
    ids::{Id, ProfileId, TeamId},
    permission::Permission,
    severity::Severity,
};
use probes::redact::Redactor;
use store::{Db, StoreResult, error_events, profiles, teams};

pub use super::request::RequestContext;

pub mod error_groups;
pub mod limits;
pub mod redact;
pub mod unrecorded;

/// The name under which the console reports its own errors.
pub const SERVICE: &str = "switchboard";

/// Logs the error once, records it, and answers what may be shown. Never fails: what a database that is away does not take waits for [`record_late`].
pub async fn report(console: &Console, context: &RequestContext, error: OpsError) -> UserError {
    let code = error.code();
    let causes = redact::text(&chain(&error));
    if error.is_fault() {
        tracing::error!(correlation_id = %context.correlation_id, operation = context.operation, %code, error = causes, "request failed");
    } else {
        tracing::info!(correlation_id = %context.correlation_id, operation = context.operation, %code, "request refused");
    }
    console.metrics.error(code);
    let is_fault = error.is_fault();
    let mut shown = UserError::new(code, Some(context.correlation_id.clone()));
    match error {
        OpsError::Invalid(fields) => shown.fields = fields,
        OpsError::TooMany { retry_after } => shown.retry_after = Some(retry_after.as_secs().max(1)),
        _ => {}
    }
    if is_worth_recording(console, context, code, is_fault) {
        let event = event_of(console, context, &shown, if is_fault { causes } else { String::new() }, is_fault);
        if let Err(error) = insert(console, event.clone()).await
            && !(error.is_passing() && console.unrecorded.add(event))
        {
            tracing::error!(correlation_id = %context.correlation_id, %error, "the error could not be recorded");
        }
    }
    shown
}

/// An error that a program outside reports.
#[derive(Clone, Debug)]
pub struct ReportedError {
    pub code: String,
    pub message: String,
    pub severity: Severity,
    pub service: String,
    pub environment: Option<String>,
    pub context: serde_json::Value,
    /// That of the report itself when the program has none.
    pub correlation_id: Option<CorrelationId>,
    pub trace_id: Option<String>,
    pub user_message: Option<String>,
    pub connection_id: Option<ProfileId>,
    /// Where in the program it happened, such as a route or function; without it, that of the report itself.
    pub operation: Option<String>,
}

/// Longest texts and context kept, in bytes.
const LONGEST_TEXT: usize = 2_000;
const LARGEST_CONTEXT: usize = 16_384;

/// Records what a program reports.
///
/// # Errors
/// Texts or context too long; too many of them; no such connection in the team; the database failed.
pub async fn record(scope: &Scope, operation: &str, error: ReportedError) -> Result<CorrelationId, OpsError> {
    scope.authorize(Permission::ReportErrors)?;
    count(scope)?;
    check(&error)?;
    match error.environment.as_deref().and_then(|name| name.parse().ok()) {
        Some(environment) => scope.enter(environment)?,
        None => scope.enter_all()?,
    }
    let known = known_secrets(scope, error.connection_id).await?;
    let error = fit_to_keep(error, &known);
    let correlation_id = error.correlation_id.unwrap_or_else(|| scope.correlation_id.clone());
    let event = ErrorEvent {
        id: Id::new(),
        team_id: Some(scope.team()),
        correlation_id: correlation_id.clone(),
        code: error.code,
        user_message: error.user_message.unwrap_or_default(),
        message: error.message,
        severity: error.severity,
        service: error.service,
        environment: error.environment,
        operation: error.operation.unwrap_or_else(|| operation.into()),
        actor: Some(scope.actor.name.clone()),
        connection_id: error.connection_id,
        context: error.context,
        trace_id: error.trace_id,
        group_id: None,
        log_lines: Vec::new(),
        occurred_at: scope.console.clock.now(),
    };
    let mut tx = scope.begin().await?;
    error_events::insert(&mut tx, &event).await?;
    tx.commit().await?;
    scope.console.metrics.report(event.severity);
    Ok(correlation_id)
}

/// Counts a report that could not be read among those of its sender.
///
/// # Errors
/// Too many of them.
pub fn count_unreadable(scope: &Scope) -> Result<(), OpsError> {
    scope.authorize(Permission::ReportErrors)?;
    count(scope)
}

/// Before anything else of a report is looked at, so that wrong ones are not free.
fn count(scope: &Scope) -> Result<(), OpsError> {
    scope.console.report_limits.check(scope.actor.who).map_err(OpsError::too_many)
}

/// The newest events that match, and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn events(scope: &Scope, filter: &ErrorFilter, limit: u32, cursor: Option<&str>) -> Result<(Vec<ErrorEvent>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadErrors)?;
    let read = async |after, most| error_events::latest(&scope.db(), filter, after, most).await;
    let (events, next) = cursor::page(limit, cursor, |last: &ErrorEvent| (last.occurred_at, last.id), read).await?;
    scope.audit_listing(events.len()).await;
    Ok((events, next))
}

/// What strangers provoke is logged but not kept, or anyone could fill the database.
/// Nor is it kept that there was no room to keep something, or too much of it; and of refusals everyone has a share.
fn is_worth_recording(console: &Console, context: &RequestContext, code: ErrorCode, is_fault: bool) -> bool {
    if matches!(code, ErrorCode::TooManyRequests | ErrorCode::DiskFull) {
        return false;
    }
    let who = context.actor.as_ref().map(|actor| actor.who);
    let tells_something = who.is_some() || matches!(code, ErrorCode::SignInRefused | ErrorCode::SetupLinkInvalid);
    is_fault || (tells_something && (code.severity() != Severity::Info || console.refusal_limits.take(who, context.address)))
}

fn event_of(console: &Console, context: &RequestContext, shown: &UserError, causes: String, is_fault: bool) -> ErrorEvent {
    let team_id = context.actor.as_ref().map(|actor| actor.team);
    ErrorEvent {
        id: Id::new(),
        team_id,
        correlation_id: context.correlation_id.clone(),
        code: shown.code.to_string(),
        user_message: shown.message().to_owned(),
        message: causes,
        severity: shown.code.severity(),
        service: SERVICE.into(),
        environment: None,
        operation: context.operation.clone(),
        actor: context.actor.as_ref().map(|actor| actor.name.clone()),
        connection_id: context.connection,
        context: serde_json::json!({ "fields": shown.fields, "version": env!("CARGO_PKG_VERSION") }),
        trace_id: context.trace_id.clone(),
        group_id: None,
        log_lines: if is_fault { log_lines::under(&context.correlation_id, team_id) } else { Vec::new() },
        occurred_at: console.clock.now(),
    }
}

/// In one unit of work, so that a database that hangs is waited for once. It is about no connection that its team has not.
async fn insert(console: &Console, mut event: ErrorEvent) -> Result<(), OpsError> {
    let mut tx = console.db.begin().await?;
    if let Some(id) = event.connection_id
        && !profiles::is_of(&mut tx, event.team_id, id).await?
    {
        event.connection_id = None;
    }
    error_events::insert(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Records what the database would not take while it was away; asks it nothing where that is nothing. Where it could not be known whose request it was, it is
/// the one team's that there is. With several it is left to the log: in their lists, each would show to the others what it asks for.
///
/// # Errors
/// The database failed. While it is away, what waits is tried again.
pub async fn record_late(console: &Console) -> Result<(), OpsError> {
    if console.unrecorded.is_empty() {
        return Ok(());
    }
    let only = only_team(&console.db).await?;
    let mut waiting = console.unrecorded.take();
    while let Some(mut event) = waiting.pop_front() {
        event.team_id = event.team_id.or(only);
        if event.team_id.is_none() {
            continue;
        }
        if let Err(error) = insert(console, event.clone()).await {
            if error.is_passing() {
                waiting.push_front(event);
            }
            console.unrecorded.put_back(waiting);
            return Err(error);
        }
    }
    Ok(())
}

async fn only_team(db: &Db) -> StoreResult<Option<TeamId>> {
    let slugs = teams::slugs(db).await?;
    let [only] = &slugs[..] else { return Ok(None) };
    Ok(teams::by_slug(db, only).await?.map(|team| team.id))
}

/// The credential of the connection that a report names: no value of it is kept, however it came into the report.
async fn known_secrets(scope: &Scope, connection: Option<ProfileId>) -> Result<Redactor, OpsError> {
    let Some(id) = connection else { return Ok(Redactor::new([])) };
    let profile = connections::get(scope, id).await?;
    match connections::open_target(&scope.console, &profile, scope.correlation_id.clone()).await {
        Ok(target) => Ok(Redactor::new(target.credential.values())),
        // What does not open is known to nobody.
        Err(OpsError::Vault(_)) => Ok(Redactor::new([])),
        Err(error) => Err(error),
    }
}

/// Without secrets, and with what would turn text around written out.
fn fit_to_keep(error: ReportedError, known: &Redactor) -> ReportedError {
    // PostgreSQL keeps no text with a null character in it.
    let fit = |text: &str| bidi::visible(&redact::text(&known.redact(text))).replace('\0', "\u{2400}");
    ReportedError {
        code: fit(&error.code),
        message: fit(&error.message),
        service: fit(&error.service),
        environment: error.environment.as_deref().map(fit),
        user_message: error.user_message.as_deref().map(fit),
        trace_id: error.trace_id.as_deref().map(fit),
        operation: error.operation.as_deref().map(fit),
        context: redact::value(error.context, &fit),
        severity: error.severity,
        correlation_id: error.correlation_id,
        connection_id: error.connection_id,
    }
}

fn check(error: &ReportedError) -> Result<(), OpsError> {
    let texts = [
        ("code", error.code.as_str(), 1),
        ("message", error.message.as_str(), 0),
        ("service", error.service.as_str(), 1),
        ("environment", error.environment.as_deref().unwrap_or_default(), 0),
        ("trace_id", error.trace_id.as_deref().unwrap_or_default(), 0),
        ("user_message", error.user_message.as_deref().unwrap_or_default(), 0),
        ("operation", error.operation.as_deref().unwrap_or_default(), 0),
    ];
    let out_of_bounds = |(field, text, least): &(&str, &str, usize)| {
        let bound = format!("{least} to {LONGEST_TEXT} bytes.");
        (!(*least..=LONGEST_TEXT).contains(&text.len())).then(|| FieldError::new(*field, bound))
    };
    let mut errors: Vec<_> = texts.iter().filter_map(out_of_bounds).collect();
    if !error.context.is_object() || error.context.to_string().len() > LARGEST_CONTEXT {
        errors.push(FieldError::new("context", format!("A JSON object of at most {LARGEST_CONTEXT} bytes.")));
    }
    if errors.is_empty() { Ok(()) } else { Err(OpsError::Invalid(errors)) }
}
