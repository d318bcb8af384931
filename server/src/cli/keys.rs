//! `switchboard keys`: which master keys there are, and the change from one to another.

use clap::Subcommand;
use engine::{
    OpsError, Scope, access,
    clock::{Clock, SystemClock},
    keys::{self, KeyInUse},
    vault::KeyId,
};
use serde_json::json;
use store::{Db, schema};

use super::{
    Failure, Loaded, open,
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
    },
    /// Every key that the database was ever sealed under, by its id.
    List,
}

impl Keys {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        match self {
            Self::Rotate => rotate(&command_line(loaded).await?, out).await,
            Self::List => list(&command_line(loaded).await?, out).await,
            Self::Abandon { key } => abandon(&loaded.settings?, &key, out).await,
        }
    }
}

async fn command_line(loaded: Loaded) -> Result<Scope, Failure> {
    Ok(access::command_line(&open(loaded).await?, None).await?)
}

async fn rotate(scope: &Scope, out: Output) -> Result<(), Failure> {
    let done = keys::rotate(scope).await?;
    let retired = if done.retired.is_empty() { "none".to_owned() } else { done.retired.join(", ") };
    let text = format!("{} values sealed anew; everything is under key {}; retired: {retired}.", done.rewrapped, done.current);
    out.result(&done, &text)
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
async fn abandon(settings: &Settings, key: &str, out: Output) -> Result<(), Failure> {
    let id: KeyId = key.parse().map_err(|_| Failure::Fatal(format!("{key:?} is no id of a key; write the eight digits that the console names")))?;
    let db = Db::open(&settings.database_url).await.map_err(OpsError::from)?;
    schema::migrate(&db).await.map_err(OpsError::from)?;
    let removed = keys::abandon(&db, id, SystemClock.now()).await?;
    out.result(&json!({ "abandoned": id.to_string(), "credentials_removed": removed }), &format!("Key {id} is given up; {removed} credentials were removed."))
}
