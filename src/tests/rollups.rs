//! History: hours and days say what their slots said, and what is past its time goes.

use std::time::Duration;

use switchboard::{
    domain::heartbeat::{Outcome, Slot, uptime},
    engine::{
        health,
        heartbeat::{Limits, retention, rollup},
        store::heartbeat_rollups::Span,
    },
};

use crate::{oracle, test_console::TestConsole, watched::FIRST};

const EVER: Slot = Slot(u32::MAX as i64);
const TEN_MINUTES: Duration = Duration::from_secs(600);

#[tokio::test]
async fn hours_and_days_say_what_their_slots_said() {
    for test in TestConsole::both().await {
        let orders = test.watched("Orders", 600).await;
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
            let rolled = health::rollups(&test.console, &test.actor, orders.id, span, Slot(0), EVER).await.expect("rollups");
            let sum = |of: fn(&switchboard::domain::heartbeat::HeartbeatRollup) -> i64| rolled.iter().map(of).sum::<i64>();
            let kept = |outcome| i64::try_from(slots.iter().filter(|slot| slot.outcome == outcome).count()).expect("a count");
            assert_eq!(sum(|one| one.passed), kept(Outcome::Pass), "{} {span:?}", test.database);
            assert_eq!((sum(|one| one.failed), sum(|one| one.missed)), (kept(Outcome::Fail), kept(Outcome::Missed)));
            assert!(rolled.is_sorted_by(|a, b| a.at < b.at) && rolled.iter().all(|one| one.at.0 % span.seconds() == 0));
        }
        let uptimes = health::uptimes(&test.console, &test.actor, orders.id).await.expect("uptime");
        let since = Slot::at(test.now()).floor(3_600).plus(-86_400);
        let counted = |outcome| i64::try_from(slots.iter().filter(|slot| slot.at >= since && slot.outcome == outcome).count()).expect("a count");
        assert_eq!(uptimes.last_24h, uptime(counted(Outcome::Pass), counted(Outcome::Fail)));
        while rollup::refresh(&test.console).await.expect("refreshed") > 0 {}
        let shown = health::get(&test.console, &test.actor, orders.id).await.expect("health");
        assert_eq!(shown.uptime_24h, uptimes.last_24h);
        assert!(shown.p95_latency_ms.is_some());
        oracle::check(&test.console, "four hundred slots").await;
    }
}

#[tokio::test]
async fn what_is_past_its_time_goes_and_uptime_stays() {
    for test in TestConsole::both().await {
        let short = Limits { keep_slots: Duration::from_secs(3_600), ..Limits::default() };
        let console = test.another(short).await;
        let orders = test.watched("Orders", 600).await;
        test.pass_time(FIRST).await;
        for _ in 0..60 {
            test.pass_time(TEN_MINUTES).await;
        }
        assert_eq!(retention::prune(&console).await.expect("pruned"), 0, "{}: what is not rolled up stays", test.database);
        while rollup::roll_up(&console).await.expect("rolled up") > 0 {}
        let before = health::uptimes(&test.console, &test.actor, orders.id).await.expect("uptime");
        assert!(retention::prune(&console).await.expect("pruned") > 40);
        assert!(test.kept(&orders).await.len() < 20);
        assert_eq!(health::uptimes(&test.console, &test.actor, orders.id).await.expect("uptime"), before);
    }
}
