//! The table of verbs: those that read come first, because those that change take away what there is to read.

use std::{
    net::{IpAddr, Ipv4Addr},
    pin::Pin,
    time::Duration,
};

use domain::{
    audit::AuditFilter,
    checklist::CheckedThing,
    delivery::DeliveryFilter,
    diagnostic::{DiagnosticResult, RunFilter},
    environment::Environment,
    error_event::ErrorFilter,
    error_group::GroupFilter,
    health_table::{HealthFilter, HealthSort},
    heartbeat::{Slot, Span},
    ids::{Id, InvitationId},
    incident::{IncidentAction, IncidentFilter},
    listing::{Filter, Sort},
    maintenance_task::MaintenanceTask,
    on_call::{Contact, EscalationPolicy},
    operator::{Invitation, Role},
    profile::{ServiceConnectionProfile, Transition},
    runbook::execution::ExecutionFilter,
    severity_policy::SeverityPolicy,
    time::Timestamp,
};
use engine::{
    OpsError, Scope,
    access::{
        self, invitations, members, passkeys, profile, second_factor, single_sign_on, teams,
        tokens::{self, NewToken},
    },
    audit, backup, connections,
    diagnose::{self, RunRequest, Selection, queries},
    escalation::{self, Escalate},
    evidence, health,
    heartbeat::sweep,
    incidents::{self, action_items, blast_radius, declare, edit, post_mortem, related},
    keys, maintenance,
    notify::{self, deliveries, manage},
    on_call::{self, calendar, resources},
    rates,
    report::{self, error_groups},
    runbooks::{self, NewRunbook, executions, offers},
    search, severity,
    suppression::silences,
    thread,
    today::{self, Signature},
    transition, verify,
};
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::seeded::Seeded;
use crate::{channels::webhook, test_console::reported};

/// What someone of another team is answered.
#[derive(Clone, Copy)]
pub enum Stranger {
    Refused(&'static str),
    SeesNothing,
    /// It names nothing that is there.
    NamesNothing,
}

use Stranger::{NamesNothing, Refused, SeesNothing};

/// Answers how much was seen or done.
type Call = for<'a> fn(&'a Scope, &'a Seeded) -> Pin<Box<dyn Future<Output = Result<usize, OpsError>> + 'a>>;

pub struct Verb {
    /// `module::function`
    pub name: &'static str,
    pub to_a_stranger: Stranger,
    /// What its owner is refused with where all is well, because it can no longer be done; usually nothing.
    pub when_over: &'static str,
    pub call: Call,
}

macro_rules! verb {
    ($name:literal, $to_a_stranger:expr, |$scope:ident, $of:ident| $seen:expr) => {
        Verb { name: $name, to_a_stranger: $to_a_stranger, when_over: "", call: |$scope, $of| Box::pin(async move { Ok($seen) }) }
    };
}

const NO_CONNECTION: Stranger = Refused("connection_not_found");
const NO_RUN: Stranger = Refused("run_not_found");
const NO_CHANNEL: Stranger = Refused("channel_not_found");
const NO_ERROR_GROUP: Stranger = Refused("error_group_not_found");
const NO_RUNBOOK: Stranger = Refused("runbook_not_found");
const NO_EXECUTION: Stranger = Refused("execution_not_found");
const NO_CONTACT: Stranger = Refused("contact_not_found");
const NO_SCHEDULE: Stranger = Refused("schedule_not_found");
const NO_TOKEN: Stranger = Refused("token_not_found");
const NO_TEAM: Stranger = Refused("team_not_found");
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Counts what is not a list.
fn one<T>(_: T) -> usize {
    1
}

fn made_up_invitation() -> Invitation {
    let (created_at, expires_at) = ("2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z");
    read(
        json!({"id": InvitationId::new(), "email": "eve@example.org", "role": "viewer", "created_by": "ada", "created_at": created_at, "expires_at": expires_at}),
    )
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("input")
}

/// The hour before and the minute after.
fn around(of: &Seeded) -> (Slot, Slot) {
    let now = Slot::at(of.now);
    (now.plus(-3_600), now.plus(60))
}

/// What refuses everybody, so that there is a runbook for it.
fn failed(connection: &ServiceConnectionProfile) -> DiagnosticResult {
    read(json!({
        "connection_id": connection.id, "connection_name": connection.name, "scenario": "obeys", "title": "Obeys", "outcome": "failed", "blocking": true,
        "latency_ms": 1.0, "found": "", "why": "", "remediation": "", "cause": "name_not_found", "evidence_ids": [], "correlation_id": "thread",
        "finished_at": Timestamp::from_millis(0),
    }))
}

/// Of someone who has looked at every line.
pub fn signature() -> Signature {
    Signature { ticked: CheckedThing::iter().collect(), note: String::new() }
}

pub const VERBS: &[Verb] = &[
    verb!("connections::get", NO_CONNECTION, |s, of| one(connections::get(s, of.watched.id).await?)),
    verb!("connections::summaries", SeesNothing, |s, of| connections::summaries(s, std::slice::from_ref(&of.watched)).await?.len()),
    verb!("connections::list", SeesNothing, |s, _of| connections::list(s, &Filter::default(), Sort::Name, 1, 9).await?.items.len()),
    verb!("connections::page_after", SeesNothing, |s, _of| connections::page_after(s, &Filter::default(), Sort::Name, 9, None).await?.0.len()),
    verb!("connections::counts", SeesNothing, |s, _of| connections::counts(s).await?.len()),
    verb!("connections::untested", SeesNothing, |s, _of| usize::try_from(connections::untested(s).await?).expect("a count")),
    verb!("connections::attention", SeesNothing, |s, _of| connections::attention(s).await?.len()),
    verb!("connections::changes", SeesNothing, |s, of| connections::changes(s, of.watched.id).await?.len()),
    verb!("verify::get", Refused("verification_not_found"), |s, of| one(verify::get(s, of.verification).await?)),
    verb!("verify::wait", Refused("verification_not_found"), |s, of| one(verify::wait(s, of.verification).await?)),
    verb!("verify::history", SeesNothing, |s, of| verify::history(s, of.watched.id, 9).await?.len()),
    verb!("connections::check_settings", NamesNothing, |s, _of| {
        let typed = read(json!({"host": "a", "port": "4000", "auth": "none"}));
        one(connections::check_settings(s, &read(json!("obedient")), Environment::Staging, &typed).await?)
    }),
    verb!("search::find", SeesNothing, |s, _of| {
        let found = search::find(s, "Orders").await?;
        found.connections.items.len() + found.incidents.len() + found.runs.len() + found.errors.len()
    }),
    verb!("health::list", SeesNothing, |s, _of| health::list(s, &HealthFilter::default(), 9, None).await?.0.len()),
    verb!("health::table", SeesNothing, |s, _of| health::table(s, &HealthFilter::default(), HealthSort::default(), 1, 9).await?.0.len()),
    verb!("health::counts_by_environment", SeesNothing, |s, _of| health::counts_by_environment(s).await?.len()),
    verb!("health::get", NO_CONNECTION, |s, of| one(health::get(s, of.watched.id).await?)),
    verb!("health::slots", NO_CONNECTION, |s, of| health::slots(s, of.watched.id, around(of).0, around(of).1).await?.len()),
    verb!("health::failures", NO_CONNECTION, |s, of| health::failures(s, of.watched.id, around(of).0, around(of).1, 9).await?.len()),
    verb!("health::rollups", NO_CONNECTION, |s, of| {
        let (from, to) = around(of);
        health::rollups(s, of.watched.id, Span::Hour, from.floor(3_600), to).await?.len()
    }),
    verb!("health::uptimes", NO_CONNECTION, |s, of| one(health::uptimes(s, of.watched.id).await?)),
    verb!("maintenance::list", SeesNothing, |s, _of| maintenance::list(s).await?.len()),
    verb!("today::checklist", NamesNothing, |s, _of| one(today::checklist(s).await?)),
    verb!("today::history", SeesNothing, |s, _of| today::history(s, 9).await?.len()),
    verb!("today::tasks", NamesNothing, |s, _of| today::tasks(s).await?.len()),
    verb!("incidents::list", SeesNothing, |s, _of| incidents::list(s, IncidentFilter::default(), 9, None).await?.0.len()),
    verb!("incidents::page", SeesNothing, |s, _of| incidents::page(s, IncidentFilter::default(), 1, 9).await?.0.len()),
    verb!("incidents::unresolved", SeesNothing, |s, _of| incidents::unresolved(s, 9).await?.0.len()),
    verb!("notify::waiting", SeesNothing, |s, _of| usize::try_from(notify::waiting(s).await?.open_incidents).expect("a count")),
    verb!("incidents::get", Refused("incident_not_found"), |s, of| one(incidents::get(s, of.incident).await?)),
    verb!("groups::unresolved_groups", SeesNothing, |s, _of| incidents::unresolved_groups(s).await?.len()),
    verb!("silences::list", SeesNothing, |s, _of| silences::list(s).await?.len()),
    verb!("blast_radius::blast_radius", Refused("incident_not_found"), |s, of| one(blast_radius::blast_radius(s, of.incident).await?)),
    verb!("related::related", Refused("incident_not_found"), |s, of| related::related(s, of.incident, 9).await?.len()),
    verb!("post_mortem::get", Refused("incident_not_found"), |s, of| one(post_mortem::get(s, of.incident).await?)),
    verb!("post_mortem::preview", Refused("incident_not_found"), |s, of| one(post_mortem::preview(s, of.incident).await?)),
    verb!("post_mortem::export", Refused("incident_not_found"), |s, of| one(post_mortem::export(s, of.incident).await?)),
    verb!("action_items::list", SeesNothing, |s, _of| action_items::list(s, None, 9, None).await?.0.len()),
    verb!("action_items::get", Refused("action_item_not_found"), |s, of| one(action_items::get(s, of.action_item).await?)),
    verb!("diagnose::get", NO_RUN, |s, of| one(diagnose::get(s, of.run.id).await?)),
    verb!("diagnose::wait", NO_RUN, |s, of| one(diagnose::wait(s, of.run.id, Duration::ZERO).await?)),
    verb!("diagnose::list", SeesNothing, |s, _of| diagnose::list(s, &RunFilter::default(), 9, None).await?.0.len()),
    verb!("queries::page", SeesNothing, |s, _of| queries::page(s, &RunFilter::default(), 1, 9).await?.0.len()),
    verb!("queries::whole", NO_RUN, |s, of| one(queries::whole(s, of.run.id, 9).await?)),
    verb!("queries::counts_of", SeesNothing, |s, of| queries::counts_of(s, of.run.id, of.draft).await?.passed.try_into().expect("a count")),
    verb!("queries::earlier", SeesNothing, |s, of| queries::earlier(s, &of.run, 9).await?.len()),
    verb!("evidence::of_run", SeesNothing, |s, of| evidence::of_run(s, of.run.id).await?.len()),
    verb!("evidence::read", Refused("evidence_not_found"), |s, of| one(evidence::read(s, of.evidence).await?)),
    verb!("evidence::packed", NO_RUN, |s, of| one(evidence::packed(s, of.run.id).await?)),
    verb!("notify::list", SeesNothing, |s, _of| notify::list(s, 9, None).await?.0.len()),
    verb!("notify::latest_unread", SeesNothing, |s, _of| notify::latest_unread(s, 9).await?.len()),
    verb!("notify::unread", SeesNothing, |s, _of| usize::try_from(notify::unread(s).await?).expect("a count")),
    verb!("manage::list", SeesNothing, |s, _of| manage::list(s).await?.len()),
    verb!("manage::get", NO_CHANNEL, |s, of| one(manage::get(s, of.channel).await?)),
    verb!("deliveries::list", SeesNothing, |s, _of| deliveries::list(s, DeliveryFilter::default(), 9, None).await?.0.len()),
    verb!("deliveries::latest_of_each", SeesNothing, |s, _of| deliveries::latest_of_each(s).await?.len()),
    // What comes with the console is there for every team.
    verb!("runbooks::list", NamesNothing, |s, _of| runbooks::list(s).await?.len()),
    verb!("runbooks::get", NO_RUNBOOK, |s, of| one(runbooks::get(s, of.runbook).await?)),
    verb!("runbooks::versions", NO_RUNBOOK, |s, of| runbooks::versions(s, of.runbook).await?.len()),
    verb!("offers::for_incident", SeesNothing, |s, of| 1
        .min(offers::for_incident(s, of.incident).await?.len() + usize::from(s.actor().team == of.watched.team_id))),
    verb!("offers::for_connection", NO_CONNECTION, |s, of| one(offers::for_connection(s, of.watched.id, None).await?)),
    verb!("offers::while_it_fails", NO_CONNECTION, |s, of| one(offers::while_it_fails(s, of.watched.id).await?)),
    verb!("offers::for_results", SeesNothing, |s, of| offers::for_results(s, &[failed(&of.watched)]).await?.len()),
    verb!("executions::list", SeesNothing, |s, _of| executions::list(s, ExecutionFilter::default(), 9, None).await?.0.len()),
    verb!("executions::get", NO_EXECUTION, |s, of| one(executions::get(s, of.execution).await?)),
    verb!("executions::packed", NO_EXECUTION, |s, of| one(executions::packed(s, of.executed).await?)),
    verb!("severity::get", NamesNothing, |s, _of| one(severity::get(s).await?)),
    verb!("resources::list", SeesNothing, |s, _of| resources::list::<Contact>(s).await?.len()),
    verb!("resources::get", NO_CONTACT, |s, of| one(resources::get::<Contact>(s, of.contact).await?)),
    verb!("on_call::who", SeesNothing, |s, of| on_call::who(s, of.now).await?.len()),
    verb!("on_call::shifts", SeesNothing, |s, of| on_call::shifts(s, of.now, of.now + Duration::from_secs(60)).await?.len()),
    verb!("report::events", SeesNothing, |s, _of| report::events(s, &ErrorFilter::default(), 9, None).await?.0.len()),
    verb!("error_groups::list", SeesNothing, |s, _of| error_groups::list(s, &GroupFilter::default(), 9, None).await?.0.len()),
    verb!("error_groups::get", NO_ERROR_GROUP, |s, of| one(error_groups::get(s, of.error_group).await?)),
    verb!("error_groups::counts", SeesNothing, |s, _of| error_groups::counts(s, 24).await?.len()),
    verb!("error_groups::counts_of", NO_ERROR_GROUP, |s, of| error_groups::counts_of(s, of.error_group, 24).await?.len()),
    verb!("rates::over", SeesNothing, |s, _of| rates::over(s, Duration::from_secs(86_400)).await?.kinds.len()),
    verb!("rates::over_time", SeesNothing, |s, _of| {
        let tried: i64 = rates::over_time(s, Duration::from_secs(86_400)).await?.iter().map(|step| step.verifications + step.scenarios).sum();
        usize::try_from(tried).expect("a count")
    }),
    verb!("thread::is_known", SeesNothing, |s, of| usize::from(thread::is_known(s, &of.error).await?)),
    verb!("thread::read", Refused("error_not_found"), |s, of| thread::read(s, &of.error).await?.timeline.len()),
    verb!("tokens::list", SeesNothing, |s, _of| tokens::list(s).await?.len()),
    verb!("tokens::get", NO_TOKEN, |s, of| one(tokens::get(s, of.token).await?)),
    verb!("teams::mine", SeesNothing, |s, _of| teams::mine(s).await?.len()),
    verb!("teams::get", NO_TEAM, |s, of| one(teams::get(s, of.watched.team_id).await?)),
    verb!("members::list", SeesNothing, |s, _of| members::list(s).await?.len()),
    verb!("members::token_count", SeesNothing, |s, of| usize::try_from(members::token_count(s, of.person.operator).await?).expect("a count")),
    verb!("invitations::list", SeesNothing, |s, _of| invitations::list(s).await?.len()),
    verb!("notify::mark_read", Refused("notification_not_found"), |s, of| one(notify::mark_read(s, of.notification).await?)),
    verb!("notify::mark_all_read", NamesNothing, |s, _of| one(notify::mark_all_read(s).await?)),
    verb!("report::record", NamesNothing, |s, _of| one(report::record(s, "POST /api/errors", reported("Orders could not be read.")).await?)),
    verb!("report::count_unreadable", NamesNothing, |s, _of| one(report::count_unreadable(s)?)),
    verb!("error_groups::resolve", NO_ERROR_GROUP, |s, of| one(error_groups::resolve(s, of.error_group, "Fixed.").await?)),
    verb!("groups::acknowledge_group", Refused("incident_not_found"), |s, of| incidents::acknowledge_group(s, of.group).await?),
    verb!("silences::make", NO_CONNECTION, |s, of| {
        let silence = json!({"matchers": {"connection_id": of.watched.id}, "ends_at": of.now + Duration::from_secs(60), "reason": "Now."});
        one(silences::make(s, read(silence)).await?)
    }),
    verb!("silences::end", Refused("silence_not_found"), |s, of| one(silences::end(s, of.silence).await?)),
    verb!("declare::declare", NO_CONNECTION, |s, of| {
        one(declare::declare(s, read(json!({"summary": "Slow", "severity": "p4", "connection_id": of.draft}))).await?)
    }),
    verb!("edit::edit", Refused("incident_not_found"), |s, of| one(edit::edit(s, of.incident, None, read(json!({"owner": "Ada"}))).await?)),
    verb!("related::merge", Refused("incident_not_found"), |s, of| one(related::merge(s, of.declared, of.incident).await?)),
    verb!("related::split", Refused("incident_not_found"), |s, of| one(related::split(s, of.declared).await?)),
    verb!("post_mortem::save", Refused("incident_not_found"), |s, of| one(post_mortem::save(s, of.incident, None, read(json!({"impact": "All."}))).await?)),
    verb!("action_items::add", Refused("incident_not_found"), |s, of| {
        one(action_items::add(s, read(json!({"incident_id": of.incident, "text": "Alert sooner."}))).await?)
    }),
    verb!("action_items::edit", Refused("action_item_not_found"), |s, of| {
        one(action_items::edit(s, of.action_item, None, read(json!({"done": true}))).await?)
    }),
    verb!("action_items::remove", Refused("action_item_not_found"), |s, of| one(action_items::remove(s, of.action_item).await?)),
    verb!("escalation::escalate", Refused("incident_not_found"), |s, of| one(escalation::escalate(s, of.incident, Escalate::default()).await?)),
    verb!("incidents::apply", Refused("incident_not_found"), |s, of| one(incidents::apply(s, of.incident, IncidentAction::Resolve, None).await?)),
    verb!("sweep::sweep", NO_CONNECTION, |s, of| sweep::sweep(s, Some(&[of.watched.id])).await?.swept),
    verb!("maintenance::declare", NO_CONNECTION, |s, of| {
        let window = json!({"connection_id": of.watched.id, "starts_at": of.now, "ends_at": of.now + Duration::from_secs(60), "reason": "Now."});
        one(maintenance::declare(s, read(window)).await?)
    }),
    verb!("today::done", NamesNothing, |s, _of| one(today::done(s, MaintenanceTask::SecurityPatches, "").await?)),
    Verb { when_over: "checklist_signed", ..verb!("today::sign", NamesNothing, |s, _of| one(today::sign(s, signature()).await?)) },
    verb!("maintenance::end", Refused("window_not_found"), |s, of| one(maintenance::end(s, of.window).await?)),
    verb!("verify::start", NO_CONNECTION, |s, of| one(verify::start(s, of.draft).await?)),
    verb!("diagnose::request", NO_CONNECTION, |s, of| {
        one(diagnose::request(s, RunRequest { selection: Selection::Connections(vec![of.draft]), scenarios: None, release: None }).await?)
    }),
    verb!("diagnose::again", NO_RUN, |s, of| one(diagnose::again(s, of.run.id).await?)),
    Verb { when_over: "run_finished", ..verb!("diagnose::cancel", NO_RUN, |s, of| one(diagnose::cancel(s, of.run.id).await?)) },
    verb!("connections::create", NamesNothing, |s, _of| {
        one(connections::create(s, read(json!({"name": "New", "kind": "obedient", "environment": "staging", "settings": {"host": "a", "auth": "none"}})))
            .await?)
    }),
    verb!("connections::edit", NO_CONNECTION, |s, of| one(connections::edit(s, of.draft, 1, read(json!({"name": "Renamed"}))).await?)),
    verb!("transition::apply", NO_CONNECTION, |s, of| one(transition::apply(s, of.draft, Transition::Archive).await?)),
    verb!("tokens::issue", NamesNothing, |s, _of| one(tokens::issue(s, NewToken::of("Another", Role::Viewer)).await?)),
    verb!("tokens::edit", NO_TOKEN, |s, of| one(tokens::edit(s, of.token, read(json!({"name": "Renamed"}))).await?)),
    verb!("tokens::rotate", NO_TOKEN, |s, of| one(tokens::rotate(s, of.token, Duration::ZERO).await?)),
    verb!("tokens::revoke", NO_TOKEN, |s, of| one(tokens::revoke(s, of.token).await?)),
    verb!("manage::create", NamesNothing, |s, _of| one(manage::create(s, webhook("Desk", "http://127.0.0.1:9/")).await?)),
    verb!("manage::test", NO_CHANNEL, |s, of| one(manage::test(s, of.channel).await?)),
    verb!("manage::edit", NO_CHANNEL, |s, of| one(manage::edit(s, of.channel, None, read(json!({"name": "Renamed"}))).await?)),
    verb!("deliveries::resend", Refused("delivery_not_found"), |s, of| one(deliveries::resend(s, of.delivery).await?)),
    verb!("manage::remove", NO_CHANNEL, |s, of| one(manage::remove(s, of.channel).await?)),
    verb!("runbooks::create", NamesNothing, |s, _of| {
        one(runbooks::create(s, NewRunbook { name: Some("Another".into()), yaml: "name: A\nsteps: [{ title: A, do: manual }]".into() }).await?)
    }),
    verb!("runbooks::edit", NO_RUNBOOK, |s, of| one(runbooks::edit(s, of.runbook, None, read(json!({"name": "Renamed"}))).await?)),
    verb!("executions::start", NO_RUNBOOK, |s, of| one(executions::start(s, read(json!({"runbook_id": of.runbook}))).await?)),
    verb!("executions::resume", NO_EXECUTION, |s, of| one(executions::resume(s, of.execution).await?)),
    verb!("executions::report", NO_EXECUTION, |s, of| one(executions::report(s, of.execution, 1, read(json!({"outcome": "done"}))).await?)),
    verb!("executions::sign_off", NO_EXECUTION, |s, of| one(executions::sign_off(s, of.execution).await?)),
    Verb { when_over: "execution_over", ..verb!("executions::cancel", NO_EXECUTION, |s, of| one(executions::cancel(s, of.execution).await?)) },
    verb!("runbooks::remove", NO_RUNBOOK, |s, of| one(runbooks::remove(s, of.runbook).await?)),
    verb!("severity::put", NamesNothing, |s, _of| one(severity::put(s, None, SeverityPolicy::default()).await?)),
    verb!("resources::create", NamesNothing, |s, _of| one(resources::create::<Contact>(s, read(json!({"name": "Bea"}))).await?)),
    verb!("resources::edit", NO_CONTACT, |s, of| one(resources::edit::<Contact>(s, of.contact, None, read(json!({"name": "Renamed"}))).await?)),
    verb!("calendar::issue", NO_SCHEDULE, |s, of| one(calendar::issue(s, of.schedule).await?)),
    verb!("calendar::revoke", NO_SCHEDULE, |s, of| one(calendar::revoke(s, of.schedule).await?)),
    verb!("resources::remove", Refused("escalation_policy_not_found"), |s, of| one(resources::remove::<EscalationPolicy>(s, of.escalation_policy).await?)),
    verb!("invitations::invite", NamesNothing, |s, _of| one(invitations::invite(s, "new@example.org", Role::Viewer).await?)),
    verb!("mail::send", NamesNothing, |s, _of| one(invitations::mail::send(s, &made_up_invitation(), &"made up".to_owned().into()).await?)),
    verb!("invitations::withdraw", Refused("invitation_not_found"), |s, of| one(invitations::withdraw(s, of.invitation).await?)),
    verb!("members::set_role", Refused("member_not_found"), |s, of| one(members::set_role(s, of.person.operator, Role::Operator).await?)),
    verb!("members::remove", Refused("member_not_found"), |s, of| one(members::remove(s, of.person.operator).await?)),
    verb!("teams::edit", NO_TEAM, |s, of| one(teams::edit(s, of.watched.team_id, read(json!({"name": "Renamed"}))).await?)),
    verb!("teams::create", NamesNothing, |s, _of| one(teams::create(s, read(json!({"name": "Another team"}))).await?)),
    verb!("access::create_operator", NamesNothing, |s, _of| one(access::create_operator(s, "eve@example.org", "a long password".into(), Role::Viewer).await?)),
    verb!("audit::export", NamesNothing, |s, _of| one(audit::export(s).await?)),
    verb!("audit::list", SeesNothing, |s, _of| audit::list(s, &AuditFilter::default(), 9, None).await?.0.len()),
    verb!("audit::verify", SeesNothing, |s, _of| usize::try_from(audit::verify(s, None).await?.entries).expect("a count")),
    verb!("keys::list", NamesNothing, |s, _of| keys::list(s).await?.len()),
    verb!("keys::rotate", NamesNothing, |s, _of| one(keys::rotate(s).await?)),
    verb!("backup::make", NamesNothing, |s, _of| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        one(backup::make(s, &folder.path().join("backup"), &[]).await?)
    }),
    verb!("backup::announce_restored", NamesNothing, |s, _of| one(backup::announce_restored(s).await?)),
    // Of a person alone, whom no stranger can name.
    Verb { when_over: "forbidden", ..verb!("teams::switch", Refused("forbidden"), |s, of| one(teams::switch(s, of.watched.team_id, of.person).await?)) },
    Verb { when_over: "forbidden", ..verb!("invitations::join", NamesNothing, |s, of| one(invitations::join(s, "made up", of.person).await?)) },
    Verb { when_over: "forbidden", ..verb!("members::leave", NamesNothing, |s, _of| one(members::leave(s).await?)) },
    Verb { when_over: "forbidden", ..verb!("teams::others", NamesNothing, |s, _of| teams::others(s).await?.len()) },
    Verb { when_over: "forbidden", ..verb!("single_sign_on::linked", NamesNothing, |s, _of| usize::from(single_sign_on::linked(s).await?.is_some())) },
    Verb {
        when_over: "forbidden",
        ..verb!("single_sign_on::unlink", NamesNothing, |s, _of| one(single_sign_on::unlink(s, "a long password".into(), HERE).await?))
    },
    Verb {
        when_over: "forbidden",
        ..verb!("single_sign_on::link", NamesNothing, |s, _of| one(single_sign_on::link(s, None, "a long password".into(), "", HERE).await?))
    },
    Verb { when_over: "forbidden", ..verb!("profile::sessions", NamesNothing, |s, _of| profile::sessions(s, None).await?.len()) },
    Verb { when_over: "forbidden", ..verb!("profile::end_session", NamesNothing, |s, _of| one(profile::end_session(s, "made up").await?)) },
    Verb { when_over: "forbidden", ..verb!("profile::sign_out_everywhere", NamesNothing, |s, _of| one(profile::sign_out_everywhere(s).await?)) },
    Verb {
        when_over: "forbidden",
        ..verb!("profile::change_password", NamesNothing, |s, _of| {
            one(profile::change_password(s, "a long password".into(), "another password".into(), HERE).await?)
        })
    },
    Verb { when_over: "forbidden", ..verb!("second_factor::state", NamesNothing, |s, _of| one(second_factor::state(s).await?)) },
    Verb {
        when_over: "forbidden",
        ..verb!("second_factor::begin", NamesNothing, |s, _of| one(second_factor::begin(s, "a long password".into(), HERE).await?))
    },
    Verb { when_over: "forbidden", ..verb!("second_factor::confirm", NamesNothing, |s, _of| second_factor::confirm(s, "000000", HERE).await?.1.len()) },
    Verb { when_over: "forbidden", ..verb!("second_factor::renew_codes", NamesNothing, |s, _of| second_factor::renew_codes(s, "000000", HERE).await?.len()) },
    Verb {
        when_over: "forbidden",
        ..verb!("second_factor::switch_off", NamesNothing, |s, _of| one(second_factor::switch_off(s, "a long password".into(), "000000", HERE).await?))
    },
    Verb { when_over: "forbidden", ..verb!("passkeys::list", NamesNothing, |s, _of| passkeys::list(s).await?.len()) },
    Verb {
        when_over: "forbidden",
        ..verb!("passkeys::begin", NamesNothing, |s, _of| one(passkeys::begin(s, "a device", "a long password".into(), "", HERE).await?))
    },
    Verb { when_over: "forbidden", ..verb!("passkeys::add", NamesNothing, |s, _of| one(passkeys::add(s, None, "{}").await?)) },
    Verb {
        when_over: "forbidden",
        ..verb!("passkeys::remove", NamesNothing, |s, _of| one(passkeys::remove(s, Id::new(), "a long password".into(), "", HERE).await?))
    },
];
