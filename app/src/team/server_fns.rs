//! Invite, change a role, remove, rename, make another team.

#[cfg(feature = "ssr")]
use domain::error::FieldError;
use domain::{
    ids::{InvitationId, OperatorId},
    operator::Role,
};
#[cfg(feature = "ssr")]
use engine::{
    OpsError,
    access::{
        invitations::{self, mail::Mailed},
        members,
        teams::{self, NewTeam, TeamEdit},
    },
};
#[cfg(feature = "ssr")]
use leptos::prelude::use_context;
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
#[cfg(feature = "ssr")]
use secrecy::ExposeSecret;

#[cfg(feature = "ssr")]
use super::PATH;
use crate::{action::server, action_error::ActionError};
#[cfg(feature = "ssr")]
use crate::{action_error::run_action, authorize::ConsoleAddress, issued, session::server_fns::session};

/// The page that it leads to shows the link, once.
#[server]
pub async fn invite_member(email: String, role: Role) -> Result<(), ActionError> {
    let session = session().await?;
    let console = use_context::<ConsoleAddress>().map(|address| address.0).unwrap_or_default();
    let id = run_action(async move |scope| {
        let (invitation, token) = invitations::invite(&scope, &email, role).await?;
        let mailed = invitations::mail::send(&scope, &invitation, &token).await?;
        let link = format!("{console}/invitations/{}", token.expose_secret());
        issued::keep_noted(scope.console(), &session, invitation.id, invitation.email.clone(), &link.into(), note(mailed, &invitation.email)).await?;
        Ok(invitation.id)
    })
    .await?;
    redirect(&issued::path_of(PATH, id));
    Ok(())
}

/// What stands beside the link.
#[cfg(feature = "ssr")]
fn note(mailed: Option<Mailed>, email: &str) -> String {
    match mailed {
        None => "Copy the link now and send it to them.".into(),
        Some(Mailed { sent: true, .. }) => format!("The link went to {email} by mail. Copy it only if it does not arrive."),
        Some(Mailed { sent: false, detail }) => format!("The link was not sent by mail: {detail} Copy it now and send it to them."),
    }
}

#[server]
pub async fn withdraw_invitation(id: InvitationId) -> Result<(), ActionError> {
    run_action(async move |scope| invitations::withdraw(&scope, id).await).await?;
    redirect(PATH);
    Ok(())
}

#[server]
pub async fn change_role(id: OperatorId, role: Role) -> Result<(), ActionError> {
    run_action(async move |scope| members::set_role(&scope, id, role).await).await?;
    redirect(PATH);
    Ok(())
}

#[server]
pub async fn remove_member(id: OperatorId) -> Result<(), ActionError> {
    run_action(async move |scope| members::remove(&scope, id).await).await?;
    redirect(PATH);
    Ok(())
}

#[server]
pub async fn rename_team(name: String) -> Result<(), ActionError> {
    run_action(async move |scope| teams::edit(&scope, scope.actor().team, TeamEdit { name: Some(name), ..TeamEdit::default() }).await).await?;
    redirect(PATH);
    Ok(())
}

/// Whether people without a second factor may do nothing in the team but set one up.
#[server]
pub async fn demand_second_factor(demand: bool) -> Result<(), ActionError> {
    let edit = TeamEdit { requires_second_factor: Some(demand), ..TeamEdit::default() };
    run_action(async move |scope| teams::edit(&scope, scope.actor().team, edit).await).await?;
    redirect(PATH);
    Ok(())
}

/// The person stays where they are, and may switch to it.
#[server]
pub async fn create_team(new_name: String) -> Result<(), ActionError> {
    let named = |error: OpsError| match error {
        // The page has another form with a name.
        OpsError::Invalid(errors) => OpsError::Invalid(errors.into_iter().map(|error| FieldError { field: "new_name".into(), ..error }).collect()),
        other => other,
    };
    run_action(async move |scope| teams::create(&scope, NewTeam { name: new_name, slug: None }).await.map_err(named)).await?;
    redirect(PATH);
    Ok(())
}
