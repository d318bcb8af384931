//! What anyone can provoke: it is kept in part, and pushes nothing else out.

use std::net::{IpAddr, Ipv4Addr};

use domain::{
    correlation_id::CorrelationId,
    error::ErrorCode,
    ids::ApiTokenId,
    operator::{Actor, Who},
};
use engine::{
    OpsError, health,
    report::{self, RequestContext, limits::REFUSALS_PER_MINUTE},
    retention,
};
use tracing::Span;

use crate::{
    active_connections::until,
    fault_proxy::Flow,
    test_console::{TestConsole, reported},
};

fn token(test: &TestConsole) -> Actor {
    Actor { who: Who::Token(ApiTokenId::new()), ..test.actor.clone() }
}

async fn refuse(test: &TestConsole, actor: &Actor, error: impl Into<OpsError>) {
    let context = RequestContext {
        correlation_id: CorrelationId::mint(),
        actor: Some(actor.clone()),
        operation: "GET /api/kinds".into(),
        connection: None,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        trace_id: None,
        span: Span::none(),
    };
    report::report(&test.console, &context, error.into()).await;
}

/// The codes of all that is kept, the newest first.
async fn kept(test: &TestConsole) -> Vec<String> {
    let found = report::events(&test.scope(), &Default::default(), 200, None).await.expect("errors").0;
    found.into_iter().map(|event| event.code).collect()
}

#[tokio::test]
async fn of_one_actor_a_share_of_the_refusals_is_kept_and_every_failure() {
    for test in TestConsole::both().await {
        let (busy, other) = (token(&test), token(&test));
        let share = usize::try_from(REFUSALS_PER_MINUTE.get()).expect("few");
        for _ in 0..2 * share {
            refuse(&test, &busy, ErrorCode::ConnectionNotFound).await;
        }
        let of_busy = kept(&test).await.len();
        // Some time passes meanwhile, in which some more are kept.
        assert!((share..2 * share).contains(&of_busy), "{}: {of_busy}", test.database);
        refuse(&test, &other, ErrorCode::RunNotFound).await;
        refuse(&test, &busy, ErrorCode::Internal).await;
        let codes = kept(&test).await;
        for code in ["run_not_found", "internal"] {
            assert!(codes.iter().any(|kept| kept == code), "{}: {code} of {codes:?}", test.database);
        }
    }
}

#[tokio::test]
async fn what_failed_while_the_database_was_away_is_recorded_once_it_is_back() {
    let (test, proxy) = TestConsole::postgres_through_a_proxy().await;
    proxy.set(Flow::Shut);
    let gone = health::counts_by_environment(&test.scope()).await.expect_err("it is gone");
    refuse(&test, &test.actor, gone).await;
    assert!(report::record_late(&test.console).await.expect_err("it is gone still").is_passing());
    proxy.set(Flow::Open);
    until("it is recorded", async || report::record_late(&test.console).await.is_ok()).await;
    report::record_late(&test.console).await.expect("nothing waits any longer");
    assert_eq!(kept(&test).await, ["database_unavailable"]);
}

#[tokio::test]
async fn refusals_push_no_failure_out() {
    for mut test in TestConsole::both().await {
        test.console.retention.most_errors = 30;
        for _ in 0..5 {
            report::record(&test.scope(), "POST /api/errors", reported("It broke.")).await.expect("recorded");
        }
        for _ in 0..40 {
            refuse(&test, &token(&test), ErrorCode::ConnectionNotFound).await;
        }
        assert_eq!(kept(&test).await.len(), 45);
        retention::bound_errors(&test.console).await.expect("bounded");
        let codes = kept(&test).await;
        let failures = codes.iter().filter(|code| *code == "E1").count();
        assert_eq!((failures, codes.len() - failures), (5, 3), "{}: {codes:?}", test.database);
    }
}
