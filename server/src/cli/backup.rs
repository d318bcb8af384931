//! `switchboard backup` and `switchboard restore`: everything in one file, and out of it.

use std::path::PathBuf;

use clap::Args;
use engine::{access, backup};
use probes::egress::{Egress, Resolver};

use super::{Failure, Loaded, open, output::Output, prepare};
use crate::state::evidence_store;

/// It opens with the master key of this console, which is not in it: keep a copy of that elsewhere.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write, which must not be there yet.
    file: PathBuf,
    /// Who may open it too: a public key as `age-keygen` makes it, age1…; may be given several times.
    #[arg(long = "recipient", value_name = "KEY")]
    recipients: Vec<String>,
}

/// The database that DATABASE_URL names must be empty, and no server may be running on it. Needs the master key that the backup was made under.
#[derive(Debug, Args)]
pub struct Restore {
    /// The file, as `switchboard backup` wrote it.
    file: PathBuf,
    /// Only read it to its end: 0 it is whole and opens.
    #[arg(long)]
    check: bool,
    /// A file with the secret key of a --recipient.
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl Backup {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        let scope = access::command_line(&open(loaded).await?, None).await?;
        let made = backup::make(&scope, &self.file, &self.recipients).await?;
        out.result(&made, &format!("Wrote {}.", in_words(&made)))
    }
}

impl Restore {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        let settings = loaded.settings?;
        let key = settings.known_key()?.ok_or_else(|| {
            Failure::Fatal("a backup opens with the master key of the console that made it; set SWITCHBOARD_MASTER_KEY or SWITCHBOARD_MASTER_KEY_FILE".into())
        })?;
        let (vault, identity) = (settings.vault(key), self.identity.as_deref());
        if self.check {
            let checked = backup::check(&self.file, &vault, identity).await?;
            return out.result(&checked, &format!("Whole: {}.", in_words(&checked)));
        }
        let target = backup::Target {
            database_url: settings.database_url.clone(),
            migration_database_url: settings.migration_database_url.clone(),
            evidence: evidence_store(&settings, &Egress::new(settings.egress.clone(), Resolver::System))?,
        };
        let restored = backup::restore(&self.file, &vault, identity, &target).await?;
        out.result(&restored, &format!("Restored {}. Everybody signs in again; tokens that were revoked since then work again.", in_words(&restored)))?;
        // Which tells the logs of it.
        prepare(&settings).await.map(drop)
    }
}

fn in_words(of: &backup::Backup) -> String {
    let (tables, rows, files) = (of.contents.rows.len(), of.total_rows(), of.contents.evidence_files);
    format!("{} as of {}: {rows} rows of {tables} tables, {files} files of evidence", of.file.display(), of.manifest.made_at)
}
