//! The pages before the frame: sign in, and the first set-up.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::server_fns::{SetUp, SignIn};
use crate::{
    authorize::actor,
    form_outcome::ActionFailure,
    status::status_of,
    ui::{
        badge::EnvironmentBadge,
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
        layout::{Brand, Notifications, environment},
        page::{go_to, set_status},
        url::inside,
    },
};

#[component]
pub fn SignInPage() -> impl IntoView {
    let next = use_query_map().read_untracked().get("next").unwrap_or_default();
    if actor().is_some() {
        go_to(inside(&next));
    }
    let form_state = FormState::of::<SignIn>();
    view! {
        <Gate title="Sign in" lede="Use the address and password you were given.">
            <ActionForm<SignIn>>
                <input type="hidden" name="next" value=inside(&next).to_owned()/>
                <TextField about=About::new("email", "E-mail address").required() form_state=form_state.clone() kind="email" autocomplete="username"/>
                <TextField about=About::new("password", "Password").required() form_state=form_state kind="password" autocomplete="current-password"/>
                <Submit label="Sign in" progress="Signing in…"/>
            </ActionForm<SignIn>>
        </Gate>
    }
}

#[component]
pub fn SetUpPage() -> impl IntoView {
    let token = use_query_map().read_untracked().get("token").unwrap_or_default();
    let form_state = FormState::of::<SetUp>();
    view! {
        <Gate title="Set up Switchboard" lede="Create the first administrator. This link works once.">
            <ActionForm<SetUp>>
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
        </Gate>
    }
}

#[component]
fn Gate(title: &'static str, lede: &'static str, children: Children) -> impl IntoView {
    if let Some(refused) = use_context::<ActionFailure>() {
        set_status(status_of(refused.error.code));
    }
    view! {
        <Title text=format!("{title} · Switchboard")/>
        <main class="gate" id="main">
            <Brand/>
            <div class="card">
                <div>
                    <h1>{title}</h1>
                    <p class="lede">{lede}</p>
                </div>
                {children()}
            </div>
            <p class="where">
                <EnvironmentBadge environment=environment()/>
            </p>
        </main>
        <Notifications/>
    }
}
