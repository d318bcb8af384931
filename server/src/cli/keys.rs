//! `switchboard keys`: which master keys there are, and the change from one to another.

use clap::Subcommand;
use engine::{
    Scope, access,
    clock::{Clock, SystemClock},
    console,
    keys::{self, KeyInUse},
    vault::KeyId,
};
use serde_json::json;

use super::{
    Failure, Loaded, open_existing,
    output::{Output, columns},
};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Seal everything anew under SWITCHBOARD_MASTER_KEY that one of SWITCHBOARD_OTHER_MASTER_KEYS has sealed. It may be interrupted and run again.
    Rotate,
    /// Give up a key that is lost: what is sealed under it is removed and must be entered again.
    Abandon {
        /// Its id, as the console names it where it refuses to start.
        key: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Every key that the database was ever sealed under, by its id.
    List,
}

impl Keys {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        match self {
            Self::Rotate => rotate(&command_line(loaded).await?, out).await,
            Self::List => list(&command_line(loaded).await?, out).await,
            Self::Abandon { key, yes } => abandon(&loaded.settings?, &key, yes, out).await,
        }
    }
}

async fn command_line(loaded: Loaded) -> Result<Scope, Failure> {
    Ok(access::command_line(&open_existing(loaded).await?, None).await?)
}

async fn rotate(scope: &Scope, out: Output) -> Result<(), Failure> {
    let done = keys::rotate(scope).await?;
    let retired = if done.retired.is_empty() { "none".to_owned() } else { done.retired.join(", ") };
    let text = format!("{} values sealed anew under key {}; retired: {retired}.", done.rewrapped, done.current);
    out.result(&done, &text)?;
    if done.unreadable.is_empty() {
        return Ok(());
    }
    Err(Failure::Negative(format!("these do not open, and were left as they are; enter them again:\n{}", done.unreadable.join("\n"))))
}

async fn list(scope: &Scope, out: Output) -> Result<(), Failure> {
    let keys = keys::list(scope).await?;
    let row = |key: &KeyInUse| {
        let state = match (key.is_current, key.retired_at) {
            (true, _) => "seals".to_owned(),
            (false, None) => "opens".to_owned(),
            (false, Some(at)) => format!("retired {at}"),
        };
        [key.id.clone(), state, key.sealed.to_string(), key.created_at.to_string()]
    };
    let rows: Vec<_> = keys.iter().map(row).collect();
    out.result(&json!({ "keys": keys }), &columns(["KEY", "STATE", "VALUES", "SINCE"], &rows))
}

/// Opens the database alone, because the console does not start without the key.
async fn abandon(settings: &Settings, key: &str, yes: bool, out: Output) -> Result<(), Failure> {
    let id: KeyId = key.parse().map_err(|_| Failure::Fatal(format!("{key:?} is no id of a key; write the eight digits that the console names")))?;
    if !yes {
        confirm(id)?;
    }
    let current = settings.known_key()?;
    let ring: Vec<_> = settings.other_master_keys.iter().chain(&current).map(|key| KeyId::of(key.as_bytes())).collect();
    let db = console::database(&settings.database_url, settings.migration_database_url.as_ref()).await?;
    let done = keys::abandon(&db, id, &ring, SystemClock.now()).await?;
    let text = format!(
        "Key {id} is given up; {} credentials were removed, whose connections are drafts now, {} second factors, and {} new secrets of tokens.",
        done.credentials_removed, done.second_factors_removed, done.secrets_removed
    );
    let told = json!({
        "abandoned": id.to_string(),
        "credentials_removed": done.credentials_removed,
        "second_factors_removed": done.second_factors_removed,
        "secrets_removed": done.secrets_removed,
    });
    out.result(&told, &text)
}

/// Nothing brings back what is removed.
fn confirm(id: KeyId) -> Result<(), Failure> {
    eprintln!(
        "switchboard: every credential and second factor that is sealed under key {id} will be removed. Type the id once more to go on, or start with --yes:"
    );
    let mut typed = String::new();
    std::io::stdin().read_line(&mut typed)?;
    if typed.trim() == id.to_string() { Ok(()) } else { Err(Failure::Negative("nothing was given up".into())) }
}
