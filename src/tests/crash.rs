//! A sweep that dies at every place where a process can: whoever begins after it leaves what a sweep leaves that never died.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn, ready},
    pin::pin,
    task::Poll,
    time::Duration,
};

use domain::{
    heartbeat::{HeartbeatRollup, Slot, Span},
    profile::ServiceConnectionProfile,
};
use engine::{
    Console, health,
    heartbeat::{
        Limits, retention, rollup,
        sweep::{round, sweep},
        tick,
    },
    notify,
};
use store::{
    connection_schedules::{self, claim},
    db::Pool,
    heartbeat_nodes::{self, NodeId},
};

use crate::{invariants, test_console::TestConsole};

const HOUR: Duration = Duration::from_secs(3_600);
const EVER: Slot = Slot(u32::MAX as i64);

/// What a sweep leaves behind, from its first step to its last.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Nothing,
    Claimed,
    Tried,
    Recorded,
    RolledUp,
}

const STEPS: [Step; 5] = [Step::Nothing, Step::Claimed, Step::Tried, Step::Recorded, Step::RolledUp];

/// A sweep has more moments at one time than at another, as answers come sooner or later: after so many that it outlived, there are no more.
const OUTLIVED: usize = 5;

/// Three connections: one that passes, one with an incident that its next pass ends, and one whose next failure opens one.
struct Services {
    steady: ServiceConnectionProfile,
    orders: ServiceConnectionProfile,
    mail: ServiceConnectionProfile,
}

/// Two slots of each are due half an hour after midnight, so that a sweep closes hours and a day.
async fn about_to_sweep(test: &TestConsole) -> Services {
    let second = test.now().as_millis().rem_euclid(86_400_000).unsigned_abs();
    test.advance(HOUR * 24 - Duration::from_millis(second) + HOUR * 22 + HOUR / 2);
    let services = Services {
        steady: test.active_connection("Steady", 3_600).await,
        orders: test.active_connection("Orders", 3_600).await,
        mail: test.active_connection("Mail", 3_600).await,
    };
    test.obedient.pass(false);
    for failing in [&services.orders, &services.orders, &services.mail] {
        sweep(&test.scope(), Some(&[failing.id])).await.expect("swept");
    }
    test.obedient.pass(true);
    test.obedient.fail_at("mail.example.org");
    test.advance(HOUR * 2);
    services
}

/// The failures before the first slot are past their time.
fn limits() -> Limits {
    Limits { keep_slots: HOUR * 2 - Duration::from_secs(1), ..Limits::default() }
}

async fn whole_sweep(console: &Console) {
    round(console).await.expect("a round");
    while rollup::roll_up(console).await.expect("rolled up") > 0 {}
    rollup::refresh(console).await.expect("refreshed");
    retention::prune(console).await.expect("pruned");
}

/// At how many moments `work` could have died, when it ends before it does. With each moment it dies one step later: right after it has asked
/// for something, and then once that is there.
async fn outlives(moment: usize, work: impl Future<Output = ()>) -> Option<usize> {
    let (mut work, mut passed) = (pin!(work), 0);
    poll_fn(|context| {
        if passed == moment {
            return Poll::Ready(None);
        }
        let polled = work.as_mut().poll(context);
        passed += 2;
        match polled {
            Poll::Ready(()) => Poll::Ready(Some(passed)),
            Poll::Pending if passed - 1 == moment => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// More than are on their way back to the pool at any time.
const OPEN: usize = 12;

/// Opens connections beforehand: signing in to PostgreSQL awaits more often than a sweep does.
async fn warm_up(console: &Console) {
    let Pool::Postgres(pool) = &console.db.writer else { return };
    let mut open = Vec::new();
    for _ in 0..OPEN {
        open.push(pool.acquire().await.expect("a connection"));
    }
    drop(open);
    while pool.num_idle() < OPEN {
        tokio::task::yield_now().await;
    }
}

async fn came_to(test: &TestConsole, dead: NodeId, tried: bool, services: &Services) -> Step {
    let schedule = connection_schedules::get(&test.console.db.for_team(test.actor.team), services.mail.id).await.expect("read").expect("services");
    let recorded = schedule.next_slot > Slot::at(test.now());
    match recorded {
        true if schedule.hours_until.plus(3_600) > schedule.next_slot => Step::RolledUp,
        true => Step::Recorded,
        false if tried => Step::Tried,
        false if !claim::of_node(&test.console.db, dead).await.expect("read").is_empty() => Step::Claimed,
        false => Step::Nothing,
    }
}

/// A process that begins as the server does, once time has ended the lease of the dead one where several may share a database.
async fn catch_up(test: &TestConsole, dead: NodeId) {
    if test.database == "postgres" {
        let mut tx = test.console.db.begin().await.expect("begun");
        heartbeat_nodes::leave(&mut tx, dead).await.expect("lapsed");
        tx.commit().await.expect("committed");
    }
    tick::run(test.console.clone(), ready(())).await;
    whole_sweep(&test.console).await;
}

/// What people see of it, line by line.
async fn seen(test: &TestConsole, services: &Services) -> Vec<String> {
    let mut lines = Vec::new();
    for profile in [&services.steady, &services.orders, &services.mail] {
        let health = health::get(&test.scope(), profile.id).await.expect("health");
        lines.push(format!("{} {} {} {:?} {:?}", profile.name, health.status, health.consecutive_failures, health.uptime_24h, test.ends(profile).await));
        for span in [Span::Hour, Span::Day] {
            let counted = |one: &HeartbeatRollup| (one.at, one.passed, one.failed, one.maintenance, one.missed);
            let rollups = health::rollups(&test.scope(), profile.id, span, Slot(0), EVER).await.expect("rollups");
            lines.push(format!("{} {span:?} {:?}", profile.name, rollups.iter().map(counted).collect::<Vec<_>>()));
        }
    }
    for incident in test.incidents().await {
        let timeline: Vec<_> = incident.timeline.iter().map(|entry| entry.kind).collect();
        lines.push(format!("{} {:?} {timeline:?}", incident.summary, incident.status));
    }
    lines.extend(notify::list(&test.scope(), 50, None).await.expect("notifications").0.into_iter().map(|one| one.title));
    lines.sort();
    lines
}

/// At every moment of a sweep, or as many of them as `deaths` says.
async fn dies(deaths: usize, origin: TestConsole) {
    let services = about_to_sweep(&origin).await;
    let undisturbed = origin.copy(limits()).await;
    warm_up(&undisturbed.console).await;
    let moments = outlives(usize::MAX, whole_sweep(&undisturbed.console)).await.expect("it ended");
    let expected = seen(&undisturbed, &services).await;
    for line in ["Mail fails (P2)", "Orders fails (P2)", "Orders recovered"] {
        assert_eq!(expected.iter().filter(|seen| *seen == line).count(), 1, "{line}: {expected:#?}");
    }
    let (mut died_after, mut outlived) = (BTreeMap::new(), 0);
    for moment in (0..).step_by((moments / deaths).max(1)) {
        let dying = origin.copy(limits()).await;
        warm_up(&dying.console).await;
        let (node, tries) = (dying.console.scheduler.node, dying.obedient.tries());
        if outlives(moment, whole_sweep(&dying.console)).await.is_some() {
            outlived += 1;
            if outlived == OUTLIVED {
                break;
            }
            continue;
        }
        let tried = dying.obedient.tries() > tries;
        let next = dying.replaced().await;
        let step = came_to(&next, node, tried, &services).await;
        let after = format!("a death at moment {moment}, {step:?}, {}", next.database);
        catch_up(&next, node).await;
        assert_eq!(seen(&next, &services).await, expected, "{after}");
        invariants::check(&next.console, &after).await;
        let recorded = next.pass_time(HOUR).await;
        assert_eq!((recorded.passed, recorded.failed, recorded.untried), (2, 1, 0), "nothing is still claimed after {after}");
        next.console.db.close().await;
        *died_after.entry(step).or_insert(0) += 1;
    }
    println!("{}: {moments} moments, deaths {died_after:?}", origin.database);
    assert!(STEPS.iter().all(|step| died_after.contains_key(step)), "it died in each of its steps, of {moments} moments: {died_after:?}");
}

#[tokio::test]
async fn a_sweep_that_dies_anywhere_is_made_up_for_on_sqlite() {
    dies(usize::MAX, TestConsole::sqlite().await).await;
}

#[tokio::test]
async fn a_sweep_that_dies_anywhere_is_made_up_for_on_postgres() {
    dies(40, TestConsole::postgres().await).await;
}
