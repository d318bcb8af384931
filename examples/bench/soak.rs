//! Weeks of heartbeats in minutes: the engine by a clock that is driven, without a server around it.

use std::{fs, sync::Arc, time::Duration};

use domain::profile::Transition;
use engine::{
    Console, ConsoleSettings, Scope, access,
    clock::{Clock, ManualClock, SystemClock},
    configure,
    heartbeat::{
        Limits,
        record::Recorded,
        retention::prune,
        rollup::{refresh, roll_up},
        sweep::round,
    },
    transition,
    vault::Vault,
    verify,
};
use probes::egress::{Egress, EgressPolicy, Resolver};
use serde_json::json;

use super::Outcome;

const INTERVAL: Duration = Duration::from_secs(300);
/// Slots between two samples.
const HOUR: usize = 12;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Every tenth connection flips between well and failing, so that incidents come and go too.
pub async fn run(url: &str, connections: usize, slots: usize) -> Outcome {
    let folder = tempfile::tempdir()?;
    let clock = ManualClock::starting_at(SystemClock.now());
    let database = format!("sqlite://{}", folder.path().join("switchboard.db").display());
    let mut settings = ConsoleSettings::new(database.into(), Vault::from_key(&[7; 32]), Egress::new(EgressPolicy::default(), Resolver::System));
    settings.clock = Arc::new(clock.clone());
    // A week is to see single slots pruned, too.
    settings.heartbeat_limits = Limits { keep_slots: DAY * 2, ..Limits::default() };
    let console = Console::open(settings).await?;
    let scope = access::command_line(&console, None).await?;
    for index in 0..connections {
        activate(&scope, index, &format!("{url}/{}/{index}", if index % 10 == 0 { "flip" } else { "steady" })).await?;
    }
    let mut ended = Recorded::default();
    for slot in 0..slots {
        clock.advance(INTERVAL);
        ended.add(round(&console).await?);
        if slot % HOUR == 0 {
            keep_up(&console).await?;
            println!("{}", json!({"slot": slot, "resident_kb": resident_kb()?, "open_files": fs::read_dir("/proc/self/fd")?.count()}));
        }
    }
    println!("{}", json!({"passed": ended.passed, "failed": ended.failed, "untried": ended.untried, "refused": ended.refused}));
    Ok(())
}

async fn activate(scope: &Scope, index: usize, url: &str) -> Outcome {
    let new = json!({
        "name": format!("Service {index}"), "kind": "http", "environment": "development", "settings": {"url": url},
        "heartbeat": {"interval_seconds": INTERVAL.as_secs(), "timeout_seconds": 5, "retries": 0},
    });
    let draft = configure::create(scope, serde_json::from_value(new)?).await?;
    // It may just be failing.
    while transition::apply(scope, draft.id, Transition::Activate).await.is_err() {
        let begun = verify::start(scope, draft.id).await?;
        verify::wait(scope, begun.id).await?;
    }
    Ok(())
}

/// What a server does beside the heartbeats.
async fn keep_up(console: &Console) -> Outcome {
    while roll_up(console).await? > 0 {}
    while refresh(console).await? > 0 {}
    prune(console).await?;
    console.scheduler.prepared.sweep();
    console.scheduler.concurrency.sweep();
    Ok(())
}

fn resident_kb() -> Outcome<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
