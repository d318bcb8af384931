//! Weeks of heartbeats in minutes: the engine by a clock that is driven, without a server around it.

use std::{fs, time::Duration};

use engine::{
    Console, access,
    heartbeat::{
        Limits,
        record::Recorded,
        retention::prune,
        rollup::{refresh, roll_up},
        sweep::round,
    },
};
use serde_json::json;

use super::{
    Outcome,
    driven::{INTERVAL, activate, open},
};

/// Slots between two samples.
const HOUR: usize = 12;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Every tenth connection flips between well and failing, so that incidents come and go too.
pub async fn run(url: &str, connections: usize, slots: usize) -> Outcome {
    let folder = tempfile::tempdir()?;
    let database = format!("sqlite://{}", folder.path().join("switchboard.db").display());
    // A week is to see single slots pruned, too.
    let (console, clock) = open(database, Limits { keep_slots: DAY * 2, ..Limits::default() }).await?;
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
