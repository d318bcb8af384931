//! What a person can do to a connection. Forms post here, with script or without.

use std::collections::BTreeMap;

use domain::{
    environment::Environment,
    ids::{ProfileId, VerificationId},
    kind::KindId,
    operator::Role,
    profile::{Settings, Transition},
    settings::from_form,
};
use engine::{
    Console,
    configure::{self, ConnectionEdit, NewConnection},
    transition, verify,
};
use leptos::server;
use leptos_axum::redirect;
use serde::{Deserialize, Serialize};

use super::{LIST, heartbeat::HeartbeatForm, path_of, verification::VerificationView};
use crate::{
    action_error::{ActionError, run_action},
    secret_input::SecretInput,
};

/// The form of a connection as browsers post it: every value a text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConnectionForm {
    name: String,
    environment: Environment,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default)]
    credential: BTreeMap<String, SecretInput>,
    #[serde(default)]
    heartbeat: HeartbeatForm,
    /// Separated by commas.
    #[serde(default)]
    tags: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    runbook_url: String,
}

impl ConnectionForm {
    fn settings(&self, console: &Console, kind: &KindId) -> Settings {
        console.kinds.get(kind).map(|kind| from_form(kind.descriptor(), &self.settings)).unwrap_or_default()
    }

    fn tags(&self) -> Vec<String> {
        self.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
    }

    fn credential(&self) -> BTreeMap<String, String> {
        self.credential.iter().map(|(name, secret)| (name.clone(), secret.clone().reveal())).collect()
    }

    fn into_new(self, console: &Console, kind: KindId) -> NewConnection {
        NewConnection {
            settings: self.settings(console, &kind),
            heartbeat: Some(self.heartbeat.read()),
            tags: self.tags(),
            credential: self.credential(),
            name: self.name,
            kind,
            environment: self.environment,
            owner: Some(self.owner),
            runbook_url: Some(self.runbook_url),
        }
    }

    fn into_edit(self, console: &Console, kind: &KindId) -> ConnectionEdit {
        ConnectionEdit {
            settings: Some(self.settings(console, kind)),
            heartbeat: Some(Some(self.heartbeat.read())),
            tags: Some(Some(self.tags())),
            credential: Some(Some(self.credential())),
            name: Some(self.name),
            environment: Some(self.environment),
            owner: Some(Some(self.owner)),
            runbook_url: Some(Some(self.runbook_url)),
        }
    }
}

#[server(prefix = "/actions", endpoint = "save_connection")]
pub async fn save_connection(kind: KindId, #[server(flatten)] form: ConnectionForm) -> Result<(), ActionError> {
    let saved = run_action(Role::Operator, async move |console, actor, _| {
        let new = form.into_new(&console, kind);
        configure::create(&console, &actor, new).await
    })
    .await?;
    redirect(&path_of(saved.id));
    Ok(())
}

#[server(prefix = "/actions", endpoint = "edit_connection")]
pub async fn edit_connection(
    id: ProfileId,
    /// The version the person saw.
    version: i64,
    #[server(flatten)] form: ConnectionForm,
) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, _| {
        let current = configure::get(&console, &actor, id).await?;
        let edit = form.into_edit(&console, &current.kind);
        configure::edit(&console, &actor, id, version, edit).await
    })
    .await?;
    redirect(&path_of(id));
    Ok(())
}

#[server(prefix = "/actions", endpoint = "transition")]
pub async fn take_step(id: ProfileId, step: Transition) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, _| transition::apply(&console, &actor, id, step).await).await?;
    redirect(&if step == Transition::Archive { LIST.to_owned() } else { path_of(id) });
    Ok(())
}

/// Begins a verification, which goes on by itself.
#[server(prefix = "/actions", endpoint = "start_verification")]
pub async fn start_verification(id: ProfileId) -> Result<VerificationView, ActionError> {
    let verification = run_action(Role::Operator, async move |console, actor, thread| verify::start(&console, &actor, id, thread).await).await?;
    Ok(VerificationView::from(verification))
}

/// How far a verification is.
#[server(prefix = "/actions", endpoint = "verification")]
pub async fn verification(id: VerificationId) -> Result<VerificationView, ActionError> {
    let verification = run_action(Role::Viewer, async move |console, actor, _| verify::get(&console, &actor, id).await).await?;
    Ok(VerificationView::from(verification))
}

/// Begins a verification and waits for its end: for forms that are posted without script.
#[server(prefix = "/actions", endpoint = "test_connection")]
pub async fn test_connection(id: ProfileId) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, thread| {
        let begun = verify::start(&console, &actor, id, thread).await?;
        verify::wait(&console, &actor, begun.id).await
    })
    .await?;
    redirect(&path_of(id));
    Ok(())
}
