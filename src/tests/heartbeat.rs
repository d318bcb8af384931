//! Slots: each ends as exactly one row, whatever happens in between.

use std::time::Duration;

use domain::{
    error::ErrorCode,
    health_table::{HealthFilter, HealthSort},
    heartbeat::Slot,
    profile::{ServiceConnectionProfile, Transition},
};
use engine::{
    OpsError, connections, health,
    heartbeat::{
        Limits,
        claim::{ClaimSelection, claim},
        record::record,
        sweep::{run_claim, sweep},
    },
    transition,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use store::connection_schedules;

use crate::{
    active_connections::{FIRST, Scheduler, round_of, until},
    invariants,
    test_console::TestConsole,
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_connection_is_tried_once_an_interval_from_its_activation_on() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        let before = test.obedient.tries();
        assert_eq!(test.status(&orders).await, "unknown");
        test.pass_time(FIRST).await;
        for _ in 0..5 {
            assert_eq!(test.pass_time(Duration::ZERO).await.passed, 0, "nothing is due twice");
            assert_eq!(test.pass_time(MINUTE).await.passed, 1);
        }
        assert_eq!(test.ends(&orders).await, ["pass"; 6]);
        assert_eq!(test.obedient.tries() - before, 6, "{}", test.database);
        assert_eq!(test.status(&orders).await, "healthy");
        invariants::check(&test.console, "six slots").await;
    }
}

#[tokio::test]
async fn slots_that_nobody_was_there_for_are_missed_and_say_why() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.pass_time(FIRST).await;
        test.advance(MINUTE * 4);
        let restarted = test.another(Limits::default()).await;
        round_of(&restarted).await;
        assert_eq!(test.ends(&orders).await, ["pass", "missed console_down", "missed console_down", "missed console_down", "pass"], "{}", test.database);
        test.advance(MINUTE * 3);
        round_of(&restarted).await;
        assert_eq!(test.ends(&orders).await[5..], ["missed overloaded", "missed overloaded", "pass"]);
        invariants::check(&test.console, "two absences").await;
    }
}

#[tokio::test]
async fn a_process_that_dies_with_a_claim_loses_no_slot() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        let dying = test.another(Limits { lease: Duration::ZERO, ..Limits::default() }).await;
        test.advance(FIRST);
        let claims = claim(&dying, ClaimSelection::Due).await.expect("claimed");
        assert_eq!(claims.len(), 1);
        drop(claims);
        assert_eq!(round_of(&test.console).await.passed, 1, "{}: the next one takes the slot over", test.database);
        let tried = test.another(Limits { lease: Duration::ZERO, ..Limits::default() }).await;
        test.advance(MINUTE);
        for claim in claim(&tried, ClaimSelection::Due).await.expect("claimed") {
            drop(run_claim(&tried, claim).await);
        }
        assert_eq!(round_of(&test.console).await.passed, 1);
        assert_eq!(test.ends(&orders).await, ["pass", "pass"]);
        invariants::check(&test.console, "two deaths").await;
    }
}

#[tokio::test]
async fn while_a_node_lives_nobody_else_takes_its_slots() {
    for test in TestConsole::both().await {
        test.active_connection("Orders", 60).await;
        let other = test.another(Limits::default()).await;
        test.advance(FIRST);
        let claims = claim(&test.console, ClaimSelection::Due).await.expect("claimed");
        assert_eq!(claims.len(), 1);
        assert!(claim(&other, ClaimSelection::Due).await.expect("claimed").is_empty(), "{}", test.database);
    }
}

#[tokio::test]
async fn maintenance_is_neither_tried_nor_counted() {
    for test in TestConsole::both().await {
        let (orders, mail) = (test.active_connection("Orders", 60).await, test.active_connection("Mail", 60).await);
        test.pass_time(FIRST).await;
        test.window(json!({"connection_id": orders.id, "starts_at": test.now(), "ends_at": test.now() + MINUTE * 2, "reason": "Upgrade"})).await;
        test.obedient.pass(false);
        test.pass_time(MINUTE).await;
        assert_eq!((test.status(&orders).await.as_str(), test.status(&mail).await.as_str()), ("maintenance", "degraded"), "{}", test.database);
        test.obedient.pass(true);
        test.pass_time(MINUTE).await;
        assert_eq!(test.ends(&orders).await, ["pass", "maintenance", "pass"], "a slot at the end of the window is tried again");
        let uptimes = health::uptimes(&test.scope(), orders.id).await.expect("uptime");
        assert_eq!(uptimes.last_24h, Some(100.0));
        invariants::check(&test.console, "maintenance").await;
    }
}

#[tokio::test]
async fn a_result_for_a_connection_that_was_suspended_meanwhile_is_refused() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.advance(FIRST);
        let mut ended = Vec::new();
        for claim in claim(&test.console, ClaimSelection::Due).await.expect("claimed") {
            ended.push(run_claim(&test.console, claim).await);
        }
        transition::apply(&test.scope(), orders.id, Transition::Suspend).await.expect("suspended");
        assert_eq!(record(&test.console, &mut ended).await.expect("recorded").refused, 1);
        assert_eq!(test.ends(&orders).await, ["missed suspended"], "{}", test.database);
        assert_eq!(test.status(&orders).await, "suspended");
        assert_eq!(test.pass_time(MINUTE * 10).await.untried, 0, "what is suspended is not due");
        transition::apply(&test.scope(), orders.id, Transition::Resume).await.expect("resumed");
        test.pass_time(FIRST).await;
        assert_eq!(test.ends(&orders).await, ["missed suspended", "pass"], "nothing was due in between");
        invariants::check(&test.console, "a suspension").await;
    }
}

#[tokio::test]
async fn another_interval_counts_from_now_and_an_edit_of_the_address_ends_it() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 86_400).await;
        test.pass_time(FIRST).await;
        let faster = serde_json::from_value(json!({"heartbeat": {"interval_seconds": 60, "retries": 0}})).expect("an edit");
        let orders = connections::edit(&test.scope(), orders.id, orders.version, faster).await.expect("edited");
        assert_eq!(test.pass_time(MINUTE).await.passed, 1, "{}: it does not wait for tomorrow", test.database);
        assert_eq!(test.pass_time(MINUTE).await.passed, 1);
        let elsewhere = serde_json::from_value(json!({"settings": {"port": 1}, "credential": {"password": "x"}})).expect("an edit");
        connections::edit(&test.scope(), orders.id, orders.version, elsewhere).await.expect("edited");
        assert_eq!(test.pass_time(MINUTE * 5).await.passed, 0, "a draft is not watched");
        invariants::check(&test.console, "two edits").await;
    }
}

#[tokio::test]
async fn when_the_clock_goes_back_the_schedule_goes_with_it() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        test.pass_time(FIRST).await;
        for _ in 0..3 {
            test.pass_time(MINUTE).await;
        }
        let (ahead, rows) = (test.now(), test.kept(&orders).await.len());
        test.clock.go_back(MINUTE * 120);
        let mut tx = test.console.db.begin().await.expect("begun");
        let back = Slot::at(test.now());
        assert_eq!(connection_schedules::rewind_schedules(&mut tx, back).await.expect("turned"), 1);
        tx.commit().await.expect("committed");
        assert_eq!(test.pass_time(MINUTE).await.passed, 1, "{}: no stall", test.database);
        while test.now() < ahead + MINUTE {
            test.pass_time(MINUTE).await;
        }
        assert!(test.kept(&orders).await.len() > rows + 110, "the hours before were watched too");
        invariants::check(&test.console, "a clock that went back").await;
    }
}

#[tokio::test]
async fn a_clock_that_jumps_an_hour_ahead_and_back_neither_bursts_nor_stalls() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        let (_scheduler, before) = (Scheduler::of(&test.console), test.obedient.tries());
        test.advance(FIRST);
        until("the first row", async || test.kept(&orders).await.len() == 1).await;
        test.advance(MINUTE * 60);
        until("an hour of rows", async || test.kept(&orders).await.len() == 61).await;
        let ends = test.ends(&orders).await;
        assert!(ends[1..60].iter().all(|end| end == "missed overloaded") && ends[60] == "pass", "{}: {ends:?}", test.database);
        assert_eq!(test.obedient.tries() - before, 2, "one look for a whole hour");
        test.clock.go_back(MINUTE * 60);
        let passes = async || test.ends(&orders).await.iter().filter(|end| *end == "pass").count();
        until("the schedule has followed the clock", async || {
            let schedule = connection_schedules::get(&test.console.db.for_team(test.actor.team), orders.id).await.expect("read").expect("services");
            schedule.next_slot <= Slot::at(test.now()).plus(61)
        })
        .await;
        test.advance(MINUTE * 2);
        until("it is watched again", async || passes().await == 3).await;
        assert_eq!(test.kept(&orders).await.len(), 61, "slots that come a second time have one row");
        // A slot that lies at the very moment the clock went back to is tried once more.
        assert!(test.obedient.tries() - before <= 4, "no burst");
        invariants::check(&test.console, "a clock that jumped").await;
    }
}

#[tokio::test]
async fn a_console_restarted_before_every_slot_tells_what_one_that_never_was_does() {
    let seed = 20_260_719;
    println!("seed {seed}");
    for (steady, mut restarted) in TestConsole::both().await.into_iter().zip(TestConsole::both().await) {
        let mut chance = StdRng::seed_from_u64(seed);
        let (of_steady, of_restarted) = (steady.active_connection("Orders", 60).await, restarted.active_connection("Orders", 60).await);
        for slot in 0..25 {
            let passes = chance.random_bool(0.6);
            for test in [&steady, &restarted] {
                test.obedient.pass(passes);
                test.advance(MINUTE);
            }
            restarted = restarted.replaced().await;
            round_of(&steady.console).await;
            round_of(&restarted.console).await;
            let told = async |test: &TestConsole, profile| {
                let health = health::get(&test.scope(), profile).await.expect("health");
                (health.status, health.consecutive_failures, health.last_failure, test.incidents().await.len(), test.notified().await)
            };
            assert_eq!(told(&steady, of_steady.id).await, told(&restarted, of_restarted.id).await, "slot {slot}, {}", steady.database);
        }
        assert!(steady.notified().await > 2, "there was something to tell");
        invariants::check(&restarted.console, "25 restarts").await;
    }
}

/// A connection whose first slot is not the very next second.
async fn late(test: &TestConsole) -> ServiceConnectionProfile {
    for turn in 0.. {
        let mail = test.active_connection(&format!("Mail {turn}"), 300).await;
        let schedule = connection_schedules::get(&test.console.db.for_team(test.actor.team), mail.id).await.expect("read").expect("a schedule");
        if schedule.next_slot > Slot::at(test.now()).plus(2) {
            return mail;
        }
        transition::apply(&test.scope(), mail.id, Transition::Archive).await.expect("archived");
    }
    unreachable!("it goes on until one is late")
}

#[tokio::test]
async fn a_sweep_tries_everything_now_and_leaves_the_schedule_as_it_is() {
    for test in TestConsole::both().await {
        let (orders, mail) = (test.active_connection("Orders", 300).await, late(&test).await);
        let swept = sweep(&test.scope(), None).await.expect("swept");
        assert_eq!((swept.swept, swept.passed, swept.failed), (2, 2, 0), "{}", test.database);
        assert_eq!(test.status(&orders).await, "healthy");
        test.obedient.pass(false);
        let swept = sweep(&test.scope(), Some(&[mail.id])).await.expect("swept");
        assert_eq!((swept.swept, swept.failed), (1, 1));
        assert_eq!(test.status(&mail).await, "degraded");
        test.obedient.pass(true);
        assert_eq!(test.pass_time(FIRST).await.passed, 2, "the slots themselves are still due");
        transition::apply(&test.scope(), mail.id, Transition::Suspend).await.expect("suspended");
        let refused = sweep(&test.scope(), Some(&[mail.id])).await.expect_err("refused");
        assert!(matches!(refused, OpsError::Refused(ErrorCode::ConnectionSuspended)), "{refused}");
        invariants::check(&test.console, "sweeps").await;
    }
}

#[tokio::test]
async fn of_several_sweeps_in_one_second_as_many_are_kept_as_are_counted() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 300).await;
        test.obedient.pass(false);
        for _ in 0..70 {
            assert_eq!(sweep(&test.scope(), None).await.expect("swept").swept, 1, "{}: each is tried", test.database);
        }
        let health = health::get(&test.scope(), orders.id).await.expect("health");
        let kept = u32::try_from(test.kept(&orders).await.len()).expect("a number");
        assert_eq!((health.consecutive_failures, health.uptime_24h), (70, Some(0.0)), "{}", test.database);
        assert!((60..=70).contains(&kept), "{}: {kept}, of which those far ahead of the clock share a second", test.database);
        invariants::check(&test.console, "sweeps in one second").await;
    }
}

#[tokio::test]
async fn a_retry_inside_a_heartbeat_saves_it() {
    for test in TestConsole::both().await {
        let twice = serde_json::from_value(json!({"heartbeat": {"interval_seconds": 60, "retries": 2}})).expect("an edit");
        let orders = test.active_connection("Orders", 60).await;
        connections::edit(&test.scope(), orders.id, orders.version, twice).await.expect("edited");
        test.obedient.pass(false);
        let before = test.obedient.tries();
        assert_eq!(test.pass_time(FIRST).await.failed, 1);
        assert_eq!(test.obedient.tries() - before, 3, "{}: once, and twice more", test.database);
    }
}

#[tokio::test]
async fn a_verification_has_the_patience_of_a_heartbeat() {
    for test in TestConsole::both().await {
        let orders = test.create("Orders").await;
        let edit = serde_json::from_value(json!({"heartbeat": {"timeout_seconds": 1, "retries": 0}})).expect("an edit");
        let orders = connections::edit(&test.scope(), orders.id, orders.version, edit).await.expect("edited");
        test.obedient.hurry(false);
        let steps = test.verify(&orders).await.steps;
        assert_eq!(steps[0].found, "No answer within 1 s.", "{}", test.database);
        test.obedient.hurry(true);
    }
}

#[tokio::test]
async fn what_nobody_tries_is_counted_as_silent() {
    for test in TestConsole::both().await {
        let orders = test.active_connection("Orders", 60).await;
        let silent = async || {
            let counts = health::counts_by_environment(&test.scope()).await.expect("counted");
            (counts.iter().map(|count| count.silent).sum::<i64>(), counts.iter().find_map(|count| count.silent_since))
        };
        assert_eq!(silent().await, (0, None), "{}: none is due yet", test.database);
        test.pass_time(FIRST).await;
        let tried = test.kept(&orders).await[0].at;
        test.advance(Duration::from_secs(110));
        assert_eq!(silent().await, (0, None), "{}", test.database);
        test.advance(Duration::from_secs(100));
        assert_eq!(silent().await, (1, Some(tried)), "{}", test.database);
        test.pass_time(Duration::from_secs(1)).await;
        assert_eq!(silent().await, (0, None), "{}: it is tried again", test.database);

        transition::apply(&test.scope(), orders.id, Transition::Suspend).await.expect("suspended");
        test.advance(Duration::from_secs(3_600));
        assert_eq!(silent().await, (0, None), "{}: on purpose", test.database);
        transition::apply(&test.scope(), orders.id, Transition::Resume).await.expect("resumed");
        assert_eq!(silent().await, (0, None), "{}: it has its time from now on", test.database);
    }
}

#[tokio::test]
async fn a_table_by_uptime_begins_with_what_has_one() {
    for test in TestConsole::both().await {
        let (old, new) = (test.active_connection("Old", 1_800).await, test.active_connection("New", 60).await);
        test.pass_time(FIRST).await;
        test.obedient.pass(false);
        test.pass_time(Duration::from_secs(1_800)).await;
        for sort in [HealthSort::Uptime, HealthSort::UptimeDescending] {
            let (rows, _) = health::table(&test.scope(), &HealthFilter::default(), sort, 1, 10).await.expect("a table");
            let told: Vec<_> = rows.iter().map(|row| (row.health.connection_id, row.health.known_uptime())).collect();
            assert_eq!(told, [(old.id, Some(50.0)), (new.id, None)], "{}: {sort}", test.database);
        }
    }
}
