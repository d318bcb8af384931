//! The engine beside the program, on the same data: what a command of a second process would see.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    path::Path,
};

use engine::{Actor, Console, Scope, access, connections};
use serde_json::{Value, json};
use switchboard_server::{
    settings::{Input, Settings, master_key},
    state::open_console,
};

pub struct SecondProcess {
    pub console: Console,
    pub actor: Actor,
}

impl SecondProcess {
    /// On the data that the program keeps when it is started in `folder`.
    pub async fn open(folder: &Path) -> Self {
        Self::open_with(folder, []).await
    }

    /// The same, with further settings.
    pub async fn open_with<const N: usize>(folder: &Path, further: [(&'static str, String); N]) -> Self {
        let data = folder.join("data");
        std::fs::create_dir_all(&data).expect("folder");
        let mut flags = BTreeMap::from([("data_dir", data.display().to_string())]);
        flags.extend(further);
        let settings = Settings::load(&Input { flags, ..Input::default() }).settings.expect("settings");
        let console = open_console(&settings, master_key::kept_or_made(&data).expect("key")).await.expect("console");
        let actor = access::command_line(&console, None).await.expect("team").actor().clone();
        Self { console, actor }
    }

    /// What someone with a shell works on.
    pub fn scope(&self) -> Scope {
        self.console.for_team(self.actor.clone())
    }

    pub async fn connect(&self, name: &str, kind: &str, environment: &str, settings: Value) {
        let new = json!({"name": name, "kind": kind, "environment": environment, "settings": settings});
        connections::create(&self.scope(), serde_json::from_value(new).expect("connection")).await.expect("created");
    }
}

/// Accepts connections for as long as it lives.
pub fn open_port() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let port = listener.local_addr().as_ref().map(SocketAddr::port).expect("address");
    (listener, port)
}

/// Refuses connections: nobody listens.
pub fn closed_port() -> u16 {
    open_port().1
}
