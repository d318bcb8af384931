//! The list of what goes on beside requests. Another piece of work is another line.

use std::time::Duration;

use futures_util::FutureExt;

use super::BackgroundTask;
use crate::{
    Console, audit,
    diagnose::recover::{self, ALIVE_EVERY},
    digest, escalation,
    events::follow,
    evidence,
    heartbeat::{self, tick},
    incidents::reminders,
    log_lines,
    notify::{sealed_settings, send},
    report, retention,
    runbooks::carry_out,
    suppression::release,
    verify,
};
use store::{idempotency, sessions};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What heartbeats take: `switchboard heartbeat --watch` does this alone.
pub fn of_heartbeats() -> Vec<BackgroundTask> {
    vec![
        BackgroundTask::throughout("heartbeats", |console, stop| tick::run(console, stop.cancelled_owned()).boxed()),
        BackgroundTask::every("rollups", SECOND * 5, |console| async move { heartbeat::retention::roll_up(&console).await }),
        BackgroundTask::every("heartbeat_retention", HOUR, |console| async move { heartbeat::retention::sweep(&console).await }),
    ]
}

/// What a server does.
pub fn of_server(console: &Console) -> Vec<BackgroundTask> {
    let mut tasks = of_heartbeats();
    tasks.extend([
        BackgroundTask::throughout("deliveries", |console, stop| send::run(console, stop).boxed()),
        BackgroundTask::every("suppression", SECOND * 5, |console| async move { release::release_due(&console).await }),
        BackgroundTask::throughout("executions", |console, stop| carry_out::run(console, stop).boxed()),
        BackgroundTask::every("escalation", SECOND, |console| async move { escalation::run(&console).await }),
        BackgroundTask::every("digests", MINUTE, |console| async move { digest::run(&console).await }),
        BackgroundTask::every("stale_deliveries", MINUTE, |console| async move { send::give_up(&console).await }),
        sealed_settings::task(),
        BackgroundTask::every("post_mortems", MINUTE, |console| async move { reminders::remind(&console).await }),
        BackgroundTask::every("abandoned_verifications", MINUTE, |console| async move { verify::recover(&console, false).await.map(drop) }),
        BackgroundTask::every("abandoned_runs", ALIVE_EVERY, |console| async move { recover::recover(&console).await.map(drop) }),
        BackgroundTask::every("log_lines", log_lines::shared_every(&console.db), |console| async move { log_lines::share(&console).await }).and_at_the_end(),
        BackgroundTask::every("unrecorded_errors", SECOND, |console| async move { report::record_late(&console).await }).and_at_the_end(),
        BackgroundTask::every("request_hours", MINUTE, |console| async move { Ok(console.request_hours.keep(&console.db).await?) }).and_at_the_end(),
        BackgroundTask::every("errors_kept", MINUTE, |console| async move { retention::bound_errors(&console).await }),
        BackgroundTask::every("retention", HOUR, |console| async move { retention::prune(&console).await }),
        BackgroundTask::every(
            "kept_answers",
            HOUR,
            |console| async move { Ok(idempotency::delete_expired(&console.db, console.clock.now()).await.map(drop)?) },
        ),
        BackgroundTask::every("ended_sessions", HOUR, |console| async move { Ok(sessions::delete_expired(&console.db, console.clock.now()).await.map(drop)?) }),
        audit::task(),
        BackgroundTask::every("evidence_retention", HOUR, |console| async move { evidence::retention::prune_and_sweep(&console).await }),
    ]);
    if !console.db.is_embedded() {
        tasks.push(follow::task(console.clock.now()));
    }
    tasks
}
