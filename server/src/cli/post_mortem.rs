//! `switchboard post-mortem`: what was learned of incidents, as files.

use std::{fs, path::PathBuf};

use clap::Subcommand;
use domain::ids::IncidentId;
use engine::{access, incidents::post_mortem};
use serde_json::json;

use super::{Failure, Loaded, open, output::Output};

#[derive(Debug, Subcommand)]
pub enum PostMortem {
    /// Write a post-mortem as Markdown to FOLDER/<YYYY-MM>/<date>-<slug>.md, over an earlier export of the same incident.
    Export {
        /// The incident's, as the end of its address has it.
        id: IncidentId,
        folder: PathBuf,
        #[arg(long, value_name = "SLUG")]
        team: Option<String>,
    },
}

impl PostMortem {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        let Self::Export { id, folder, team } = self;
        let console = open(loaded).await?;
        let scope = access::command_line(&console, team.as_deref()).await?;
        let exported = post_mortem::export(&scope, id).await?;
        let file = folder.join(&exported.path);
        let unwritten = |error: std::io::Error| Failure::Fatal(format!("{} cannot be written: {error}", file.display()));
        file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, &exported.markdown)).map_err(unwritten)?;
        out.result(&json!({ "path": file }), &file.display().to_string())
    }
}
