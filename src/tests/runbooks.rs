//! Runbooks and their executions, on both databases: what is kept, whose turn it is, and what survives a process that dies.

use std::time::Duration;

use domain::{
    delivery::DeliveryFilter,
    error::ErrorCode,
    ids::Id,
    incident::TimelineKind,
    operator::{Actor, Role, Who},
    runbook::{
        KeptRunbook,
        execution::{Execution, ExecutionFilter, ExecutionStatus, Next, Outcome, Reported},
    },
};
use engine::{
    Scope,
    access::{
        self,
        tokens::{self, NewToken},
    },
    diagnose::{self, RunRequest, Selection},
    evidence::inspect::inspect,
    incidents,
    notify::{self, deliveries, manage},
    retention,
    runbooks::{
        self, NewRunbook, RunbookEdit,
        carry_out::carry_on,
        executions::{self, NewExecution, Report},
        offers,
    },
};
use probes::kinds::postgres::Postgres;
use serde_json::json;

use crate::{
    active_connections::FIRST,
    channels::webhook,
    postgres, probe,
    scripted::Server,
    services::services,
    test_console::{TestConsole, refused, wrong_fields},
};

const MINUTE: Duration = Duration::from_secs(60);

fn document(steps: &str) -> NewRunbook {
    NewRunbook { name: None, yaml: format!("name: Mend it\nsteps:\n{steps}") }
}

async fn runbook(test: &TestConsole, steps: &str) -> KeptRunbook {
    runbooks::create(&test.scope(), document(steps)).await.unwrap_or_else(|error| panic!("{error:?}"))
}

fn new(runbook: &KeptRunbook) -> NewExecution {
    NewExecution { runbook_id: runbook.id, incident_id: None, connection_id: None }
}

pub async fn start(test: &TestConsole, new: NewExecution) -> Execution {
    let begun = executions::start(&test.scope(), new).await.unwrap_or_else(|error| panic!("{error:?}"));
    carry_on(&test.console).await.expect("carried on");
    executions::get(&test.scope(), begun.id).await.expect("found")
}

pub async fn report(scope: &Scope, of: &Execution, n: i32, outcome: Reported, note: &str) -> Result<Execution, engine::OpsError> {
    executions::report(scope, of.id, n, Report { outcome, note: Some(note.to_owned()) }).await
}

fn outcomes(of: &Execution) -> Vec<Outcome> {
    of.steps.iter().map(|step| step.outcome).collect()
}

pub fn found(of: &Execution, n: i32) -> String {
    of.step(n).and_then(|step| step.found.clone()).unwrap_or_default()
}

/// Somebody else of the same team.
pub fn another(test: &TestConsole) -> Scope {
    test.console.for_team(Actor { name: "eva@example.org".into(), who: Who::Operator(Id::new()), role: Role::Operator, ..test.actor.clone() })
}

#[tokio::test]
async fn a_team_s_own_stands_beside_what_is_shipped_and_keeps_its_history() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let shipped = runbooks::list(&scope).await.expect("a list");
        assert!(shipped.iter().all(|runbook| runbook.shipped) && shipped.iter().any(|runbook| runbook.name == "Database connections are exhausted"));
        let made = runbook(&test, "  - { title: One, do: manual }\n").await;
        assert_eq!((made.version, made.name.as_str(), made.shipped), (1, "Mend it", false));
        assert_eq!(refused(runbooks::create(&scope, document("  - { title: One, do: manual }\n")).await), "name_taken");
        let wrong = runbooks::create(&scope, NewRunbook { name: Some("Other".into()), yaml: "name: A\nsteps: [{ title: A, do: jump }]\n".into() }).await;
        assert!(
            matches!(&wrong, Err(engine::OpsError::Invalid(errors)) if errors[0].field == "yaml" && errors[0].message.starts_with("Line 2: ")),
            "{wrong:?}"
        );
        assert_eq!(runbooks::list(&scope).await.expect("a list").len(), shipped.len() + 1, "nothing of it is kept");

        let yaml = "name: Mend it well\nsteps: [{ title: Two, do: manual }]\n".to_owned();
        let edited = runbooks::edit(&scope, made.id, Some(1), RunbookEdit { yaml: Some(yaml.clone()), name: None }).await.expect("edited");
        assert_eq!((edited.version, edited.name.as_str()), (2, "Mend it well"));
        assert_eq!(refused(runbooks::edit(&scope, made.id, Some(1), RunbookEdit { yaml: Some(yaml), name: None }).await), "version_stale");
        let history: Vec<_> = runbooks::versions(&scope, made.id).await.expect("history").into_iter().map(|version| (version.version, version.yaml)).collect();
        assert_eq!(history, [(2, edited.yaml.clone()), (1, made.yaml.clone())]);
        assert_eq!(refused(runbooks::edit(&scope, shipped[0].id, None, RunbookEdit::default()).await), "runbook_shipped");
        assert_eq!(refused(runbooks::remove(&scope, shipped[0].id).await), "runbook_shipped");

        let begun = start(&test, new(&edited)).await;
        runbooks::remove(&scope, made.id).await.expect("removed");
        assert_eq!(refused(runbooks::get(&scope, made.id).await), "runbook_not_found");
        assert_eq!(executions::get(&scope, begun.id).await.expect("it stays").steps[0].step.title, "Two", "{}", test.database);
    }
}

#[tokio::test]
async fn steps_go_in_turn_and_another_person_goes_on_and_signs_off() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        let steps = "  - { title: \"Test {{connection}}\", do: verify }\n  - { title: Do it, text: \"at {{connection.host}}\", do: manual }\n  - { title: Wait, do: { wait: { for: 5m } } }\n  - { title: Agree, do: approve }\n";
        let kept = runbook(&test, steps).await;
        assert_eq!(wrong_fields(executions::start(&test.scope(), new(&kept)).await), ["connection_id"]);
        let about = NewExecution { connection_id: Some(orders.id), ..new(&kept) };
        test.obedient.pass(false);
        let execution = start(&test, about.clone()).await;
        assert_eq!(outcomes(&execution), [Outcome::Failed, Outcome::Pending, Outcome::Pending, Outcome::Pending], "{}", test.database);
        assert_eq!((execution.steps[0].step.title.as_str(), execution.steps[1].step.text.as_str()), ("Test Orders", "at orders.example.org"));
        assert_eq!(execution.status, ExecutionStatus::Waiting);
        assert!(!found(&execution, 1).contains("open sesame"), "{}", found(&execution, 1));
        assert_eq!(refused(report(&test.scope(), &execution, 3, Reported::Done, "").await), "step_not_due");
        assert_eq!(execution.next(), Next::Person(2), "what it found is mended by a person");
        assert_eq!(wrong_fields(report(&test.scope(), &execution, 1, Reported::Skipped, " ").await), ["note"]);
        assert_eq!(refused(executions::sign_off(&test.scope(), execution.id).await), "execution_not_done");

        // Mended: another person goes on, and it turns green.
        test.obedient.pass(true);
        let eva = another(&test);
        executions::resume(&eva, execution.id).await.expect("resumed");
        carry_on(&test.console).await.expect("carried on");
        let execution = executions::get(&eva, execution.id).await.expect("found");
        assert_eq!(outcomes(&execution)[..2], [Outcome::Done, Outcome::Pending], "{}", found(&execution, 1));
        let execution = report(&eva, &execution, 2, Reported::Done, "It was the pool.").await.expect("reported");
        assert_eq!((execution.steps[1].by.as_deref(), execution.steps[1].note.as_deref()), (Some("eva@example.org"), Some("It was the pool.")));
        carry_on(&test.console).await.expect("carried on");
        test.advance(MINUTE * 4);
        carry_on(&test.console).await.expect("carried on");
        assert_eq!(outcomes(&executions::get(&eva, execution.id).await.expect("found"))[2], Outcome::Running, "the wait is not over");
        test.advance(MINUTE);
        carry_on(&test.console).await.expect("carried on");
        let execution = executions::get(&eva, execution.id).await.expect("found");
        assert_eq!((outcomes(&execution)[2], execution.next()), (Outcome::Done, Next::Person(4)));

        assert_eq!(refused(report(&test.scope(), &execution, 4, Reported::Done, "").await), "another_person_needed");
        assert_eq!(refused(report(&test.scope(), &execution, 4, Reported::Skipped, "me").await), "another_person_needed");
        let execution = report(&eva, &execution, 4, Reported::Done, "").await.expect("approved");
        assert_eq!(execution.status, ExecutionStatus::Done);
        assert_eq!(refused(executions::packed(&eva, execution.id).await), "execution_not_done");
        let signed = executions::sign_off(&eva, execution.id).await.expect("signed off");
        assert_eq!((signed.status, signed.signed_off_by.as_deref()), (ExecutionStatus::SignedOff, Some("eva@example.org")));
        for refusal in [refused(executions::cancel(&eva, execution.id).await), refused(executions::resume(&eva, execution.id).await)] {
            assert_eq!(refusal, ErrorCode::ExecutionOver.to_string());
        }
        let listed = executions::list(&eva, ExecutionFilter { status: Some(ExecutionStatus::SignedOff), ..ExecutionFilter::default() }, 9, None).await;
        assert_eq!(listed.expect("a list").0.len(), 1);
    }
}

/// As a program, with a token that `by` makes.
async fn program(test: &TestConsole, by: &Scope, name: &str) -> Scope {
    let (token, _) = tokens::issue(by, NewToken::of(name, Role::Admin)).await.expect("issued");
    test.console.for_team(Actor { name: format!("token {name}"), who: Who::Token(token.id), role: Role::Admin, ..test.actor.clone() })
}

#[tokio::test]
async fn whoever_began_it_does_not_approve_by_a_key_of_theirs() {
    for test in TestConsole::both().await {
        let shell = access::command_line(&test.console, None).await.expect("a shell");
        let [starts, other] = [program(&test, &shell, "starts").await, program(&test, &shell, "other").await];
        let made = program(&test, &starts, "made").await;
        let [made_by_made, beside] = [program(&test, &made, "made by made").await, program(&test, &starts, "beside").await];
        let ada = access::create_operator(&shell, "ada@example.org", "correct horse battery".to_owned().into(), Role::Admin).await.expect("created");
        let person = test.console.for_team(Actor { name: ada.email, who: Who::Operator(ada.id), role: Role::Admin, ..test.actor.clone() });
        let [own, another_own] = [program(&test, &person, "own").await, program(&test, &person, "another own").await];
        let kept = runbook(&test, "  - { title: Agree, do: approve }\n").await;
        let of_starts = [&starts, &made, &made_by_made, &beside];
        let eva = another(&test);
        let of_person = [&person, &own, &another_own];
        for (family, stranger) in [(&of_starts[..], &other), (&of_starts[..], &eva), (&of_person[..], &eva), (&of_person[..], &starts)] {
            for starter in family {
                let execution = executions::start(starter, new(&kept)).await.expect("begun");
                for same in family {
                    let refusal = refused(report(same, &execution, 1, Reported::Done, "").await);
                    assert_eq!(refusal, "another_person_needed", "{} for {} on {}", same.actor().name, starter.actor().name, test.database);
                }
                report(stranger, &execution, 1, Reported::Done, "").await.expect("approved");
            }
        }
        // Nor by ending the key that it was begun with.
        let execution = executions::start(&own, new(&kept)).await.expect("begun");
        let Who::Token(token) = own.actor().who else { panic!("a token") };
        tokens::revoke(&person, token).await.expect("revoked");
        assert_eq!(refused(report(&person, &execution, 1, Reported::Done, "").await), "another_person_needed", "{}", test.database);
    }
}

#[tokio::test]
async fn a_step_that_there_is_not_is_not_found() {
    let test = TestConsole::sqlite().await;
    let kept = runbook(&test, "  - { title: One, do: manual }\n  - { title: Two, do: manual }\n").await;
    let execution = start(&test, new(&kept)).await;
    for n in [-1, 0, 3, 99] {
        assert_eq!(refused(report(&test.scope(), &execution, n, Reported::Done, "").await), "step_not_found", "{n}");
    }
    assert_eq!(refused(report(&test.scope(), &execution, 2, Reported::Done, "").await), "step_not_due");
}

#[tokio::test]
async fn a_pack_is_verified_offline_and_one_flipped_byte_is_named() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        let kept = runbook(&test, "  - { title: Test, do: verify }\n").await;
        let execution = start(&test, NewExecution { connection_id: Some(orders.id), ..new(&kept) }).await;
        assert_eq!(outcomes(&execution), [Outcome::Done], "{}", found(&execution, 1));
        executions::sign_off(&test.scope(), execution.id).await.expect("signed off");
        let pack = executions::packed(&test.scope(), execution.id).await.expect("a pack");
        let intact = inspect(&pack, Some(&test.console.signer.public_key()));
        assert!(intact.is_intact() && intact.key_compared, "{:?}", intact.faults);
        assert_eq!(intact.run_id, Some(execution.id.to_string()));
        for at in (0..pack.len()).step_by(pack.len() / 40) {
            let mut flipped = pack.clone();
            flipped[at] ^= 1;
            assert!(!inspect(&flipped, None).is_intact(), "byte {at} on {}", test.database);
        }
    }
}

#[tokio::test]
async fn an_incident_is_offered_what_fits_it_best_and_its_time_line_tells() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        assert_eq!(offers::while_it_fails(&test.scope(), orders.id).await.expect("read"), None, "there is nothing to mend");
        let _other = runbook(&test, "  - { title: One, do: manual }\n").await;
        let yaml = "name: Ours\napplies_to: { causes: [auth_rejected, refused, unexpected_answer, connection_closed, timed_out, service_failed] }\nsteps: [{ title: Look, do: manual }]\n";
        runbooks::create(&test.scope(), NewRunbook { name: None, yaml: yaml.into() }).await.expect("created");
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        for _ in 0..3 {
            test.pass_time(FIRST).await;
        }
        let incident = test.incidents().await.into_iter().find(|incident| incident.connection_id == Some(orders.id)).expect("an incident");
        let offered = offers::for_incident(&test.scope(), incident.id).await.expect("offers");
        assert_eq!(offered.first().map(|runbook| runbook.name.as_str()), Some("Ours"), "by its cause");
        let beside = offers::while_it_fails(&test.scope(), orders.id).await.expect("read").expect("it fails");
        assert_eq!(beside.iter().map(|runbook| runbook.id).collect::<Vec<_>>(), offered.iter().map(|runbook| runbook.id).collect::<Vec<_>>());
        let about = NewExecution { runbook_id: offered[0].id, incident_id: Some(incident.id), connection_id: None };
        let execution = start(&test, about).await;
        assert_eq!((execution.incident_id, execution.connection_id), (Some(incident.id), Some(orders.id)));
        let timeline = incidents::get(&test.scope(), incident.id).await.expect("found").timeline;
        assert!(timeline.iter().any(|entry| entry.kind == TimelineKind::Note && entry.text == "Began the runbook “Ours”."), "{timeline:?}");
        executions::cancel(&test.scope(), execution.id).await.expect("broken off");
        assert_eq!(executions::get(&test.scope(), execution.id).await.expect("found").status, ExecutionStatus::Cancelled);
    }
}

/// What a person declares need not be about a connection; a step on one says that none was named, and a person answers for it.
#[tokio::test]
async fn an_incident_about_no_connection_has_its_runbook_carried_out() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let declared = serde_json::from_value(json!({"summary": "Checkout is down", "severity": "p1"})).expect("an incident");
        let incident = incidents::declare::declare(&scope, declared).await.expect("declared");
        let names = async || offers::for_incident(&scope, incident.id).await.expect("offers").into_iter().map(|runbook| runbook.name).collect::<Vec<_>>();
        assert_eq!(names().await, ["Emergency stop of traffic", "Fast roll back"], "{}", test.database);
        let yaml = "name: Ours\ntrigger: incident\nsteps:\n  - { title: \"Mend {{incident.summary}}\", do: manual }\n  - { title: Test, do: verify }\n";
        let ours = runbooks::create(&scope, NewRunbook { name: None, yaml: yaml.into() }).await.expect("created");
        assert_eq!(names().await[0], "Ours", "the team's own first");
        assert_eq!(wrong_fields(executions::start(&scope, new(&ours)).await), ["connection_id"], "without an incident it is named");

        let execution = start(&test, NewExecution { incident_id: Some(incident.id), ..new(&ours) }).await;
        assert_eq!((execution.connection_id, execution.steps[0].step.title.as_str()), (None, "Mend Checkout is down"));
        report(&scope, &execution, 1, Reported::Done, "").await.expect("reported");
        carry_on(&test.console).await.expect("carried on");
        let execution = executions::get(&scope, execution.id).await.expect("found");
        assert_eq!(outcomes(&execution), [Outcome::Done, Outcome::Failed], "{}", test.database);
        assert_eq!(found(&execution, 2), "No connection was named that this could look at: skip the step, or begin anew with one.");
        report(&scope, &execution, 2, Reported::Skipped, "Customers say that it works.").await.expect("skipped");
        executions::sign_off(&scope, execution.id).await.expect("signed off");
        let timeline = incidents::get(&scope, incident.id).await.expect("found").timeline;
        assert!(timeline.iter().any(|entry| entry.text == "Signed off the runbook “Ours”."), "{timeline:?}");

        let orders = test.active_connection("Orders", 60).await;
        let named = start(&test, NewExecution { incident_id: Some(incident.id), connection_id: Some(orders.id), ..new(&ours) }).await;
        assert_eq!((named.incident_id, named.connection_id), (Some(incident.id), Some(orders.id)), "a connection may be named all the same");
    }
}

/// Whoever carries it out reads it there; a toast would lie over it.
#[tokio::test]
async fn what_a_step_finds_is_no_notification() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.obedient.pass(false);
        let kept = runbook(&test, "  - { title: Test, do: verify }\n").await;
        let execution = start(&test, NewExecution { connection_id: Some(orders.id), ..new(&kept) }).await;
        assert_eq!(outcomes(&execution), [Outcome::Failed], "{}", test.database);
        assert_eq!(notify::unread(&test.scope()).await.expect("counted"), 0, "{}", test.database);
        let asked = RunRequest { selection: Selection::Connections(vec![orders.id]), scenarios: None, release: None };
        let run = diagnose::request(&test.scope(), asked).await.expect("begun");
        diagnose::wait(&test.scope(), run.id, MINUTE).await.expect("ended");
        assert_eq!(notify::unread(&test.scope()).await.expect("counted"), 1, "of a run that someone asked for, it is told");
    }
}

#[tokio::test]
async fn a_request_is_sent_once_and_a_message_is_queued_once() {
    for test in TestConsole::both().await {
        let receiver = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let scope = test.scope();
        let channel = manage::create(&scope, webhook("Desk", "http://127.0.0.1:9/")).await.expect("a channel");
        let steps = format!(
            "  - {{ title: Purge, do: {{ http: {{ url: \"http://127.0.0.1:{}/purge\", method: POST }} }} }}\n  - {{ title: Tell, do: {{ notify: {{ channel: desk, text: Purged }} }} }}\n  - {{ title: See, do: manual }}\n",
            receiver.port()
        );
        let kept = runbook(&test, &steps).await;
        let execution = start(&test, new(&kept)).await;
        assert_eq!(outcomes(&execution), [Outcome::Done, Outcome::Done, Outcome::Pending], "{} {}", found(&execution, 1), found(&execution, 2));
        let queued = deliveries::list(&scope, DeliveryFilter { channel: Some(channel.id), ..DeliveryFilter::default() }, 9, None).await.expect("deliveries").0;
        assert_eq!(queued.len(), 1, "{queued:?}");
        carry_on(&test.console).await.expect("carried on");
        assert_eq!(deliveries::list(&scope, DeliveryFilter::default(), 9, None).await.expect("deliveries").0.len(), 1);
    }
}

/// A process dies at every step, after it noted that it began: each step is done in the end, none that must not be is sent twice, and none is left out.
#[tokio::test]
async fn after_a_kill_at_any_step_it_goes_on_and_asks_of_what_it_cannot_know() {
    for mut test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        let steps =
            "  - { title: A, do: verify }\n  - { title: Purge, do: { http: { url: \"http://127.0.0.1:9/\", method: POST } } }\n  - { title: B, do: verify }\n";
        let kept = runbook(&test, steps).await;
        let begun = executions::start(&test.scope(), NewExecution { connection_id: Some(orders.id), ..new(&kept) }).await.expect("begun");
        for n in 1..=3 {
            // As whoever dies in the middle of it leaves it.
            store_as_begun(&test, &begun, n).await;
            test = test.replaced().await;
            carry_on(&test.console).await.expect("carried on");
            let now = executions::get(&test.scope(), begun.id).await.expect("found");
            match n {
                1 => assert_eq!(outcomes(&now)[0], Outcome::Done, "looked at again, on {}", test.database),
                2 => {
                    assert_eq!((outcomes(&now)[1], now.status), (Outcome::Failed, ExecutionStatus::Waiting));
                    assert!(found(&now, 2).contains("not known whether it arrived"), "{}", found(&now, 2));
                    report(&test.scope(), &now, 2, Reported::Done, "The cache is empty.").await.expect("answered");
                }
                _ => assert_eq!(outcomes(&now), [Outcome::Done, Outcome::Done, Outcome::Done]),
            }
        }
    }
}

/// What [`carry_on`] writes before a step, and nothing after it.
async fn store_as_begun(test: &TestConsole, of: &Execution, n: i32) {
    let db = test.console.db.for_team(test.actor.team);
    let mut tx = db.begin().await.expect("begun");
    let mut step = store::execution_steps::of_in(&mut tx, of.id).await.expect("steps").into_iter().find(|step| step.n == n).expect("a step");
    (step.outcome, step.begun_at) = (Outcome::Running, Some(test.now()));
    store::execution_steps::update(&mut tx, of.id, &step).await.expect("updated");
    store::runbook_executions::turn(&mut tx, of.id, ExecutionStatus::Running, Some(test.now())).await.expect("turned");
    tx.commit().await.expect("committed");
}

#[tokio::test]
async fn another_team_can_name_none_of_it() {
    for test in TestConsole::both().await {
        let kept = runbook(&test, "  - { title: One, do: manual }\n").await;
        let execution = start(&test, new(&kept)).await;
        let stranger = test.console.for_team(Actor { team: Id::new(), ..test.actor.clone() });
        assert_eq!(refused(executions::start(&stranger, new(&kept)).await), "runbook_not_found");
        assert_eq!(refused(report(&stranger, &execution, 1, Reported::Done, "").await), "execution_not_found");
        assert_eq!(refused(executions::cancel(&stranger, execution.id).await), "execution_not_found");
    }
}

#[tokio::test]
async fn what_is_over_goes_after_its_time_and_what_is_not_stays() {
    for test in TestConsole::both().await {
        let kept = runbook(&test, "  - { title: One, do: manual }\n").await;
        let (over, open) = (start(&test, new(&kept)).await, start(&test, new(&kept)).await);
        executions::cancel(&test.scope(), over.id).await.expect("broken off");
        test.advance(Duration::from_secs(24 * 60 * 60) * 400);
        retention::prune(&test.console).await.expect("pruned");
        assert_eq!(refused(executions::get(&test.scope(), over.id).await), "execution_not_found", "{}", test.database);
        assert_eq!(executions::get(&test.scope(), open.id).await.expect("it stays").steps.len(), 1);
    }
}

/// What the steps of a playbook ask of a PostgreSQL, measured.
#[tokio::test]
async fn a_playbook_s_scenarios_measure_and_end_nothing() {
    let service = &services().postgres;
    let target = postgres::target(json!({}), &service.password);
    let kind = Postgres::new();
    for scenario in ["connections_used", "locks", "table_sizes", "row_security_in_use"] {
        let finding = probe::run_within(probe::DEADLINE, &kind, scenario, &target).await.unwrap_or_else(|failure| panic!("{scenario}: {failure:?}"));
        assert!(!finding.evidence.is_empty(), "{scenario}: {}", finding.found);
    }
    let statements = probe::run_within(probe::DEADLINE, &kind, "slowest_statements", &target).await.expect("it answers");
    assert!(statements.is_unused && statements.found.contains("pg_stat_statements is not installed"), "{}", statements.found);
    let lag = probe::run_within(probe::DEADLINE, &kind, "replication_lag", &target).await.expect("it answers");
    assert!(lag.is_unused, "{}", lag.found);
    let used = probe::run_within(probe::DEADLINE, &kind, "connections_used", &target).await.expect("it answers");
    assert!(used.measured.iter().any(|(signal, value)| *signal == "connections_used" && *value >= 0.0), "{:?}", used.measured);
}
