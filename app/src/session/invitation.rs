//! `/invitations/{token}`: joins a team, with a new account or with the one that a person has.

use domain::error::UserError;
use engine::access::invitations::{self, OpenInvitation};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{
    server_fns::{AcceptInvitation, JoinTeam, SignOut},
    signed_out::{Refusal, SignedOutPage},
    single_sign_on::{SingleSignOn, takes_passwords},
};
use crate::{
    authorize::{actor, anonymously},
    status::status_of,
    ui::{
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
        markup::IntoMarkup,
        page::set_status,
        role::role_name,
        url::here,
    },
};

#[component]
pub fn InvitationPage() -> impl IntoView {
    let token = use_params_map().read_untracked().get("token").unwrap_or_default();
    Suspend::new(async move {
        let link = token.clone();
        match anonymously(async move |console, _| invitations::open(&console, &link).await).await {
            Ok(invitation) => view! { <Invited invitation=invitation token=token/> }.into_markup(),
            Err(error) => view! { <NotValid error=error/> }.into_markup(),
        }
    })
}

#[component]
fn Invited(invitation: OpenInvitation, token: String) -> impl IntoView {
    let OpenInvitation { team, email, role } = invitation;
    let lede = format!("{email} is invited to {team} as {}. This link works once.", role_name(role).to_lowercase());
    let form_state = FormState::of::<JoinTeam>();
    match actor() {
        Some(person) if person.name == email => view! {
            <SignedOutPage title="Join the team" lede=lede>
                <ActionForm<JoinTeam>>
                    <Refusal form_state=form_state/>
                    <input type="hidden" name="token" value=token/>
                    <Submit label=format!("Join {team}") progress="Joining…"/>
                </ActionForm<JoinTeam>>
            </SignedOutPage>
        }
        .into_markup(),
        Some(person) => view! {
            <SignedOutPage title="Join the team" lede=lede>
                <p>{format!("You are signed in as {}. Sign out and open the link again.", person.name)}</p>
                <ActionForm<SignOut> signs_out=true>
                    <Submit label="Sign out" progress="Signing out…"/>
                </ActionForm<SignOut>>
            </SignedOutPage>
        }
        .into_markup(),
        None if !takes_passwords() => view! {
            <SignedOutPage title="Join the team" lede=lede>
                <SingleSignOn next=here()/>
            </SignedOutPage>
        }
        .into_markup(),
        None => view! { <PasswordForm lede=lede team=team token=token/> }.into_markup(),
    }
}

/// One form for both, so that it does not tell who has an account.
#[component]
fn PasswordForm(lede: String, team: String, token: String) -> impl IntoView {
    let form_state = FormState::of::<AcceptInvitation>();
    view! {
        <SignedOutPage title="Join the team" lede=lede>
            <ActionForm<AcceptInvitation>>
                <Refusal form_state=form_state.clone()/>
                <input type="hidden" name="token" value=token/>
                <TextField
                    about=About::new("password", "Password")
                        .hint("New here? Choose one of at least 10 characters. Otherwise give the one that you sign in with.")
                        .required()
                    form_state=form_state
                    kind="password"
                    autocomplete="new-password"
                />
                <Submit label=format!("Join {team}") progress="Joining…"/>
            </ActionForm<AcceptInvitation>>
        </SignedOutPage>
    }
}

#[component]
fn NotValid(error: UserError) -> impl IntoView {
    set_status(status_of(error.code));
    view! {
        <SignedOutPage title="No invitation" lede=error.message().to_owned()>
            <p>{error.remediation().to_owned()}</p>
            <a class="button" href="/">
                "Open the console"
            </a>
        </SignedOutPage>
    }
}
