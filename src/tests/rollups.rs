//! History: hours and days say what their slots said, and what is past its time goes.

use std::time::Duration;

use domain::{
    health::Uptime,
    heartbeat::{Heartbeat, Outcome, Slot, Span, uptime},
    profile::Transition,
};
use engine::{
    health,
    heartbeat::{Limits, retention, rollup},
    transition,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;

use crate::{active_connections::FIRST, invariants, test_console::TestConsole};

const EVER: Slot = Slot(u32::MAX as i64);
const FOUR_HOURS: Duration = Duration::from_secs(4 * 3_600);
const TEN_MINUTES: Duration = Duration::from_secs(600);

#[tokio::test]
async fn hours_and_days_say_what_their_slots_said() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 600).await;
        test.pass_time(FIRST).await;
        for turn in 0..400_u32 {
            test.obedient.pass(turn % 9 != 0);
            test.pass_time(if turn % 50 == 49 { TEN_MINUTES * 20 } else { TEN_MINUTES }).await;
            if turn % 30 == 0 {
                while rollup::roll_up(&test.console).await.expect("rolled up") > 0 {}
            }
        }
        let slots = test.kept(&orders).await;
        for span in [Span::Hour, Span::Day] {
            let rolled = health::rollups(&test.scope(), orders.id, span, Slot(0), EVER).await.expect("rollups");
            let sum = |of: fn(&domain::heartbeat::HeartbeatRollup) -> i64| rolled.iter().map(of).sum::<i64>();
            let kept = |outcome| i64::try_from(slots.iter().filter(|slot| slot.outcome == outcome).count()).expect("a count");
            assert_eq!(sum(|one| one.passed), kept(Outcome::Pass), "{} {span:?}", test.database);
            assert_eq!((sum(|one| one.failed), sum(|one| one.missed)), (kept(Outcome::Fail), kept(Outcome::Missed)));
            assert!(rolled.is_sorted_by(|a, b| a.at < b.at) && rolled.iter().all(|one| one.at.0 % span.seconds() == 0));
        }
        let uptimes = health::uptimes(&test.scope(), orders.id).await.expect("uptime");
        assert_eq!(uptimes.last_24h, counted(&slots, Slot::at(test.now()), 1));
        while rollup::refresh(&test.console).await.expect("refreshed") > 0 {}
        let shown = health::get(&test.scope(), orders.id).await.expect("health");
        assert_eq!(shown.uptime_24h, uptimes.last_24h);
        assert!(shown.p95_latency_ms.is_some());
        invariants::check(&test.console, "four hundred slots").await;
    }
}

/// Percent of the rows since `days` before the beginning of the current hour or day that passed, of those that say anything.
fn counted(slots: &[Heartbeat], now: Slot, days: i64) -> Option<f64> {
    let since = now.floor(if days > 7 { 86_400 } else { 3_600 }).plus(-days * 86_400);
    let of = |outcome| i64::try_from(slots.iter().filter(|slot| slot.at >= since && slot.outcome == outcome).count()).expect("a count");
    uptime(of(Outcome::Pass), of(Outcome::Fail))
}

#[tokio::test]
async fn uptime_is_what_counting_the_rows_says_whatever_happened() {
    let seed = 20_260_720;
    println!("seed {seed}");
    for test in TestConsole::both().await {
        let mut chance = StdRng::seed_from_u64(seed);
        let orders = test.active_connection("Orders", 14_400).await;
        let (mut suspensions, mut windows) = (0, 0);
        for turn in 0..300 {
            test.obedient.pass(chance.random_bool(0.8));
            match chance.random_range(0..20) {
                0 => {
                    transition::apply(&test.scope(), orders.id, Transition::Suspend).await.expect("suspended");
                    test.pass_time(FOUR_HOURS * chance.random_range(1..20)).await;
                    transition::apply(&test.scope(), orders.id, Transition::Resume).await.expect("resumed");
                    suspensions += 1;
                }
                1 => {
                    let ends_at = test.now() + FOUR_HOURS * chance.random_range(1..12);
                    test.window(json!({"starts_at": test.now(), "ends_at": ends_at, "reason": "Upgrade"})).await;
                    windows += 1;
                }
                2 => drop(test.pass_time(FOUR_HOURS * chance.random_range(2..90)).await),
                3 => while rollup::roll_up(&test.console).await.expect("rolled up") > 0 {},
                _ => drop(test.pass_time(FOUR_HOURS * chance.random_range(1..3)).await),
            }
            if turn % 10 == 9 {
                let (slots, now) = (test.kept(&orders).await, Slot::at(test.now()));
                let told = health::uptimes(&test.scope(), orders.id).await.expect("uptime");
                let naive = [1, 7, 30, 90].map(|days| counted(&slots, now, days));
                assert_eq!([told.last_24h, told.last_7d, told.last_30d, told.last_90d], naive, "turn {turn}, {}", test.database);
            }
        }
        let slots = test.kept(&orders).await;
        let of = |outcome| slots.iter().filter(|slot| slot.outcome == outcome).count();
        println!("{}: {} slots, {suspensions} suspensions, {windows} windows", test.database, slots.len());
        assert!(slots[0].at.plus(90 * 86_400) < Slot::at(test.now()), "longer than the longest span");
        assert!([Outcome::Pass, Outcome::Fail, Outcome::Maintenance, Outcome::Missed].iter().all(|outcome| of(*outcome) > 10) && suspensions > 0);
        invariants::check(&test.console, "three hundred turns").await;
    }
}

#[tokio::test]
async fn what_is_past_its_time_goes_and_uptime_stays() {
    for test in TestConsole::both().await {
        let short = Limits { keep_slots: Duration::from_secs(3_600), ..Limits::default() };
        let console = test.another(short).await;
        let orders = test.active_connection("Orders", 600).await;
        test.pass_time(FIRST).await;
        for _ in 0..60 {
            test.pass_time(TEN_MINUTES).await;
        }
        assert_eq!(retention::prune(&console).await.expect("pruned"), 0, "{}: what is not rolled up stays", test.database);
        while rollup::roll_up(&console).await.expect("rolled up") > 0 {}
        let told = async || Uptime { since: None, ..health::uptimes(&test.scope(), orders.id).await.expect("uptime") };
        let before = told().await;
        assert!(retention::prune(&console).await.expect("pruned") > 40);
        assert!(test.kept(&orders).await.len() < 20);
        assert_eq!(told().await, before, "but for the minute since when it is known: of an hour, only the hour is");
    }
}
