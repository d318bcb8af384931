//! `switchboard keys`: which master keys there are, and the change from one to another.

use clap::Subcommand;
use engine::{access, keys};
use serde_json::json;

use super::{
    Failure, Loaded, open,
    output::{Output, columns},
};

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Seal everything anew under SWITCHBOARD_MASTER_KEY that one of SWITCHBOARD_OTHER_MASTER_KEYS has sealed. It may be interrupted and run again.
    Rotate,
    /// Every key that the database was ever sealed under, by its id.
    List,
}

impl Keys {
    pub async fn run(self, loaded: Loaded, out: Output) -> Result<(), Failure> {
        let console = open(loaded).await?;
        let scope = access::command_line(&console, None).await?;
        match self {
            Self::Rotate => {
                let done = keys::rotate(&scope).await?;
                let retired = if done.retired.is_empty() { "none".to_owned() } else { done.retired.join(", ") };
                let text = format!("{} values sealed anew; everything is under key {}; retired: {retired}.", done.rewrapped, done.current);
                out.result(&done, &text)
            }
            Self::List => {
                let keys = keys::list(&scope).await?;
                let rows: Vec<_> = keys
                    .iter()
                    .map(|key| {
                        let state = match (key.is_current, key.retired_at) {
                            (true, _) => "seals".to_owned(),
                            (false, None) => "opens".to_owned(),
                            (false, Some(at)) => format!("retired {at}"),
                        };
                        [key.id.clone(), state, key.sealed.to_string(), key.created_at.to_string()]
                    })
                    .collect();
                out.result(&json!({ "keys": keys }), &columns(["KEY", "STATE", "VALUES", "SINCE"], &rows))
            }
        }
    }
}
