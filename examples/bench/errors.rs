//! What the viewer of errors asks the database, with as many events as are given.

use std::time::{Duration, Instant};

use domain::{
    correlation_id::CorrelationId,
    error_event::{ErrorEvent, ErrorFilter},
    error_group::{GroupFilter, GroupStatus},
    ids::Id,
    severity::Severity,
    time::Timestamp,
};
use engine::{
    Scope, access,
    report::{self, error_groups},
    search, thread,
};
use serde_json::json;
use store::error_events;

use super::{
    Outcome,
    console::{open, timed},
};

const BATCH: usize = 2_000;
/// Of one event to the next; 100,000 are 17 days.
const APART: Duration = Duration::from_secs(15);
/// Codes times places.
const KINDS: usize = 500;

pub async fn run(url: &str, count: usize) -> Outcome {
    let console = open(url).await?;
    let scope = access::command_line(&console, None).await?;
    let now = console.clock.now();
    let begun = Instant::now();
    for batch in (0..count).collect::<Vec<_>>().chunks(BATCH) {
        let mut tx = console.db.begin().await?;
        for index in batch {
            error_events::insert(&mut tx, &event(&scope, *index, now - APART * u32::try_from(count - index)?)).await?;
        }
        tx.commit().await?;
    }
    let inserted_ms = begun.elapsed().as_secs_f64() * 1_000.0 / f64::from(u32::try_from(count)?);
    let middle = format!("order-{:08}", count / 2);
    let groups = error_groups::list(&scope, &GroupFilter::default(), 50, None).await?.0;
    let one = groups.first().ok_or("no group")?.id;
    let search = |q: &str| ErrorFilter { q: Some(q.to_owned()), ..ErrorFilter::default() };
    let kinds = |q: &str| GroupFilter { q: Some(q.to_owned()), status: Some(GroupStatus::Open), ..GroupFilter::default() };
    let listed = |filter: ErrorFilter| {
        let scope = scope.clone();
        async move { report::events(&scope, &filter, 50, None).await.map(drop) }
    };
    let (all, one_group) = (ErrorFilter { only_failures: true, ..ErrorFilter::default() }, ErrorFilter { group: Some(one), ..ErrorFilter::default() });
    let id: CorrelationId = middle.parse()?;
    println!(
        "{}",
        json!({
            "events": count,
            "group": one,
            "correlation_id": middle,
            "insert_ms": inserted_ms,
            "list_ms": timed(|| listed(all.clone())).await?,
            "events_of_group_ms": timed(|| listed(one_group.clone())).await?,
            "search_by_id_ms": timed(|| listed(search(&middle[3..]))).await?,
            "search_by_words_ms": timed(|| listed(search("acquirer 77"))).await?,
            "search_in_vain_ms": timed(|| listed(search("never said"))).await?,
            "groups_ms": timed(|| async { error_groups::list(&scope, &GroupFilter::default(), 50, None).await.map(drop) }).await?,
            "search_groups_ms": timed(|| async { error_groups::list(&scope, &kinds("place 77"), 50, None).await.map(drop) }).await?,
            "counts_of_a_day_ms": timed(|| async { error_groups::counts(&scope, 24).await.map(drop) }).await?,
            "counts_of_a_week_ms": timed(|| async { error_groups::counts_of(&scope, one, 7 * 24).await.map(drop) }).await?,
            "thread_ms": timed(|| async { thread::read(&scope, &id).await.map(drop) }).await?,
            "search_everywhere_ms": timed(|| async { search::find(&scope, &middle[3..]).await.map(drop) }).await?,
        })
    );
    Ok(())
}

fn event(scope: &Scope, index: usize, occurred_at: Timestamp) -> ErrorEvent {
    let kind = index * 7 % KINDS;
    ErrorEvent {
        id: Id::new(),
        team_id: Some(scope.actor().team),
        correlation_id: format!("order-{index:08}").parse().unwrap_or_else(|_| CorrelationId::mint()),
        code: format!("code_{}", kind % 50),
        user_message: "The order could not be paid.".into(),
        message: format!("the acquirer {} answered 502 after 30 s, tried three times: connection reset by peer", index % 100),
        severity: if index.is_multiple_of(5) { Severity::Critical } else { Severity::Error },
        service: "shop".into(),
        environment: Some("production".into()),
        operation: format!("place {}", kind / 50),
        actor: Some("shop".into()),
        connection_id: None,
        context: json!({"order": index, "headers": {"accept": "text/html", "user-agent": "Mozilla/5.0"}}),
        trace_id: None,
        group_id: None,
        log_lines: Vec::new(),
        occurred_at,
    }
}
