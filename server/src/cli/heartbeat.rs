//! `switchboard heartbeat`: one sweep for cron, or a scheduler without the console around it.

use clap::Args;
use engine::{
    Console, OpsError, access,
    background::{Background, tasks},
    heartbeat::sweep,
};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Loaded, open, output::Output};

#[derive(Debug, Args)]
pub struct Heartbeat {
    /// Go on, each connection at its interval [env: SERVICE_HEARTBEAT_WATCH=1]
    #[arg(long)]
    watch: bool,
    #[arg(long, value_name = "SLUG")]
    team: Option<String>,
}

impl Heartbeat {
    /// Exit code 1 when a connection failed.
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        let watches = self.watch || watch_variable()?;
        let console = open(loaded).await?;
        if watches {
            return watch(console).await;
        }
        let scope = access::command_line(&console, self.team.as_deref()).await?;
        let swept = sweep::sweep(&scope, None).await;
        let left = console.scheduler.leave(&console.db).await;
        let swept = swept?;
        left.map_err(OpsError::from)?;
        out.result(&swept, &format!("{} tried: {} passed, {} failed, in {} ms.", swept.swept, swept.passed, swept.failed, swept.duration_ms))?;
        if swept.failed > 0 { Err(Failure::Negative(format!("{} of {} connections failed", swept.failed, swept.swept))) } else { Ok(()) }
    }
}

fn watch_variable() -> Result<bool, Failure> {
    match std::env::var("SERVICE_HEARTBEAT_WATCH").unwrap_or_default().trim() {
        "" | "0" | "false" => Ok(false),
        "1" | "true" => Ok(true),
        other => Err(Failure::Fatal(format!("SERVICE_HEARTBEAT_WATCH is {other:?}; write 1 or 0"))),
    }
}

async fn watch(console: Console) -> Result<(), Failure> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut background = Background::start(&console, tasks::of_heartbeats())?;
    eprintln!("{}", json!({ "watching": true, "node": console.scheduler.node }));
    let outcome = tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = background.ended() => Err(Failure::Fatal("the scheduler ended early".into())),
    };
    console.stopping.cancel();
    background.drain().await;
    console.db.close().await;
    outcome
}
