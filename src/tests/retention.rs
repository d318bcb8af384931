//! What would grow for ever goes once it is past its time, what refers to it first; incidents and runs leave a summary.

use std::time::Duration;

use domain::{
    diagnostic::RunStatus,
    error_group::GroupFilter,
    ids::{RunId, TeamId},
    token_limits::TokenLimits,
};
use engine::{
    diagnose::{self, RunRequest, Selection},
    evidence, incidents, notify,
    report::{self, ReportedError, error_groups},
    retention, verify,
};
use serde_json::json;
use store::{baselines, changes, db::Pool, evidence_manifests, maintenance_windows};

use crate::{
    invariants,
    test_console::{TestConsole, refused, reported},
};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn report(test: &TestConsole, message: &str) {
    report::record(&test.scope(), "POST /api/errors", reported(message)).await.expect("recorded");
    test.advance(Duration::from_millis(1));
}

async fn errors(test: &TestConsole) -> Vec<String> {
    let found = report::events(&test.scope(), &Default::default(), 200, None).await.expect("errors").0;
    found.into_iter().map(|event| event.message).collect()
}

async fn run(test: &TestConsole) -> RunId {
    let request = RunRequest { selection: Selection::All, scenarios: None, release: None };
    let begun = diagnose::request(&test.scope(), request).await.expect("begun");
    let ended = diagnose::wait(&test.scope(), begun.id, MINUTE).await.expect("ended");
    assert_eq!(ended.status, RunStatus::Passed, "{ended:?}");
    begun.id
}

#[tokio::test]
async fn what_is_past_its_time_goes_and_leaves_a_summary() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 86_400).await;
        let (first, second) = (run(&test).await, run(&test).await);
        test.obedient.pass(false);
        test.pass_time(DAY).await;
        test.pass_time(DAY).await;
        test.obedient.pass(true);
        test.pass_time(DAY).await;
        let incident = test.incidents().await.remove(0).id;
        report(&test, "long ago").await;
        test.verify(&orders).await;
        test.window(json!({"starts_at": test.now(), "ends_at": test.now() + MINUTE, "reason": "Upgrade"})).await;
        retention::prune(&test.console).await.expect("pruned");
        assert_eq!((test.notified().await, errors(&test).await.len()), (2, 1), "{}: nothing is old yet", test.database);
        assert_eq!(test.console.removed.counts(), Default::default());

        test.advance(DAY * 400);
        evidence::retention::prune(&test.console).await.expect("pruned");
        retention::prune(&test.console).await.expect("pruned");
        let team: TeamId = test.actor.team;
        assert_eq!((test.notified().await, errors(&test).await.len()), (0, 0), "{}", test.database);
        assert_eq!(verify::history(&test.scope(), orders.id, 10).await.expect("history").len(), 1, "the newest stays");
        assert!(changes::of_connection(&test.console.db.for_team(team), orders.id).await.expect("changes").is_empty());
        assert!(maintenance_windows::latest(&test.console.db.for_team(team), &TokenLimits::default(), 10).await.expect("windows").is_empty());
        let summary = incidents::get(&test.scope(), incident).await.expect("the incident itself stays");
        assert!(summary.timeline.is_empty() && summary.resolved_at.is_some() && summary.summary.starts_with("Orders: "), "{summary:?}");
        let kept = diagnose::get(&test.scope(), first).await.expect("the run itself stays");
        assert_eq!((kept.status, kept.results.len(), kept.counts.passed), (RunStatus::Passed, 0, 2), "{}", test.database);
        assert_eq!(diagnose::queries::page(&test.scope(), &Default::default(), 1, 10).await.expect("a page").0[0].run.counts.passed, 2);
        assert!(baselines::of_run(&test.console.db.for_team(team), first).await.expect("baselines").is_empty());
        assert_eq!(refused(evidence::packed(&test.scope(), first).await), "evidence_not_found");
        let counts = test.console.removed.counts();
        let removed: Vec<_> = counts.keys().copied().collect();
        let all = [
            "connection_changes",
            "connection_verifications",
            "diagnostic_results",
            "error_events",
            "error_group_hours",
            "error_groups",
            "incident_timeline",
            "maintenance_windows",
            "notifications",
        ];
        assert_eq!(removed, all, "{}", test.database);
        assert_eq!(counts["diagnostic_results"], 4);

        test.advance(DAY * 1_825);
        retention::prune(&test.console).await.expect("pruned");
        assert_eq!(refused(incidents::get(&test.scope(), incident).await), "incident_not_found");
        assert_eq!(refused(diagnose::get(&test.scope(), first).await), "run_not_found", "{}", test.database);
        assert!(diagnose::get(&test.scope(), second).await.is_ok(), "the newest manifest is named by the next one");
        assert!(evidence_manifests::get(&test.console.db.for_team(team), second).await.expect("found").is_some());
        let third = run(&test).await;
        let chained = evidence_manifests::get(&test.console.db.for_team(team), third).await.expect("found").expect("a manifest");
        assert!(evidence::manifest::read(&chained.manifest).expect("read").previous.is_some(), "the chain goes on");
        invariants::check(&test.console, "retention").await;
    }
}

#[tokio::test]
async fn what_cannot_be_removed_holds_up_nothing_else() {
    for test in TestConsole::both().await {
        report(&test, "long ago").await;
        test.window(json!({"starts_at": test.now(), "ends_at": test.now() + MINUTE, "reason": "Upgrade"})).await;
        test.advance(DAY * 400);
        match &test.console.db.writer {
            Pool::Sqlite(pool) => {
                let stuck = "create trigger stuck before delete on error_events begin select raise(abort, 'stuck'); end";
                sqlx::raw_sql(stuck).execute(pool).await.map(drop)
            }
            Pool::Postgres(pool) => {
                let stuck = "create function stuck() returns trigger language plpgsql as $$ begin raise exception 'stuck'; end $$;
                    create trigger stuck before delete on error_events for each row execute function stuck()";
                sqlx::raw_sql(stuck).execute(pool).await.map(drop)
            }
        }
        .expect("a trigger");
        let told = retention::prune(&test.console).await.expect_err("stuck");
        assert!(engine::error::chain(&told).contains("stuck"), "{told:?}");
        assert_eq!(errors(&test).await, ["long ago"], "{}", test.database);
        assert_eq!(test.console.removed.counts().get("maintenance_windows"), Some(&1), "{}", test.database);
    }
}

#[tokio::test]
async fn of_errors_only_the_newest_are_kept_however_many_come() {
    for mut test in TestConsole::both().await {
        test.console.retention.most_errors = 5;
        for turn in 0..12 {
            report(&test, &format!("{turn}")).await;
        }
        // Two nodes at once.
        let (one, other) = tokio::join!(retention::bound_errors(&test.console), retention::bound_errors(&test.console));
        one.and(other).expect("bounded");
        assert_eq!(errors(&test).await, ["11", "10", "9", "8", "7"], "{}", test.database);
        assert_eq!(test.console.removed.counts()["error_events"], 7);
        assert_eq!(notify::list(&test.scope(), 5, None).await.expect("listed").0.len(), 0);
    }
}

#[tokio::test]
async fn a_program_that_names_each_error_anew_fills_nothing() {
    for mut test in TestConsole::both().await {
        test.console.retention.most_errors = 5;
        for turn in 0..20 {
            let error = ReportedError { code: format!("code {turn}"), ..reported("It broke.") };
            report::record(&test.scope(), "POST /api/errors", error).await.expect("recorded");
        }
        retention::bound_errors(&test.console).await.expect("bounded");
        let (groups, _) = error_groups::list(&test.scope(), &GroupFilter::default(), 50, None).await.expect("listed");
        let codes: Vec<_> = groups.iter().map(|group| group.code.as_str()).collect();
        assert_eq!(codes.len(), 10, "{}: those of the errors that are left, and as many without: {codes:?}", test.database);
        assert!(codes.contains(&"code 19") && !codes.contains(&"code 0"), "{codes:?}");
    }
}
