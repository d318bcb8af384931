//! The pages before the frame: sign in, and the first set-up.

use domain::local_path::LocalPath;
use engine::access;
use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_query_map;

use super::{
    passkey::PasskeySignIn,
    server_fns::{SetUp, SignIn, session},
    signed_out::{Refusal, SignedOutPage},
    single_sign_on::{SingleSignOn, takes_passwords},
};
use crate::{
    authorize::{actor, anonymously},
    draft::DRAFT,
    ui::{
        draft::DraftWaits,
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
        markup::IntoMarkup,
        page::go_to,
    },
};

#[component]
pub fn SignInPage() -> impl IntoView {
    let next = use_query_map().read_untracked().get("next").unwrap_or_default();
    if actor().is_some() {
        go_to(LocalPath::or_overview(&next).as_str());
    }
    Suspend::new(async move {
        // Nobody could sign in yet; a database that cannot be asked is told when they try.
        match anonymously(async |console, _| access::is_set_up(&console).await).await {
            Ok(false) => view! { <NotSetUp/> }.into_markup(),
            _ => view! { <SignInForm next=next is_kept=draft_waits().await/> }.into_markup(),
        }
    })
}

/// Whether something that was typed waits for the sign-in; where the session cannot be read, that is told when they try.
async fn draft_waits() -> bool {
    match session().await {
        Ok(session) => matches!(session.get_value(DRAFT).await, Ok(Some(_))),
        Err(_) => false,
    }
}

#[component]
fn SignInForm(
    next: String,
    /// Whether what was typed waits for whoever signs in.
    is_kept: bool,
) -> impl IntoView {
    if !takes_passwords() {
        return view! {
            <SignedOutPage title="Sign in" lede="Use the account that you have elsewhere.">
                <DraftWaits is_kept=is_kept/>
                <SingleSignOn next=next/>
            </SignedOutPage>
        }
        .into_markup();
    }
    let form_state = FormState::of::<SignIn>();
    let by_passkey = view! { <PasskeySignIn next=next.clone()/> };
    view! {
        <SignedOutPage title="Sign in" lede="Use the address and password you were given.">
            <DraftWaits is_kept=is_kept/>
            <SingleSignOn next=next.clone()/>
            <ActionForm<SignIn>>
                <Refusal form_state=form_state.clone()/>
                <input type="hidden" name="next" value=LocalPath::or_overview(&next).as_str().to_owned()/>
                <TextField about=About::new("email", "E-mail address").required() form_state=form_state.clone() kind="email" autocomplete="username"/>
                <TextField about=About::new("password", "Password").required() form_state=form_state kind="password" autocomplete="current-password"/>
                <Submit label="Sign in" progress="Signing in…"/>
            </ActionForm<SignIn>>
            {by_passkey}
        </SignedOutPage>
    }
    .into_markup()
}

#[component]
pub fn SetUpPage() -> impl IntoView {
    let token = use_query_map().read_untracked().get("token").unwrap_or_default();
    if token.is_empty() {
        return Either::Left(view! { <SignInPage/> });
    }
    Either::Right(Suspend::new(async move {
        match anonymously(async |console, _| access::is_set_up(&console).await).await {
            Ok(true) => view! { <SetUpBefore/> }.into_markup(),
            _ => view! { <SetUpForm token=token/> }.into_markup(),
        }
    }))
}

/// The link was used, or somebody was faster.
#[component]
fn SetUpBefore() -> impl IntoView {
    view! {
        <SignedOutPage title="Set up already" lede="A set-up link works once, and this console has its administrator.">
            <a class="button primary" href="/sign-in">
                "Sign in"
            </a>
        </SignedOutPage>
    }
}

#[component]
fn SetUpForm(token: String) -> impl IntoView {
    let form_state = FormState::of::<SetUp>();
    view! {
        <SignedOutPage title="Set up Switchboard" lede="Create the first administrator. This link works once.">
            <ActionForm<SetUp>>
                <Refusal form_state=form_state.clone()/>
                <input type="hidden" name="token" value=token/>
                <TextField about=About::new("email", "E-mail address").required() form_state=form_state.clone() kind="email" autocomplete="username"/>
                <TextField
                    about=About::new("password", "Password").hint("At least 10 characters.").required()
                    form_state=form_state
                    kind="password"
                    autocomplete="new-password"
                />
                <Submit label="Create administrator" progress="Creating…"/>
            </ActionForm<SetUp>>
        </SignedOutPage>
    }
}

/// How the first operator is made.
#[component]
fn NotSetUp() -> impl IntoView {
    view! {
        <SignedOutPage title="Not set up yet" lede="Nobody can sign in before there is a first administrator. Whoever runs the server makes one:">
            <ol class="ways">
                <li>
                    <strong>"Open the set-up link."</strong>
                    <p>"The server printed it in its log when it started. It works once, for an hour; a restart prints a fresh one."</p>
                </li>
                <li>
                    <strong>"Or use the command line."</strong>
                    <p>"On the server, with the same settings:"</p>
                    <pre tabindex="0">"switchboard operators create you@example.org --role admin"</pre>
                </li>
            </ol>
            <a class="button" href="/sign-in">
                "Look again"
            </a>
        </SignedOutPage>
    }
}
