//! `switchboard audit`: whether the log of who did what is sound.

use clap::Subcommand;
use engine::{
    access::{self, teams},
    audit::{self, Verified},
    audit_chain::ChainFault,
};
use serde::Serialize;
use serde_json::json;

use super::{Failure, Loaded, open, output::Output};

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Go through the whole log: 0 sound, 1 not, 2 could not be read, 3 sound but for entries that cannot be verified any more.
    Verify {
        /// An entry with this head must be there: the server's log tells one each minute in which something was written.
        #[arg(long, value_name = "HEX")]
        head: Option<String>,
        /// This team's log alone.
        #[arg(long, value_name = "SLUG")]
        team: Option<String>,
    },
}

#[derive(Serialize)]
struct OfTeam {
    team: String,
    #[serde(flatten)]
    found: Verified,
}

impl Audit {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        let Self::Verify { head, team } = self;
        let console = open(loaded).await?;
        let slugs = match team {
            Some(slug) => vec![slug],
            None => teams::slugs(&console).await?,
        };
        let mut logs = Vec::new();
        for team in slugs {
            let scope = access::command_line(&console, Some(&team)).await?;
            logs.push(OfTeam { team, found: audit::verify(&scope, head.as_deref()).await? });
        }
        // A head is of one team's log; the others need not know it.
        let is_missing = |log: &OfTeam| matches!(log.found.fault, Some(ChainFault::PinMissing { .. }));
        if !logs.iter().all(is_missing) {
            logs.iter_mut().filter(|log| is_missing(log)).for_each(|log| log.found.fault = None);
        }
        let is_sound = logs.iter().all(|log| log.found.is_sound());
        let sound = logs.iter().filter(|log| log.found.is_sound());
        let lines: Vec<_> = sound.map(|OfTeam { team, found }| format!("sound: team {team}, {} entries, head {}", found.entries, shown(found))).collect();
        out.result(&json!({ "sound": is_sound, "teams": logs }), &lines.join("\n"))?;
        if is_sound {
            let unverified: Vec<_> = logs.iter().filter(|log| log.found.unverified > 0).map(unverified).collect();
            return if unverified.is_empty() { Ok(()) } else { Err(Failure::Unproven(unverified.join("\n"))) };
        }
        let faults = logs.iter().filter_map(|OfTeam { team, found }| Some(format!("not sound: team {team}: {}", found.fault.as_ref()?)));
        Err(Failure::Negative(faults.collect::<Vec<_>>().join("\n")))
    }
}

fn unverified(log: &OfTeam) -> String {
    format!("team {}: {} entries cannot be verified, their key was abandoned", log.team, log.found.unverified)
}

fn shown(found: &Verified) -> &str {
    found.head.as_deref().unwrap_or("none")
}
