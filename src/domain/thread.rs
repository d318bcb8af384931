//! Everything that goes under one correlation ID, and the one time line of it.

use std::{fmt::Write, time::Duration};

use serde::Serialize;
use strum::{Display, IntoStaticStr};

use super::{
    audit::AuditEntry,
    correlation_id::CorrelationId,
    delivery::Delivery,
    diagnostic::{DiagnosticResult, DiagnosticTestRun},
    error_event::{ErrorEvent, LogLine},
    heartbeat::Heartbeat,
    ids::ProfileId,
    incident::{Incident, TimelineKind},
    profile::ServiceConnectionProfile,
    time::Timestamp,
    verification::{Step, Verification},
};

#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Thread {
    pub correlation_id: CorrelationId,
    /// All of it in one, the oldest first.
    pub timeline: Vec<Moment>,
    /// The newest first.
    pub events: Vec<ErrorEvent>,
    pub verifications: Vec<Verification>,
    /// Runs that were asked for under it, or tried a connection under it; without results.
    pub runs: Vec<DiagnosticTestRun>,
    /// Of the one connection that was tried under it.
    pub results: Vec<DiagnosticResult>,
    pub incidents: Vec<Incident>,
    /// What was sent of these incidents.
    pub deliveries: Vec<Delivery>,
    pub heartbeat: Option<HeartbeatOf>,
    /// What was done under it; for those alone who may read the audit log.
    pub acts: Vec<AuditEntry>,
    pub log_lines: Vec<LogLine>,
    /// The connections that any of it names.
    pub connections: Vec<ServiceConnectionProfile>,
}

/// A heartbeat, whose, and what it showed if it failed.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct HeartbeatOf {
    pub connection_id: ProfileId,
    #[serde(flatten)]
    pub heartbeat: Heartbeat,
    pub failure: Option<String>,
}

/// One line of the time line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Moment {
    pub at: Timestamp,
    pub kind: MomentKind,
    /// What happened, in a few words.
    pub title: String,
    /// What there is to know of it; may be empty.
    pub text: String,
    /// The id of what it is about, where that has a page of its own.
    pub thing_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Display, IntoStaticStr, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MomentKind {
    Log,
    Act,
    Heartbeat,
    Verification,
    Step,
    Run,
    Result,
    Error,
    Incident,
    Delivery,
}

impl Thread {
    pub const fn new(correlation_id: CorrelationId) -> Self {
        Self {
            correlation_id,
            timeline: Vec::new(),
            events: Vec::new(),
            verifications: Vec::new(),
            runs: Vec::new(),
            results: Vec::new(),
            incidents: Vec::new(),
            deliveries: Vec::new(),
            heartbeat: None,
            acts: Vec::new(),
            log_lines: Vec::new(),
            connections: Vec::new(),
        }
    }

    /// Whether nothing goes under the ID.
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.verifications.is_empty()
            && self.runs.is_empty()
            && self.results.is_empty()
            && self.incidents.is_empty()
            && self.deliveries.is_empty()
            && self.heartbeat.is_none()
            && self.acts.is_empty()
            && self.log_lines.is_empty()
    }

    /// Which cause a connection failed of under this ID, as runbooks name it.
    pub fn cause_of(&self, connection: ProfileId) -> Option<&str> {
        let of_results = self.results.iter().filter(|result| result.connection_id == connection).find_map(|result| result.cause.as_deref());
        let of_tests = self.verifications.iter().filter(|test| test.connection_id == connection);
        of_results.or_else(|| of_tests.flat_map(|test| &test.steps).find_map(|step| step.cause.as_deref()))
    }

    /// The connections that any of it names, each once.
    pub fn named_connections(&self) -> Vec<ProfileId> {
        let named = self.events.iter().filter_map(|event| event.connection_id);
        let named = named.chain(self.verifications.iter().map(|verification| verification.connection_id));
        let named = named.chain(self.results.iter().map(|result| result.connection_id));
        let named = named.chain(self.incidents.iter().filter_map(|incident| incident.connection_id));
        let mut ids: Vec<_> = named.chain(self.heartbeat.iter().map(|heartbeat| heartbeat.connection_id)).collect();
        ids.sort_unstable_by_key(|id| id.as_uuid());
        ids.dedup();
        ids
    }

    /// With its time line, made of all the rest.
    #[must_use]
    pub fn told(mut self) -> Self {
        let mut timeline: Vec<_> = self.log_lines.iter().map(of_log).chain(self.acts.iter().map(of_act)).collect();
        timeline.extend(self.heartbeat.iter().map(of_heartbeat));
        timeline.extend(self.verifications.iter().flat_map(of_verification));
        timeline.extend(self.runs.iter().flat_map(of_run));
        timeline.extend(self.results.iter().map(of_result));
        timeline.extend(self.events.iter().map(of_event));
        timeline.extend(self.incidents.iter().flat_map(of_incident));
        timeline.extend(self.deliveries.iter().map(of_delivery));
        timeline.sort_by_key(|moment| moment.at);
        self.timeline = timeline;
        self
    }

    /// All of it as Markdown, to be pasted elsewhere.
    pub fn markdown(&self) -> String {
        let mut text = format!("## Correlation ID `{}`\n\n", self.correlation_id);
        for connection in &self.connections {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "Connection: {} ({}, {}), version {}  ",
                one_line(&connection.name),
                connection.kind,
                connection.environment,
                connection.version
            );
        }
        if !self.connections.is_empty() {
            text.push('\n');
        }
        for Moment { at, kind, title, text: said, .. } in &self.timeline {
            let _ = write!(text, "- {at} {kind}: {}", one_line(title));
            let _ = if said.is_empty() { writeln!(text) } else { writeln!(text, " — {}", one_line(said)) };
        }
        text
    }
}

/// What came from outside breaks no list, and is no markup.
fn one_line(text: &str) -> String {
    let escaped = text.chars().flat_map(|c| matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|').then_some('\\').into_iter().chain([c]));
    escaped.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn moment(at: Timestamp, kind: MomentKind, title: impl Into<String>, text: impl Into<String>) -> Moment {
    Moment { at, kind, title: title.into(), text: text.into(), thing_id: None }
}

impl Moment {
    fn about(self, id: impl ToString) -> Self {
        Self { thing_id: Some(id.to_string()), ..self }
    }
}

fn of_log(line: &LogLine) -> Moment {
    moment(line.at, MomentKind::Log, line.level.clone(), line.text.clone())
}

fn of_act(entry: &AuditEntry) -> Moment {
    let about = entry.detail.name.as_deref().map(|name| format!(": {name}")).unwrap_or_default();
    moment(entry.at, MomentKind::Act, format!("{} {}{about}", entry.actor, lower_first(&entry.sentence())), format!("From {}", entry.from))
}

fn of_heartbeat(of: &HeartbeatOf) -> Moment {
    let took = of.heartbeat.latency_ms.map(|latency| format!("{latency} ms")).unwrap_or_default();
    let text = of.failure.clone().unwrap_or(took);
    moment(of.heartbeat.at.timestamp(), MomentKind::Heartbeat, format!("Heartbeat: {}", of.heartbeat.outcome), text).about(of.connection_id)
}

fn of_verification(verification: &Verification) -> Vec<Moment> {
    let begun = moment(verification.started_at, MomentKind::Verification, format!("{} tested the connection", verification.requested_by), "");
    let mut moments = vec![begun.about(verification.connection_id)];
    // Steps follow one another, each from where the one before it ended.
    let mut at = verification.started_at;
    for step in &verification.steps {
        at = at + Duration::try_from_secs_f64(step.latency_ms / 1_000.0).unwrap_or_default();
        moments.push(of_step(step, at));
    }
    if let Some(ended) = verification.finished_at {
        let title = format!("Test of version {}: {}", verification.profile_version, verification.outcome);
        moments.push(moment(ended.max(at), MomentKind::Verification, title, "").about(verification.connection_id));
    }
    moments
}

fn of_step(step: &Step, at: Timestamp) -> Moment {
    moment(at, MomentKind::Step, format!("{}: {}", step.title, step.outcome), sentences([&step.found, &step.why, &step.remediation]))
}

fn of_run(run: &DiagnosticTestRun) -> Vec<Moment> {
    let asked = moment(run.requested_at, MomentKind::Run, format!("{} asked for diagnostics", run.requested_by), run.release.clone().unwrap_or_default());
    let ended = run.finished_at.map(|at| moment(at, MomentKind::Run, format!("Diagnostics: {}", run.status), run.note.clone().unwrap_or_default()));
    [Some(asked), ended].into_iter().flatten().map(|moment| moment.about(run.id)).collect()
}

fn of_result(result: &DiagnosticResult) -> Moment {
    let text = sentences([&result.found, &result.why, &result.remediation]);
    moment(result.finished_at, MomentKind::Result, format!("{}: {}: {}", result.connection_name, result.title, result.outcome), text)
}

fn of_event(event: &ErrorEvent) -> Moment {
    let title = if event.user_message.is_empty() { event.code.clone() } else { event.user_message.clone() };
    let by = event.actor.as_deref().map(|actor| format!(" by {actor}")).unwrap_or_default();
    let text = format!("{}{by} in {}", event.operation, event.service);
    moment(event.occurred_at, MomentKind::Error, title, if event.message.is_empty() { text } else { format!("{text}: {}", event.message) })
}

fn of_incident(incident: &Incident) -> Vec<Moment> {
    let entry = |title: String, at, text: &str| moment(at, MomentKind::Incident, title, text).about(incident.id);
    let opened = entry(format!("Incident ({})", incident.severity.label()), incident.opened_at, &incident.summary);
    let later = incident.timeline.iter().filter(|line| line.kind != TimelineKind::Opened).map(|line| {
        let by = line.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
        entry(format!("Incident: {}{by}", line.kind), line.at, &line.text)
    });
    std::iter::once(opened).chain(later).collect()
}

fn of_delivery(delivery: &Delivery) -> Moment {
    let text = delivery.last_error.clone().unwrap_or_default();
    moment(delivery.sent_at.unwrap_or(delivery.created_at), MomentKind::Delivery, format!("Message ({}): {}", delivery.reason, delivery.status), text)
        .about(delivery.channel_id)
}

fn sentences<const N: usize>(texts: [&str; N]) -> String {
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::VerificationId,
        verification::{StepOutcome, VerificationOutcome},
    };

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    fn thread() -> Thread {
        let step = |title: &str, outcome, latency_ms| Step {
            scenario: title.to_lowercase(),
            title: title.into(),
            outcome,
            blocking: true,
            latency_ms,
            found: "Refused.".into(),
            why: String::new(),
            remediation: String::new(),
            cause: None,
        };
        let id: CorrelationId = "req-1".parse().expect("an ID");
        let verification = Verification {
            id: VerificationId::new(),
            connection_id: ProfileId::new(),
            profile_version: 3,
            outcome: VerificationOutcome::Failed,
            started_at: at("2026-01-02T03:04:05.000Z"),
            finished_at: Some(at("2026-01-02T03:04:05.300Z")),
            correlation_id: id.clone(),
            requested_by: "ana@example.org".into(),
            steps: vec![step("Resolves", StepOutcome::Passed, 100.0), step("Signs in", StepOutcome::Failed, 150.0)],
        };
        let line = LogLine { at: at("2026-01-02T03:04:05.200Z"), level: "INFO".into(), text: "a `line`\n# of *two*".into() };
        Thread { verifications: vec![verification], log_lines: vec![line], ..Thread::new(id) }.told()
    }

    #[test]
    fn all_of_it_stands_in_one_order_of_time() {
        let told: Vec<_> = thread().timeline.into_iter().map(|moment| (moment.at.as_millis() % 1_000, moment.title)).collect();
        let expected = [
            (0, "ana@example.org tested the connection"),
            (100, "Resolves: passed"),
            (200, "INFO"),
            (250, "Signs in: failed"),
            (300, "Test of version 3: failed"),
        ];
        assert_eq!(told, expected.map(|(at, title)| (at, title.to_owned())));
    }

    #[test]
    fn what_came_from_outside_is_no_markup() {
        let markdown = thread().markdown();
        assert!(markdown.starts_with("## Correlation ID `req-1`\n"), "{markdown}");
        assert!(markdown.contains(r"a \`line\` \# of \*two\*"), "{markdown}");
        assert_eq!(markdown.lines().filter(|line| line.starts_with("- ")).count(), 5, "{markdown}");
    }

    #[test]
    fn a_thread_with_anything_in_it_is_not_empty() {
        assert!(Thread::new("req-1".parse().expect("an ID")).is_empty());
        assert!(!thread().is_empty());
        assert_eq!(thread().named_connections().len(), 1);
    }
}
