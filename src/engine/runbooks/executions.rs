//! What people do with a runbook that is carried out: begin, report, go on, sign off, break off.

use serde::Deserialize;

use super::four_eyes;
use crate::{OpsError, Scope, connections, cursor, events::PendingEvents, evidence, incidents as verbs_of_incidents};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    evidence::Evidence,
    ids::{ExecutionId, IncidentId, ProfileId, RunId, RunbookId},
    incident::{Incident, TimelineEntry, TimelineKind},
    permission::Permission,
    plain_text,
    profile::{ServiceConnectionProfile, State},
    runbook::{
        Audience, DnsLookup, HttpRequest, Notice, RunbookStep, StepAction,
        execution::{Execution, ExecutionFilter, ExecutionStatus, ExecutionStep, Next, Outcome, Reported, fresh},
        placeholder::{Placeholder, Values, fill},
    },
    settings::text,
};
use probes::kinds::Kinds;
use store::{
    TeamTx, evidence as evidence_rows, execution_steps, incidents,
    runbook_executions::{self as rows, KeptPack},
};

/// Executions of a team that are not over.
const MOST_OPEN: i64 = 200;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 2_000;

#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExecution {
    #[schema(value_type = Uuid)]
    pub runbook_id: RunbookId,
    /// What it is carried out for.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub incident_id: Option<IncidentId>,
    /// What its steps are about. Absent: what the incident is about.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub connection_id: Option<ProfileId>,
}

#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub outcome: Reported,
    /// Required for a step that is skipped, and for one of the console's.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// The newest that match, without steps, and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn list(scope: &Scope, filter: ExecutionFilter, limit: u32, cursor: Option<&str>) -> Result<(Vec<Execution>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    let read = async |after, most| rows::latest(&scope.db(), &scope.actor.limits, filter, after, most).await;
    cursor::page(limit, cursor, |last: &Execution| (last.started_at, last.id), read).await
}

/// # Errors
/// There is no such execution in the actor's team.
pub async fn get(scope: &Scope, id: ExecutionId) -> Result<Execution, OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    let execution = rows::get(&scope.db(), id).await?.ok_or(ErrorCode::ExecutionNotFound)?;
    check_reach(scope, &execution).await?;
    Ok(execution)
}

/// One about no connection is of the whole team.
async fn check_reach(scope: &Scope, execution: &Execution) -> Result<(), OpsError> {
    let is_seen = match execution.connection_id {
        Some(connection) => scope.sees_connection(connection).await?,
        None => scope.enter_all().is_ok(),
    };
    if is_seen { Ok(()) } else { Err(ErrorCode::ExecutionNotFound.into()) }
}

/// Begins to carry out a copy of a runbook. For an incident about no connection it may be any: a step on a connection then says that there is none.
///
/// # Errors
/// No such runbook, incident or connection; `out_of_reach` for a token that is limited to some environments, without a connection; one that is archived; a runbook that asks for a connection, with neither one nor an incident.
pub async fn start(scope: &Scope, new: NewExecution) -> Result<Execution, OpsError> {
    scope.authorize(Permission::RunRunbooks)?;
    let runbook = super::get(scope, new.runbook_id).await?;
    let incident = match new.incident_id {
        Some(id) => Some(verbs_of_incidents::get(scope, id).await?),
        None => None,
    };
    let connection = match new.connection_id.or_else(|| incident.as_ref()?.connection_id) {
        Some(id) => Some(connections::get(scope, id).await?),
        None => None,
    };
    if connection.is_none() {
        scope.enter_all()?;
    }
    if connection.as_ref().is_some_and(|connection| connection.state == State::Archived) {
        return Err(ErrorCode::ConnectionArchived.into());
    }
    if connection.is_none() && incident.is_none() && runbook.document.steps.iter().any(|step| step.action.needs_a_connection()) {
        return Err(OpsError::invalid("connection_id", "This runbook has steps on a connection: name it."));
    }
    let values = values(&scope.console.kinds, connection.as_ref(), incident.as_ref());
    let now = scope.console.clock.now();
    let steps: Vec<_> = fresh(&runbook.document).map(|step| ExecutionStep { step: filled(&step.step, &values), ..step }).collect();
    let mut execution = Execution {
        id: ExecutionId::new(),
        runbook_id: runbook.id,
        runbook_version: runbook.version,
        name: runbook.name,
        description: fill(&runbook.document.description, &values).into_owned(),
        incident_id: incident.as_ref().map(|incident| incident.id),
        connection_id: connection.as_ref().map(|connection| connection.id),
        status: ExecutionStatus::Waiting,
        started_by: scope.actor.name.clone(),
        started_at: now,
        signed_off_by: None,
        ended_at: None,
        steps,
    };
    execution.status = execution.next().status();
    let mut tx = scope.begin().await?;
    if rows::count_open(&mut tx).await? >= MOST_OPEN {
        return Err(OpsError::invalid("runbook_id", format!("{MOST_OPEN} runbooks are being carried out; sign one off or break one off first.")));
    }
    let starter = four_eyes::starter(&mut tx, scope).await?;
    rows::insert(&mut tx, &execution, starter, (execution.status == ExecutionStatus::Running).then_some(now)).await?;
    write_down(&mut tx, scope, &execution, "Began the runbook").await?;
    let used_credential = connection.is_some_and(|connection| connection.has_credential);
    scope.audit(&mut tx, AuditAct::ExecutionStarted, Subject::from(execution.id).named(&execution.name).used_credential(used_credential)).await?;
    done(scope, tx, &execution).await?;
    get(scope, execution.id).await
}

/// Says what came of a step: of a person's own, or of one of the console's that failed.
///
/// # Errors
/// No such execution, or it is over; no such step; another step is next; a step that someone else has to approve; a note that is missing or too long.
pub async fn report(scope: &Scope, id: ExecutionId, n: i32, report: Report) -> Result<Execution, OpsError> {
    scope.authorize(Permission::RunRunbooks)?;
    let note = note(report.note.as_deref())?;
    let (mut tx, mut execution) = held(scope, id).await?;
    let next = execution.next();
    if execution.step(n).is_none() {
        return Err(ErrorCode::StepNotFound.into());
    }
    let step = execution.steps.iter_mut().find(|step| step.n == n).filter(|step| next == Next::Person(n) || step.outcome == Outcome::Failed);
    let step = step.filter(|_| !matches!(next, Next::Console(_))).ok_or(ErrorCode::StepNotDue)?;
    check_note(step, report.outcome, note.as_deref())?;
    if step.step.action == StepAction::Approve && report.outcome != Reported::Failed {
        four_eyes::check(&mut tx, scope, id).await?;
    }
    let now = scope.console.clock.now();
    (step.outcome, step.by, step.at, step.note) = (report.outcome.into(), Some(scope.actor.name.clone()), Some(now), note);
    step.begun_at = step.begun_at.or(Some(now));
    execution_steps::update(&mut tx, id, step).await?;
    turn(&mut tx, scope, &execution).await?;
    scope.audit(&mut tx, AuditAct::StepReported, Subject::from(id).named(&execution.name).count(usize::try_from(n).unwrap_or_default())).await?;
    done(scope, tx, &execution).await?;
    get(scope, id).await
}

/// Goes on, whoever began it: what has failed is tried again, in order.
///
/// # Errors
/// No such execution, or it is over.
pub async fn resume(scope: &Scope, id: ExecutionId) -> Result<Execution, OpsError> {
    scope.authorize(Permission::RunRunbooks)?;
    let (mut tx, mut execution) = held(scope, id).await?;
    for step in execution.steps.iter_mut().filter(|step| step.outcome == Outcome::Failed) {
        (step.outcome, step.by, step.at, step.begun_at) = (Outcome::Pending, None, None, None);
        execution_steps::update(&mut tx, id, step).await?;
    }
    if execution.status != ExecutionStatus::Running {
        turn(&mut tx, scope, &execution).await?;
    }
    scope.audit(&mut tx, AuditAct::ExecutionResumed, Subject::from(id).named(&execution.name)).await?;
    done(scope, tx, &execution).await?;
    get(scope, id).await
}

/// Vouches for an execution that is at its end. From then on nothing of it changes, and it has a pack.
///
/// # Errors
/// No such execution, or it is over; a step that is neither done nor skipped.
pub async fn sign_off(scope: &Scope, id: ExecutionId) -> Result<Execution, OpsError> {
    scope.authorize(Permission::RunRunbooks)?;
    let (mut tx, execution) = held(scope, id).await?;
    if execution.next() != Next::End {
        return Err(ErrorCode::ExecutionNotDone.into());
    }
    let (now, by) = (scope.console.clock.now(), scope.actor.name.clone());
    let signed = Execution { status: ExecutionStatus::SignedOff, signed_off_by: Some(by.clone()), ended_at: Some(now), ..execution };
    let record = serde_json::to_string_pretty(&signed).map_err(|error| OpsError::Evidence(format!("the record could not be written: {error}")))?;
    let kept = artefacts(scope, &signed).await?;
    let environment = match signed.connection_id {
        Some(connection) => store::profiles::get_in(&mut tx, connection).await?.map(|connection| connection.environment),
        None => None,
    };
    let as_run = RunId::from_uuid(id.as_uuid());
    let manifest = evidence::manifest::beside(&mut tx, &scope.console.signer, as_run, environment, &record, &kept, now).await?;
    rows::sign_off(&mut tx, id, &by, now, &KeptPack { manifest, record }).await?;
    write_down(&mut tx, scope, &signed, "Signed off the runbook").await?;
    scope.audit(&mut tx, AuditAct::ExecutionSignedOff, Subject::from(id).named(&signed.name)).await?;
    done(scope, tx, &signed).await?;
    get(scope, id).await
}

/// Ends an execution where it stands. What the console is doing at this moment is not noted any more.
///
/// # Errors
/// No such execution, or it is over.
pub async fn cancel(scope: &Scope, id: ExecutionId) -> Result<Execution, OpsError> {
    scope.authorize(Permission::RunRunbooks)?;
    let (mut tx, execution) = held(scope, id).await?;
    rows::cancel(&mut tx, id, scope.console.clock.now()).await?;
    write_down(&mut tx, scope, &execution, "Broke off the runbook").await?;
    scope.audit(&mut tx, AuditAct::ExecutionCancelled, Subject::from(id).named(&execution.name)).await?;
    done(scope, tx, &execution).await?;
    get(scope, id).await
}

/// The pack of an execution that was signed off: its record, the artefacts of its runs and the signed manifest, as a zip archive.
///
/// # Errors
/// There is no such execution, it was not signed off, its evidence was removed after its retention, or the evidence store does not answer.
pub async fn packed(scope: &Scope, id: ExecutionId) -> Result<Vec<u8>, OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    let execution = get(scope, id).await?;
    let KeptPack { manifest, record } = rows::pack(&scope.db(), id).await?.ok_or(ErrorCode::ExecutionNotDone)?;
    let kept = artefacts(scope, &execution).await?;
    if evidence::manifest::read(&manifest)?.files.len() != kept.len() + 1 {
        return Err(ErrorCode::EvidenceNotFound.into());
    }
    scope.audit_reading(AuditAct::ExecutionPackRead, id).await;
    evidence::archive(scope, manifest, record, kept).await
}

/// What the runs of its steps kept, in the order of the steps. They have ended, so that nothing is added to it.
async fn artefacts(scope: &Scope, execution: &Execution) -> Result<Vec<Evidence>, OpsError> {
    let mut kept = Vec::new();
    for run in execution.steps.iter().filter_map(|step| step.run_id) {
        kept.extend(evidence_rows::of_run(&scope.db(), run).await?);
    }
    Ok(kept)
}

/// The execution, held until the unit of work ends.
async fn held(scope: &Scope, id: ExecutionId) -> Result<(TeamTx, Execution), OpsError> {
    let mut tx = scope.begin().await?;
    let is_open = rows::hold(&mut tx, id, scope.console.clock.now()).await?;
    let execution = rows::get_in(&mut tx, id).await?.ok_or(ErrorCode::ExecutionNotFound)?;
    check_reach(scope, &execution).await?;
    if is_open { Ok((tx, execution)) } else { Err(ErrorCode::ExecutionOver.into()) }
}

/// Gives it to whoever is next; the console goes on at once.
async fn turn(tx: &mut TeamTx, scope: &Scope, execution: &Execution) -> Result<(), OpsError> {
    let status = execution.next().status();
    let next_at = (status == ExecutionStatus::Running).then(|| scope.console.clock.now());
    Ok(rows::turn(tx, execution.id, status, next_at).await?)
}

/// Tells whoever looks, and has the console go on where it is next.
async fn done(scope: &Scope, tx: TeamTx, execution: &Execution) -> Result<(), OpsError> {
    tx.commit().await?;
    let mut pending = PendingEvents::default();
    pending.other(scope.team());
    scope.console.events.publish(pending);
    if matches!(execution.next(), Next::Console(_)) {
        scope.console.executions.notify_one();
    }
    Ok(())
}

/// On the time line of the incident, if there is one.
async fn write_down(tx: &mut TeamTx, scope: &Scope, execution: &Execution, what: &str) -> Result<(), OpsError> {
    let Some(incident) = execution.incident_id else { return Ok(()) };
    let entry = TimelineEntry::new(scope.console.clock.now(), TimelineKind::Note, format!("{what} “{}”.", execution.name), Some(&scope.actor.name));
    Ok(incidents::add(tx, scope.team(), incident, &entry).await?)
}

/// What a person said of a step, if anything.
fn note(said: Option<&str>) -> Result<Option<String>, OpsError> {
    let note = plain_text::kept("note", said.unwrap_or_default(), false, LONGEST_NOTE).map_err(OpsError::from)?;
    Ok(Some(note).filter(|note| !note.is_empty()))
}

/// Who skips a step says why; so does who answers for one of the console's.
fn check_note(step: &ExecutionStep, outcome: Reported, note: Option<&str>) -> Result<(), OpsError> {
    let is_required = outcome == Reported::Skipped || !step.step.action.is_by_a_person();
    if is_required && note.is_none() { Err(OpsError::invalid("note", "Say why.")) } else { Ok(()) }
}

/// Where the connection itself leads, whether its settings say so by host or by address.
fn place(kinds: &Kinds, connection: &ServiceConnectionProfile) -> Option<(String, String)> {
    let origin = kinds.get(&connection.kind)?.origins(&connection.settings).into_iter().next()?;
    Some((origin.host, origin.port.map(|port| port.to_string()).unwrap_or_default()))
}

/// What the placeholders stand for. Never a secret: settings have none.
fn values(kinds: &Kinds, connection: Option<&ServiceConnectionProfile>, incident: Option<&Incident>) -> Values {
    let mut values = Values::new();
    if let Some(connection) = connection {
        let (host, port) = place(kinds, connection).unwrap_or_default();
        let of_settings = |name| text(&connection.settings, name).to_owned();
        values.extend([
            (Placeholder::Connection, connection.name.clone()),
            (Placeholder::ConnectionId, connection.id.to_string()),
            (Placeholder::ConnectionKind, connection.kind.to_string()),
            (Placeholder::ConnectionEnvironment, connection.environment.to_string()),
            (Placeholder::ConnectionOwner, connection.owner.clone().unwrap_or_default()),
            (Placeholder::ConnectionHost, host),
            (Placeholder::ConnectionPort, port),
            (Placeholder::ConnectionDatabase, of_settings("database")),
            (Placeholder::ConnectionUser, of_settings("user")),
            (Placeholder::ConnectionUrl, of_settings("url")),
        ]);
    }
    if let Some(incident) = incident {
        values.extend([
            (Placeholder::Incident, incident.id.to_string()),
            (Placeholder::IncidentSeverity, incident.severity.label().to_owned()),
            (Placeholder::IncidentSummary, incident.summary.clone()),
        ]);
    }
    values.retain(|_, value| !value.is_empty());
    values
}

fn filled(step: &RunbookStep, values: &Values) -> RunbookStep {
    let text = |text: &str| fill(text, values).into_owned();
    let texts = |texts: &[String]| texts.iter().map(|one| text(one)).collect();
    let action = match &step.action {
        StepAction::Dns(lookup) => StepAction::Dns(DnsLookup { name: text(&lookup.name), expected: texts(&lookup.expected), ..lookup.clone() }),
        StepAction::Http(request) => StepAction::Http(HttpRequest { url: text(&request.url), conditions: texts(&request.conditions), ..request.clone() }),
        StepAction::Notify(notice) => {
            let to = match &notice.to {
                Audience::Channel(name) => Audience::Channel(text(name)),
                Audience::Severity(severity) => Audience::Severity(*severity),
            };
            StepAction::Notify(Notice { to, text: text(&notice.text) })
        }
        other => other.clone(),
    };
    RunbookStep { title: text(&step.title), text: text(&step.text), action }
}
