//! Runs as pages show them: pages, filters, and what changed since the time before.

use domain::{
    diagnostic::{Baseline, DiagnosticResult, DiagnosticTestRun, RunFilter, RunStatus},
    verification::StepOutcome,
};
use engine::{
    connections,
    diagnose::queries::{self, RunQuery},
    notify,
};
use serde_json::json;

use crate::{
    diagnose::{both, connection, run},
    test_console::TestConsole,
};

async fn set(test: &TestConsole, name: &str, settings: serde_json::Value) {
    let all = connections::list(&test.scope(), &Default::default(), Default::default(), 1, 10).await.expect("listed");
    let found = all.items.into_iter().find(|one| one.name == name).expect("the connection");
    let edit = serde_json::from_value(json!({"settings": settings})).expect("an edit");
    connections::edit(&test.scope(), found.id, found.version, edit).await.expect("edited");
}

fn result_of<'a>(run: &'a DiagnosticTestRun, scenario: &str) -> &'a DiagnosticResult {
    run.results.iter().find(|result| result.scenario == scenario).expect("a result")
}

fn of<'a>(looked: &'a RunQuery, scenario: &str) -> &'a Baseline {
    looked.baselines.iter().find(|one| one.scenario == scenario).expect("a baseline")
}

#[tokio::test]
async fn a_run_is_compared_with_what_each_scenario_was_before() {
    for (test, _) in both().await {
        let query = async |id| queries::whole(&test.scope(), id, 10).await.expect("looked at");
        connection(&test, "Orders", json!({"host": "a"})).await;
        let first = run(&test).await;
        let looked = query(first.id).await;
        assert_eq!((of(&looked, "answers").before, of(&looked, "answers").median_ms), (None, None), "{}", test.database);
        let passed = result_of(&looked.run, "writes").clone();

        test.clock.advance(std::time::Duration::from_secs(60));
        set(&test, "Orders", json!({"host": "a", "fails": "writes"})).await;
        let second = run(&test).await;
        let looked = query(second.id).await;
        let writes = of(&looked, "writes");
        assert_eq!((writes.before, writes.passed_run, writes.passed_at), (Some(StepOutcome::Passed), Some(first.id), Some(passed.finished_at)));
        assert_eq!(writes.median_ms, None, "one pass is no median, {}", test.database);

        test.clock.advance(std::time::Duration::from_secs(60));
        set(&test, "Orders", json!({"fails": null})).await;
        let looked = query(run(&test).await.id).await;
        let writes = of(&looked, "writes");
        assert_eq!((writes.before, writes.passed_run), (Some(StepOutcome::Failed), Some(first.id)), "{}", test.database);
        let mut latencies = vec![passed.latency_ms, result_of(&looked.run, "writes").latency_ms];
        for _ in 0..2 {
            test.clock.advance(std::time::Duration::from_secs(60));
            latencies.push(result_of(&run(&test).await, "writes").latency_ms);
        }
        test.clock.advance(std::time::Duration::from_secs(60));
        let looked = query(run(&test).await.id).await;
        latencies.sort_by(f64::total_cmp);
        let median = (latencies[1] + latencies[2]) / 2.0;
        let told = of(&looked, "writes").median_ms.expect("a median of four");
        assert!((told - median).abs() < 1e-9, "{told} is not {median}, {}", test.database);
        assert_eq!(looked.evidence.len(), looked.run.results.iter().map(|result| result.evidence_ids.len()).sum::<usize>());
    }
}

#[tokio::test]
async fn runs_are_paged_counted_and_found_by_verdict_and_connection() {
    for (test, _) in both().await {
        let page = async |filter: RunFilter, page| queries::page(&test.scope(), &filter, page, 2).await.expect("a page");
        connection(&test, "Orders", json!({"host": "a"})).await;
        let alone = run(&test).await;
        test.clock.advance(std::time::Duration::from_secs(1));
        connection(&test, "Broken", json!({"host": "b", "fails": "answers"})).await;
        let both = run(&test).await;
        test.clock.advance(std::time::Duration::from_secs(1));
        run(&test).await;

        let (newest, total) = page(RunFilter::default(), 1).await;
        assert_eq!((newest.len(), total), (2, 3), "{}", test.database);
        assert_eq!((newest[1].run.id, newest[1].run.counts, newest[1].connection_name.as_deref()), (both.id, both.counts, None));
        let (oldest, _) = page(RunFilter::default(), 2).await;
        assert_eq!((oldest[0].run.id, oldest[0].run.counts, oldest[0].connection_name.as_deref()), (alone.id, alone.counts, Some("Orders")));

        let (failed, total) = page(RunFilter { status: Some(RunStatus::Failed), ..RunFilter::default() }, 1).await;
        assert!(total == 2 && failed.iter().all(|one| one.run.status == RunStatus::Failed), "{}", test.database);
        let broken = both.connection_ids.iter().find(|id| !alone.connection_ids.contains(id)).copied();
        assert_eq!(page(RunFilter { connection: broken, ..RunFilter::default() }, 1).await.1, 2, "{}", test.database);

        let whole = queries::whole(&test.scope(), both.id, 1).await.expect("the run").run;
        assert_eq!((whole.counts, whole.results.len()), (both.counts, 6), "{}: ended, it is shown whole", test.database);
    }
}

#[tokio::test]
async fn notifications_wait_until_they_are_read() {
    for (test, _) in both().await {
        connection(&test, "Broken", json!({"host": "b", "fails": "answers"})).await;
        run(&test).await;
        run(&test).await;
        let waiting = notify::latest_unread(&test.scope(), 5).await.expect("listed");
        assert_eq!((waiting.len(), waiting[0].title.as_str()), (2, "Diagnostics failed: 1 blocking scenario"), "{}", test.database);
        notify::mark_read(&test.scope(), waiting[0].id).await.expect("read");
        assert_eq!(notify::latest_unread(&test.scope(), 5).await.expect("listed").len(), 1, "{}", test.database);
        notify::mark_all_read(&test.scope()).await.expect("read");
        assert_eq!(notify::unread(&test.scope()).await.expect("counted"), 0, "{}", test.database);
    }
}
