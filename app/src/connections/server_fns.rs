//! What a person can do to a connection. Islands call these, and forms post here, with script or without.

#[cfg(feature = "ssr")]
use domain::operator::Role;
use domain::{
    ids::{ProfileId, VerificationId},
    kind::KindId,
    profile::Transition,
};
#[cfg(feature = "ssr")]
use engine::{configure, transition, verify};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

#[cfg(feature = "ssr")]
use super::{LIST, path_of};
use super::{input::ConnectionInput, verification::VerificationView};
#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

#[server]
pub async fn save_connection(kind: KindId, #[server(flatten)] input: ConnectionInput) -> Result<(), ActionError> {
    let saved = run_action(Role::Operator, async move |console, actor, _| {
        let new = input.into_new(&console, kind);
        configure::create(&console, &actor, new).await
    })
    .await?;
    redirect(&path_of(saved.id));
    Ok(())
}

#[server]
pub async fn edit_connection(
    id: ProfileId,
    /// The version the person saw.
    version: i64,
    #[server(flatten)] input: ConnectionInput,
) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, _| {
        let current = configure::get(&console, &actor, id).await?;
        let edit = input.into_edit(&console, &current.kind);
        configure::edit(&console, &actor, id, version, edit).await
    })
    .await?;
    redirect(&path_of(id));
    Ok(())
}

#[server]
pub async fn apply_transition(id: ProfileId, step: Transition) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, _| transition::apply(&console, &actor, id, step).await).await?;
    redirect(&if step == Transition::Archive { LIST.to_owned() } else { path_of(id) });
    Ok(())
}

#[server]
pub async fn duplicate_connection(id: ProfileId) -> Result<(), ActionError> {
    let copy = run_action(Role::Operator, async move |console, actor, _| configure::duplicate(&console, &actor, id).await).await?;
    redirect(&format!("{}/edit", path_of(copy.id)));
    Ok(())
}

/// Begins a verification, which goes on by itself.
#[server]
pub async fn start_verification(id: ProfileId) -> Result<VerificationView, ActionError> {
    let verification = run_action(Role::Operator, async move |console, actor, thread| verify::start(&console, &actor, id, thread).await).await?;
    Ok(VerificationView::from(verification))
}

/// How far a verification is.
#[server]
pub async fn verification(id: VerificationId) -> Result<VerificationView, ActionError> {
    let verification = run_action(Role::Viewer, async move |console, actor, _| verify::get(&console, &actor, id).await).await?;
    Ok(VerificationView::from(verification))
}

/// Begins a verification and waits for its end: for forms that are posted without script.
#[server]
pub async fn test_connection(id: ProfileId) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, thread| {
        let begun = verify::start(&console, &actor, id, thread).await?;
        verify::wait(&console, &actor, begun.id).await
    })
    .await?;
    redirect(&path_of(id));
    Ok(())
}
