//! What a person can do to a connection. Islands call these, and forms post here, with script or without.

use std::collections::BTreeMap;

#[cfg(feature = "ssr")]
use domain::error::{ErrorCode, UserError};
use domain::{
    environment::Environment,
    ids::{ProfileId, VerificationId},
    kind::KindId,
    profile::Transition,
};
#[cfg(feature = "ssr")]
use engine::{
    connections::{self, ConnectionEdit},
    transition, verify,
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;

#[cfg(feature = "ssr")]
use super::{LIST, path_of};
use super::{
    input::{AfterSave, ConnectionInput},
    verification::view::VerificationView,
};
use crate::{action::server, action_error::ActionError};
#[cfg(feature = "ssr")]
use crate::{action_error::run_action, authorize::in_scope};

/// Stores a new connection, or changes the one that is named.
#[server(once)]
pub async fn save_connection(
    #[server(default)] id: Option<ProfileId>,
    /// The version the person saw of the one that is changed.
    #[server(default)]
    version: i64,
    kind: KindId,
    #[server(default)] then: AfterSave,
    #[server(flatten)] input: ConnectionInput,
) -> Result<ProfileId, ActionError> {
    let saved = run_action(async move |scope| match id {
        None => {
            let new = input.into_new(scope.console(), kind);
            connections::create(&scope, new).await
        }
        Some(id) => {
            let edit = input.into_edit(scope.console(), &kind);
            connections::edit(&scope, id, version, edit).await
        }
    })
    .await?;
    after_save(saved.id, then).await;
    redirect(&path_of(saved.id));
    Ok(saved.id)
}

/// Says what a connection depends on: all that is chosen, and nothing else.
#[server]
pub async fn set_dependencies(id: ProfileId, version: i64, #[server(default)] depends_on: Vec<ProfileId>) -> Result<(), ActionError> {
    let edit = ConnectionEdit { depends_on: Some(Some(depends_on)), ..ConnectionEdit::default() };
    run_action(async move |scope| connections::edit(&scope, id, version, edit).await).await?;
    // Beside it there may be more that is not saved yet.
    redirect(&format!("{}/edit", path_of(id)));
    Ok(())
}

/// Tells what is wrong with settings by the kind's own rules while they are typed, which are too heavy for the browser, and which address may not be reached.
#[server]
pub async fn check_settings(kind: KindId, environment: Environment, #[server(default)] settings: BTreeMap<String, String>) -> Result<(), ActionError> {
    let wrong = run_action(async move |scope| connections::check_settings(&scope, &kind, environment, &settings).await).await?;
    // Refused as saving would be, but not an error that anyone needs to look up: the person is still typing.
    if wrong.is_empty() { Ok(()) } else { Err(UserError::new(ErrorCode::ValidationFailed, None).with_fields(wrong).into()) }
}

#[server]
pub async fn apply_transition(id: ProfileId, step: Transition) -> Result<(), ActionError> {
    run_action(async move |scope| transition::apply(&scope, id, step).await).await?;
    redirect(&if step == Transition::Archive { LIST.to_owned() } else { path_of(id) });
    Ok(())
}

/// Begins a verification, which goes on by itself.
#[server(once)]
pub async fn start_verification(id: ProfileId) -> Result<VerificationView, ActionError> {
    Ok(VerificationView::from(begin_test(id).await?))
}

/// How far a verification is.
#[server]
pub async fn verification(id: VerificationId) -> Result<VerificationView, ActionError> {
    let verification = run_action(async move |scope| verify::get(&scope, id).await).await?;
    Ok(VerificationView::from(verification))
}

/// Begins a verification and waits for its end: for forms that are posted without script.
#[server]
pub async fn test_connection(id: ProfileId) -> Result<(), ActionError> {
    test(id).await?;
    redirect(&path_of(id));
    Ok(())
}

#[cfg(feature = "ssr")]
async fn begin_test(id: ProfileId) -> Result<domain::verification::Verification, UserError> {
    in_scope(async move |scope| verify::start(&scope, id).await).await
}

#[cfg(feature = "ssr")]
async fn test(id: ProfileId) -> Result<(), UserError> {
    in_scope(async move |scope| {
        let begun = verify::start(&scope, id).await?;
        verify::wait(&scope, begun.id).await.map(drop)
    })
    .await
}

/// It is saved, whatever keeps it from being tested; the page offers the test again.
#[cfg(feature = "ssr")]
async fn after_save(id: ProfileId, then: AfterSave) {
    match then {
        AfterSave::Nothing => {}
        AfterSave::Test => drop(test(id).await),
        AfterSave::Begin => drop(begin_test(id).await),
    }
}
