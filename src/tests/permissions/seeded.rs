//! One of everything that a verb can name.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use domain::{
    correlation_id::CorrelationId,
    delivery::DeliveryFilter,
    diagnostic::DiagnosticTestRun,
    error_group::GroupFilter,
    ids::{
        ActionItemId, ApiTokenId, ChannelId, DeliveryId, ErrorGroupId, EvidenceId, ExecutionId, Id, IncidentId, InvitationId, NotificationId, ProfileId,
        RunbookId, ScheduleId, SilenceId, VerificationId, WindowId,
    },
    maintenance_task::MaintenanceTask,
    on_call::{Contact, EscalationPolicy, OnCallSchedule},
    operator::Role,
    profile::ServiceConnectionProfile,
    runbook::execution::Reported,
    severity_policy::SeverityPolicy,
    time::Timestamp,
};
use engine::{
    access::{
        self, SignedIn, invitations,
        tokens::{self, NewToken},
    },
    evidence,
    incidents::{self, action_items, declare, post_mortem},
    maintenance,
    notify::{self, deliveries, manage},
    on_call::resources,
    report::{self, error_groups},
    runbooks::{
        self, NewRunbook,
        executions::{self, NewExecution, Report},
    },
    severity,
    suppression::silences,
    today,
};
use probes::kinds::{ConnectionKind, Kinds};
use serde_json::{Map, Value, json};

use crate::{
    active_connections::FIRST,
    channels::webhook,
    diagnose::{self, Patient, connection, run},
    test_console::{TestConsole, reported},
};

pub struct Seeded {
    /// Active, failing, with an open incident that shares its cause with another.
    pub watched: ServiceConnectionProfile,
    /// Never tested.
    pub draft: ProfileId,
    pub verification: VerificationId,
    pub incident: IncidentId,
    /// Of both.
    pub group: IncidentId,
    /// By a person, about the same connection.
    pub declared: IncidentId,
    /// Of the incident, of which a post-mortem is begun.
    pub action_item: ActionItemId,
    pub notification: NotificationId,
    pub window: WindowId,
    pub silence: SilenceId,
    /// The second of two that have ended.
    pub run: DiagnosticTestRun,
    pub evidence: EvidenceId,
    pub error: CorrelationId,
    pub error_group: ErrorGroupId,
    pub token: ApiTokenId,
    /// Which nobody listens on.
    pub channel: ChannelId,
    /// On it, and given up.
    pub delivery: DeliveryId,
    /// Of the team.
    pub runbook: RunbookId,
    /// Signed off.
    pub executed: ExecutionId,
    /// Whose one step a person is to do.
    pub execution: ExecutionId,
    /// On call, by the schedule.
    pub contact: Id<()>,
    pub schedule: ScheduleId,
    /// Which no severity names.
    pub escalation_policy: Id<()>,
    pub invitation: InvitationId,
    /// An operator's place in the team, who made a token.
    pub person: SignedIn,
    pub now: Timestamp,
}

/// On both databases.
pub async fn both() -> Vec<(TestConsole, Seeded)> {
    let mut seeded = Vec::new();
    for (mut test, patient) in diagnose::both().await {
        let one_of_each = seed(&mut test, patient).await;
        seeded.push((test, one_of_each));
    }
    seeded
}

/// Makes them, and has the console know the kinds that it takes.
#[expect(clippy::too_many_lines, reason = "one of everything")]
pub async fn seed(test: &mut TestConsole, patient: Arc<Patient>) -> Seeded {
    test.console.kinds = Kinds::new([patient as Arc<dyn ConnectionKind>, Arc::clone(&test.obedient) as Arc<dyn ConnectionKind>]);
    let draft = connection(test, "Patient", json!({"host": "a"})).await.id;
    run(test).await;
    let run = run(test).await;
    let evidence = evidence::of_run(&test.scope(), run.id).await.expect("artefacts").first().expect("one").id;
    let watched = test.active_connection("Orders", 60).await;
    let also = test.active_connection("Mail", 60).await;
    let verification = test.verify(&watched).await.id;
    test.verify(&test.create("Waits for a person").await).await;
    test.pass_time(FIRST).await;
    test.obedient.pass(false);
    for _ in 0..2 {
        test.pass_time(FIRST).await;
    }
    assert_eq!(test.status(&also).await, "incident");
    let scope = test.scope();
    let incident = test.incidents().await.into_iter().find(|incident| incident.connection_id == Some(watched.id)).expect("an incident").id;
    let new = json!({"summary": "Orders are lost", "severity": "p3", "connection_id": watched.id});
    let declared = declare::declare(&scope, serde_json::from_value(new).expect("an incident")).await.expect("declared").id;
    post_mortem::save(&scope, incident, None, serde_json::from_value(json!({"impact": "All."})).expect("sections")).await.expect("begun");
    let item = json!({"incident_id": incident, "text": "Watch the disk."});
    let action_item = action_items::add(&scope, serde_json::from_value(item).expect("an item")).await.expect("added").id;
    today::sign(&scope, super::verbs::signature()).await.expect("signed");
    today::done(&scope, MaintenanceTask::DependencyUpdates, "").await.expect("done");
    let channel = manage::create(&scope, webhook("Nobody", "http://127.0.0.1:9/")).await.expect("a channel").id;
    manage::test(&scope, channel).await.expect("tried");
    let contact = resources::create::<Contact>(&scope, read(json!({"name": "Ada", "email": "ada@example.org"}))).await.expect("a contact").id;
    let nights = json!({"name": "Nights", "contact_ids": [contact]});
    let schedule = resources::create::<OnCallSchedule>(&scope, read(nights)).await.expect("a schedule").id;
    let levels = json!({"name": "Usual", "levels": [{"after_minutes": 0}]});
    let escalation_policy = resources::create::<EscalationPolicy>(&scope, read(levels)).await.expect("a policy").id;
    severity::put(&scope, None, SeverityPolicy::default()).await.expect("stored");
    let window = json!({"connection_id": watched.id, "starts_at": test.now() + FIRST * 60, "ends_at": test.now() + FIRST * 90, "reason": "Planned."});
    let error = report::record(&scope, "POST /api/errors", reported("Orders could not be read.")).await.expect("recorded");
    let silence = json!({"matchers": {"tag": "nothing has it"}, "ends_at": test.now() + FIRST * 60, "reason": "Known."});
    let written = NewRunbook { name: None, yaml: "name: Mend it\nsteps: [{ title: One, do: manual }]\n".into() };
    let runbook = runbooks::create(&scope, written).await.expect("a runbook").id;
    let begin = NewExecution { runbook_id: runbook, incident_id: None, connection_id: None };
    let executed = executions::start(&scope, begin.clone()).await.expect("begun").id;
    executions::report(&scope, executed, 1, Report { outcome: Reported::Done, note: None }).await.expect("reported");
    executions::sign_off(&scope, executed).await.expect("signed off");
    Seeded {
        runbook,
        executed,
        execution: executions::start(&scope, begin).await.expect("begun").id,
        draft,
        verification,
        incident,
        group: incidents::unresolved_groups(&scope).await.expect("groups").remove(0).id,
        declared,
        action_item,
        notification: notify::list(&scope, 1, None).await.expect("notifications").0.remove(0).id,
        window: maintenance::declare(&scope, serde_json::from_value(window).expect("a window")).await.expect("declared").id,
        silence: silences::make(&scope, serde_json::from_value(silence).expect("a silence")).await.expect("made").id,
        run,
        evidence,
        error_group: error_groups::list(&scope, &GroupFilter::default(), 1, None).await.expect("groups").0.remove(0).id,
        error,
        token: tokens::issue(&scope, NewToken::of("Pipeline", Role::Viewer)).await.expect("a token").0.id,
        channel,
        delivery: deliveries::list(&scope, DeliveryFilter::default(), 1, None).await.expect("deliveries").0.remove(0).id,
        contact,
        schedule: ScheduleId::from_uuid(schedule.as_uuid()),
        escalation_policy,
        invitation: invitations::invite(&scope, "ida@example.org", Role::Viewer).await.expect("invited").0.id,
        person: person(test).await,
        now: test.now(),
        watched,
    }
}

/// An administrator beside whoever else there is, with a token.
async fn person(test: &TestConsole) -> SignedIn {
    let scope = test.scope();
    for name in ["ada", "eva"] {
        access::create_operator(&scope, &format!("{name}@example.org"), "a long password".into(), Role::Admin).await.expect("created");
    }
    let signed_in = access::sign_in(&test.console, "ada@example.org", "a long password".into(), IpAddr::from(Ipv4Addr::LOCALHOST)).await.expect("signed in");
    let signed_in = signed_in.completed().expect("no second factor");
    let actor = access::actor_of_session(&test.console, signed_in).await.expect("asked").expect("known");
    tokens::issue(&test.console.for_team(actor), NewToken::of("Hers", Role::Viewer)).await.expect("a token");
    signed_in
}

fn read(value: Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}
