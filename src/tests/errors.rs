//! Errors of a kind, and everything under one correlation ID.

use std::time::Duration;

use domain::{
    correlation_id::CorrelationId,
    error_event::{ErrorFilter, LogLine},
    error_group::{GroupFilter, GroupStatus},
    heartbeat::Slot,
    ids::{TeamId, VerificationId},
    operator::Role,
    rate::RateStep,
    severity::Severity,
    thread::MomentKind,
    verification::{Verification, VerificationOutcome},
};
use engine::{
    Actor, access,
    heartbeat::sweep,
    log_lines, rates,
    report::{self, ReportedError, error_groups},
    retention, search, thread,
};
use serde_json::json;
use store::{log_lines as rows, schema, verifications};
use tokio::sync::Mutex;

use crate::{
    active_connections::FIRST,
    test_console::{TestConsole, refused, reported},
};

/// Of every connection that a test makes.
const CREDENTIAL: &str = "open sesame";
const HOUR: Duration = Duration::from_secs(3_600);
/// The log is that of the whole process: tests that write to it take turns.
static LOG: Mutex<()> = Mutex::const_new(());

async fn report(test: &TestConsole, error: ReportedError) -> CorrelationId {
    let operation = error.operation.clone().unwrap_or_else(|| "POST /api/errors".into());
    report::record(&test.scope(), &operation, error).await.expect("recorded")
}

fn of(code: &str, operation: &str) -> ReportedError {
    ReportedError { code: code.into(), operation: Some(operation.into()), ..reported("It broke.") }
}

async fn listed(test: &TestConsole, filter: GroupFilter) -> Vec<String> {
    let (groups, next) = error_groups::list(&test.scope(), &filter, 9, None).await.expect("listed");
    assert_eq!(next, None);
    groups.into_iter().map(|group| format!("{} at {}: {}", group.code, group.place, group.count)).collect()
}

#[tokio::test]
async fn errors_of_a_kind_are_counted_together_hour_by_hour() {
    for test in TestConsole::both().await {
        for order in 1..=3 {
            report(&test, of("declined", &format!("POST /orders/{order}"))).await;
            test.advance(HOUR);
        }
        report(&test, of("declined", "POST /refunds/1")).await;
        report(&test, of("timeout", "POST /orders/9")).await;
        assert_eq!(
            listed(&test, GroupFilter::default()).await,
            ["timeout at POST /orders/{id}: 1", "declined at POST /refunds/{id}: 1", "declined at POST /orders/{id}: 3"],
            "{}",
            test.database
        );
        let of_code = GroupFilter { code: Some("timeout".into()), ..GroupFilter::default() };
        assert_eq!(listed(&test, of_code).await, ["timeout at POST /orders/{id}: 1"]);
        let recent = GroupFilter { from: Some(test.now() - HOUR / 2), q: Some("REFUNDS".into()), ..GroupFilter::default() };
        assert_eq!(listed(&test, recent).await, ["declined at POST /refunds/{id}: 1"]);
        let none = GroupFilter { service: Some("till".into()), severity: Some(Severity::Error), ..GroupFilter::default() };
        assert!(listed(&test, none).await.is_empty());
        let (groups, _) = error_groups::list(&test.scope(), &GroupFilter::default(), 9, None).await.expect("listed");
        let counts = error_groups::counts_of(&test.scope(), groups[2].id, 5).await.expect("counted");
        assert_eq!(counts, [0, 1, 1, 1, 0], "{}: the current hour stands last", test.database);
        assert_eq!(error_groups::counts(&test.scope(), 5).await.expect("counted")[&groups[2].id], counts);
        let filter = ErrorFilter { group: Some(groups[2].id), ..ErrorFilter::default() };
        assert_eq!(report::events(&test.scope(), &filter, 9, None).await.expect("listed").0.len(), 3);
    }
}

#[tokio::test]
async fn a_page_of_kinds_leads_to_the_next() {
    for test in TestConsole::both().await {
        for code in ["a", "b", "c", "d", "e"] {
            report(&test, of(code, "job")).await;
        }
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let (groups, next) = error_groups::list(&test.scope(), &GroupFilter::default(), 2, cursor.as_deref()).await.expect("a page");
            seen.extend(groups.into_iter().map(|group| group.code));
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        seen.sort();
        assert_eq!(seen, ["a", "b", "c", "d", "e"], "{}", test.database);
    }
}

#[tokio::test]
async fn what_was_resolved_is_open_again_once_it_comes_back() {
    for test in TestConsole::both().await {
        report(&test, of("declined", "checkout")).await;
        let group = error_groups::list(&test.scope(), &GroupFilter::default(), 1, None).await.expect("listed").0.remove(0);
        let resolved = error_groups::resolve(&test.scope(), group.id, " The acquirer is back. ").await.expect("resolved");
        assert_eq!((resolved.status, resolved.note.as_deref()), (GroupStatus::Resolved, Some("The acquirer is back.")));
        assert_eq!((resolved.resolved_at, resolved.resolved_by), (Some(test.now()), Some(test.actor.name.clone())));
        assert_eq!(refused(error_groups::resolve(&test.scope(), group.id, "").await), "error_group_resolved");
        assert!(listed(&test, GroupFilter { status: Some(GroupStatus::Open), ..GroupFilter::default() }).await.is_empty());
        report(&test, of("declined", "checkout")).await;
        let back = error_groups::get(&test.scope(), group.id).await.expect("the group");
        assert_eq!((back.status, back.count, back.reopened), (GroupStatus::Open, 2, 1), "{}", test.database);
        assert_eq!(back.note.as_deref(), Some("The acquirer is back."), "what was done is still known");
    }
}

#[tokio::test]
async fn everything_under_an_id_stands_in_one_time_line() {
    let _turn = LOG.lock().await;
    for test in TestConsole::both().await {
        let id: CorrelationId = "order-7".parse().expect("an ID");
        let scope = test.scope().under(id.clone());
        let orders = test.create("Orders").await;
        let verification = engine::verify::start(&scope, orders.id).await.expect("begun");
        engine::verify::wait(&scope, verification.id).await.expect("ended");
        let line = LogLine { at: test.now(), level: "INFO".into(), text: "request status=200".into() };
        log_lines::keep(id.as_str(), Some(test.actor.team), line);
        report(&test, ReportedError { correlation_id: Some(id.clone()), connection_id: Some(orders.id), ..reported("It broke.") }).await;
        let found = thread::read(&test.scope(), &id).await.expect("a thread");
        let mut kinds: Vec<_> = found.timeline.iter().map(|moment| moment.kind).collect();
        kinds.sort();
        kinds.dedup();
        let all = [MomentKind::Log, MomentKind::Act, MomentKind::Verification, MomentKind::Step, MomentKind::Error];
        assert_eq!(kinds, all, "{}", test.database);
        assert_eq!((found.connections.len(), found.acts.len(), found.events.len()), (1, 1, 1));
        assert_eq!(search::find(&test.scope(), "order-7").await.expect("found").thread, Some(id.clone()));
        // Who did what is for administrators.
        let operator = test.console.for_team(Actor { role: Role::Operator, ..test.actor.clone() });
        assert!(thread::read(&operator, &id).await.expect("a thread").acts.is_empty());
        assert_eq!(refused(thread::read(&test.scope(), &"order-8".parse().expect("an ID")).await), "error_not_found");
    }
}

#[tokio::test]
async fn what_the_log_says_becomes_rows_that_every_node_reads() {
    let _turn = LOG.lock().await;
    for test in TestConsole::both().await {
        let (id, team, other) = (CorrelationId::mint(), test.actor.team, TeamId::new());
        let line = |text: &str| LogLine { at: test.now(), level: "INFO".into(), text: text.into() };
        for (of, text) in [(Some(team), "request refused"), (Some(team), "request"), (Some(other), "another team's"), (None, "nobody's")] {
            log_lines::keep(id.as_str(), of, line(text));
        }
        log_lines::share(&test.console).await.expect("shared");
        test.sql("alter table log_lines rename to gone").await.expect("renamed");
        assert!(log_lines::share(&test.console).await.is_ok(), "{}: nothing is written where nothing was said", test.database);
        test.sql("alter table gone rename to log_lines").await.expect("renamed");
        let mut read: Vec<_> = rows::under(&test.console.db.for_team(team), &id, 9).await.expect("rows").into_iter().map(|line| line.text).collect();
        read.sort();
        assert_eq!(read, ["nobody's", "request", "request refused"], "{}", test.database);
        // What the rows and this process both know is told once.
        assert_eq!(thread::read(&test.scope(), &id).await.expect("a thread").log_lines.len(), 3, "{}", test.database);
        test.advance(HOUR * 24 * 31);
        retention::prune(&test.console).await.expect("pruned");
        assert_eq!(rows::under(&test.console.db.for_team(team), &id, 9).await.expect("rows"), [], "{}", test.database);
    }
}

#[tokio::test]
async fn a_heartbeat_its_incident_and_the_trace_that_the_service_saw_are_one_thread() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        for _ in 0..2 {
            test.pass_time(FIRST).await;
        }
        let incident = test.incidents().await.remove(0);
        let (_, slot) = incident.correlation_id.heartbeat().expect("a heartbeat's ID");
        assert!(slot <= Slot::at(test.now()));
        let trace: CorrelationId = incident.correlation_id.to_string().replace('-', "").parse().expect("an ID");
        for id in [&incident.correlation_id, &trace] {
            let found = thread::read(&test.scope(), id).await.expect("a thread");
            assert_eq!(found.incidents.iter().map(|found| found.id).collect::<Vec<_>>(), [incident.id], "{}", test.database);
            let heartbeat = found.heartbeat.expect("the heartbeat that opened it");
            assert_eq!((heartbeat.connection_id, heartbeat.heartbeat.at), (orders.id, slot));
            assert!(heartbeat.failure.is_some_and(|failure| !failure.is_empty()));
        }
        let stranger = test.console.for_team(Actor { team: domain::ids::Id::new(), ..test.actor.clone() });
        assert_eq!(refused(thread::read(&stranger, &incident.correlation_id).await), "error_not_found");
    }
}

#[tokio::test]
async fn a_run_and_each_connection_that_it_tried_are_found_by_their_ids() {
    for (test, seeded) in crate::permissions::seeded::both().await {
        let asked = thread::read(&test.scope(), &seeded.run.correlation_id).await.expect("a thread");
        assert_eq!(asked.runs.iter().map(|run| run.id).collect::<Vec<_>>(), [seeded.run.id], "{}", test.database);
        let run = engine::diagnose::get(&test.scope(), seeded.run.id).await.expect("the run");
        for result in &run.results {
            let found = thread::read(&test.scope(), &result.correlation_id).await.expect("a thread");
            assert_eq!(found.runs.iter().map(|run| run.id).collect::<Vec<_>>(), [run.id], "{}", test.database);
            assert!(found.results.iter().any(|of_connection| of_connection.scenario == result.scenario));
        }
        for entry in engine::audit::list(&test.scope(), &Default::default(), 100, None).await.expect("listed").0 {
            let id: CorrelationId = entry.correlation_id.parse().expect("an ID");
            assert!(thread::is_known(&test.scope(), &id).await.expect("asked"), "{}: {}", test.database, entry.act);
        }
    }
}

#[tokio::test]
async fn of_a_report_no_secret_is_kept() {
    for test in TestConsole::both().await {
        let orders = test.create("Orders").await;
        let context = json!({
            "headers": {"Authorization": "Bearer canary-1", "accept": "text/html"},
            "url": "https://shop.example/pay?card=canary-2",
            "deep": [{"message": format!("refused {}", CREDENTIAL)}],
        });
        let error = ReportedError {
            user_message: Some("mail canary-3@example.org".into()),
            connection_id: Some(orders.id),
            context,
            ..reported(&format!("password=canary-4, then {}", CREDENTIAL))
        };
        let id = report(&test, error).await;
        let kept = serde_json::to_string(&thread::read(&test.scope(), &id).await.expect("a thread")).expect("JSON");
        assert!(!kept.contains("canary") && !kept.contains(CREDENTIAL), "{}: {kept}", test.database);
        assert!(kept.contains("text/html") && kept.contains("https://shop.example/pay?[redacted]"), "{kept}");
    }
}

#[tokio::test]
async fn how_often_what_was_tried_succeeded_is_counted_by_kind_and_connection() {
    for test in TestConsole::both().await {
        let (well, failing) = (test.create("Orders").await, test.create("Mail").await);
        test.verify(&well).await;
        test.obedient.pass(false);
        for _ in 0..2 {
            test.verify(&failing).await;
        }
        let told = rates::over(&test.scope(), HOUR).await.expect("counted");
        assert_eq!((told.kinds[0].tried.clone(), told.kinds[0].failed.clone(), told.connections[0].failed.clone()), (vec![0, 3], vec![0, 2], vec![0, 2]));
        let kinds: Vec<_> = told.kinds.iter().map(|rate| (rate.kind.to_string(), rate.verifications, rate.verifications_failed, rate.scenarios)).collect();
        assert_eq!(kinds, [("obedient".to_owned(), 3, 2, 0)], "{}", test.database);
        let worst: Vec<_> = told.connections.iter().map(|rate| (rate.connection_name.as_deref(), rate.verifications_failed, rate.success())).collect();
        assert_eq!(worst, [(Some("Mail"), 2, Some(0.0))], "{}", test.database);
        test.advance(HOUR * 2);
        assert!(rates::over(&test.scope(), HOUR).await.expect("counted").kinds.is_empty(), "{}: of the span alone", test.database);
    }
}

#[tokio::test]
async fn an_error_is_found_by_any_part_of_its_id_or_words_also_where_an_older_program_wrote_it() {
    for test in TestConsole::both().await {
        let id: CorrelationId = "Order-4711-X".parse().expect("an ID");
        report(&test, ReportedError { correlation_id: Some(id), user_message: Some("Nicht verfügbar".into()), ..reported("It broke.") }).await;
        let found = async |q: &str| {
            let filter = ErrorFilter { q: Some(q.to_owned()), ..ErrorFilter::default() };
            report::events(&test.scope(), &filter, 9, None).await.expect("listed").0.len()
        };
        for q in ["order-4711", "R-4711-x", "VERFÜGBAR", "it BROKE"] {
            assert_eq!(found(q).await, 1, "{q} on {}", test.database);
        }
        for q in ["order_4711", "4711%", "order-4712"] {
            assert_eq!(found(q).await, 0, "{q} on {}", test.database);
        }
        test.sql("update error_events set search_key = ''").await.expect("as an older program writes it");
        assert_eq!(found("order-4711").await, 0, "{}", test.database);
        schema::migrate(&test.console.db).await.expect("migrated");
        assert_eq!((found("order-4711").await, found("VERFÜGBAR").await), (1, 1), "{}", test.database);
    }
}

#[tokio::test]
async fn what_went_wrong_is_counted_step_by_step_and_by_code() {
    for test in TestConsole::both().await {
        let hours = &test.console.request_hours;
        for status in [200, 404, 500] {
            hours.count(test.now(), status);
        }
        report(&test, of("declined", "checkout")).await;
        test.advance(HOUR);
        hours.count(test.now(), 200);
        test.console.request_hours.keep(&test.console.db).await.expect("kept");
        for code in ["declined", "timeout"] {
            report(&test, of(code, "checkout")).await;
        }
        let told = rates::over(&test.scope(), HOUR).await.expect("counted");
        let by_step = |of: fn(&RateStep) -> i64| told.steps.iter().map(of).collect::<Vec<_>>();
        assert_eq!(by_step(|step| step.requests), [3, 1], "{}", test.database);
        assert_eq!((by_step(|step| step.requests_refused), by_step(|step| step.requests_failed)), (vec![1, 0], vec![1, 0]));
        assert_eq!(by_step(|step| step.reported), [1, 2], "{}", test.database);
        let codes: Vec<_> = told.codes.iter().map(|code| (code.code.as_str(), code.count, code.counts.clone())).collect();
        assert_eq!(codes, [("declined", 2, vec![1, 1]), ("timeout", 1, vec![0, 1])], "{}", test.database);
        let viewer = test.console.for_team(Actor { role: Role::Viewer, ..test.actor.clone() });
        let seen = rates::over_time(&viewer, HOUR).await.expect("counted");
        assert_eq!(seen.iter().map(|step| (step.requests, step.reported)).collect::<Vec<_>>(), [(3, 0), (1, 0)], "{}", test.database);
        // What other nodes counted in the same hour is added to.
        hours.count(test.now(), 200);
        test.console.request_hours.keep(&test.console.db).await.expect("kept");
        assert_eq!(rates::over_time(&viewer, HOUR).await.expect("counted")[1].requests, 2, "{}", test.database);
    }
}

#[tokio::test]
async fn requests_that_were_counted_are_written_once_and_nothing_where_none_was() {
    for test in TestConsole::both().await {
        test.console.request_hours.count(test.now(), 200);
        test.sql("alter table request_hours rename to gone").await.expect("renamed");
        assert!(test.console.request_hours.keep(&test.console.db).await.is_err());
        test.sql("alter table gone rename to request_hours").await.expect("renamed");
        test.console.request_hours.keep(&test.console.db).await.expect("tried again");
        test.sql("alter table request_hours rename to gone").await.expect("renamed");
        assert!(test.console.request_hours.keep(&test.console.db).await.is_ok(), "{}: nothing is asked where nothing was counted", test.database);
        test.sql("alter table gone rename to request_hours").await.expect("renamed");
        assert_eq!(rates::over_time(&test.scope(), HOUR).await.expect("counted")[1].requests, 1, "{}", test.database);
        test.advance(HOUR * 24 * 91);
        retention::prune(&test.console).await.expect("pruned");
        assert_eq!(test.console.removed.counts()["request_hours"], 1, "{}", test.database);
    }
}

#[tokio::test]
async fn what_is_under_way_not_there_yet_or_there_already_is_refused_by_its_own_code() {
    for test in TestConsole::both().await {
        let orders = test.create("Orders").await;
        assert_eq!(refused(sweep::sweep(&test.scope(), Some(&[orders.id])).await), "connection_not_active");
        let running = Verification {
            id: VerificationId::new(),
            connection_id: orders.id,
            profile_version: orders.version,
            outcome: VerificationOutcome::Running,
            started_at: test.now(),
            finished_at: None,
            correlation_id: CorrelationId::mint(),
            requested_by: "another".into(),
            steps: Vec::new(),
        };
        let mut tx = test.console.db.for_team(test.actor.team).begin().await.expect("begun");
        assert!(verifications::insert(&mut tx, &running).await.expect("inserted"));
        tx.commit().await.expect("committed");
        assert_eq!(refused(engine::verify::start(&test.scope(), orders.id).await), "verification_running");
        let again = async || access::create_operator(&test.scope(), "ada@example.org", "a long enough password".to_owned().into(), Role::Viewer).await;
        again().await.expect("an operator");
        assert_eq!(refused(again().await), "operator_exists", "{}", test.database);
    }
}
