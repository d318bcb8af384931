//! Passkeys on one's profile, and where a team demands a second factor.

use domain::passkey::Passkey;
use engine::{
    OpsError, Scope,
    access::{
        passkeys::{self, PendingRegistration},
        second_factor::{self, SecondFactor},
    },
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::server_fns::{AddPasskey as Add, BeginPasskey, RemovePasskey};
use crate::{
    session::passkey::{PasskeyButton, are_taken, pending},
    ui::{
        field::{About, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        markup::IntoMarkup,
        table::{DataTable, heads},
        time::Time,
    },
};

/// How a person stands with passkeys.
pub struct Passkeys {
    own: Vec<Passkey>,
    /// The one that is being made.
    begun: Option<PendingRegistration>,
    /// They have a second factor.
    with_code: bool,
}

impl Passkeys {
    /// # Errors
    /// The session or the database could not be read.
    pub async fn read(scope: &Scope, session: &Session) -> Result<Self, OpsError> {
        let begun = pending::begun(scope.console(), session).await?;
        Ok(Self {
            own: passkeys::list(scope).await?,
            begun: begun.filter(|begun| begun.is_open(scope.actor().who, scope.console().clock.now())),
            with_code: matches!(second_factor::state(scope).await?, SecondFactor::On { .. }),
        })
    }
}

/// What there are, the way to another, and the way to remove one.
#[component]
pub fn PasskeyCards(passkeys: Passkeys) -> impl IntoView {
    let can_be_removed = !passkeys.own.is_empty();
    let removal = can_be_removed.then(|| {
        view! {
            <section class="card screen-only" aria-labelledby="remove-passkey">
                <header>
                    <h2 id="remove-passkey">"Remove a passkey"</h2>
                </header>
                <Remove passkeys=passkeys.own.clone() with_code=passkeys.with_code/>
            </section>
        }
    });
    view! {
        <section class="card table-box" aria-labelledby="passkeys">
            <header>
                <h2 id="passkeys">"Passkeys"</h2>
            </header>
            {if can_be_removed {
                view! { <Own passkeys=passkeys.own.clone()/> }.into_markup()
            } else {
                view! {
                    <div class="body">
                        <p>"You have none. A passkey signs you in without a password: with a fingerprint, your face or a PIN of your device."</p>
                    </div>
                }
                    .into_markup()
            }}
        </section>
        <section class="card screen-only" aria-labelledby="add-passkey">
            <header>
                <h2 id="add-passkey">"Add a passkey"</h2>
            </header>
            <div class="form-section">
                <AddPasskey passkeys=passkeys/>
            </div>
        </section>
        {removal}
    }
}

#[component]
fn Own(passkeys: Vec<Passkey>) -> impl IntoView {
    let rows = passkeys.into_iter().map(|Passkey { name, created_at, last_used_at, .. }| {
        let used = last_used_at.map_or_else(|| view! { <span class="quiet">"Never"</span> }.into_markup(), |at| view! { <Time at=at/> }.into_markup());
        view! {
            <tr role="row">
                <td role="cell" class="name">
                    <strong>{name}</strong>
                </td>
                <td role="cell" data-label="Added">
                    <Time at=created_at/>
                </td>
                <td role="cell" data-label="Last used">
                    {used}
                </td>
            </tr>
        }
    });
    view! {
        <DataTable caption="Passkeys" heads=heads(["Name", "Added", "Last used"])>
            {rows.collect_view()}
        </DataTable>
    }
}

/// The password, then what the browser makes; or why there can be none.
#[component]
pub fn AddPasskey(passkeys: Passkeys) -> impl IntoView {
    if !are_taken() {
        return view! {
            <p>
                "Browsers have passkeys only where the console is reached by its name over HTTPS. Whoever runs the server says where that is: "
                <code>"SWITCHBOARD_PUBLIC_URL"</code> "."
            </p>
        }
        .into_markup();
    }
    match passkeys.begun {
        Some(begun) => view! { <Make begun=begun/> }.into_markup(),
        None => view! { <Begin with_code=passkeys.with_code/> }.into_markup(),
    }
}

#[component]
fn Begin(with_code: bool) -> impl IntoView {
    let form_state = FormState::of::<BeginPasskey>();
    view! {
        <ActionForm<BeginPasskey> class="stack">
            <TextField about=About::new("passkey_name", "Name").hint("Such as that of the device.").required() form_state=form_state.clone()/>
            <TextField
                about=About::new("passkey_password", "Your password").hint("So that nobody else adds one.").required()
                form_state=form_state.clone()
                kind="password"
                autocomplete="current-password"
            />
            {with_code.then(|| code("passkey_code", form_state))}
            <Submit label="Add a passkey" progress="Adding…" class=""/>
        </ActionForm<BeginPasskey>>
    }
}

#[component]
fn Make(begun: PendingRegistration) -> impl IntoView {
    let form_state = FormState::of::<Add>();
    view! {
        <ActionForm<Add> class="stack">
            <p>{format!("Your browser makes “{}” now, and asks where to keep it.", begun.name)}</p>
            <PasskeyButton label="Make the passkey" class="primary" options=begun.options/>
            <p class="error" role="alert" data-error-for="answer">
                {form_state.error("answer")}
            </p>
        </ActionForm<Add>>
    }
}

#[component]
fn Remove(passkeys: Vec<Passkey>, with_code: bool) -> impl IntoView {
    let form_state = FormState::of::<RemovePasskey>();
    let first = passkeys.first().map(|passkey| passkey.id.to_string()).unwrap_or_default();
    let choices = passkeys.into_iter().map(|passkey| (passkey.id.to_string(), passkey.name)).collect();
    view! {
        <ActionForm<RemovePasskey>>
            <div class="form-section">
                <SelectField
                    about=About::new("removed", "Passkey").hint("Everything else that is signed in as you is signed out.").required()
                    form_state=form_state.clone()
                    value=first
                    choices=choices
                />
                <TextField
                    about=About::new("removal_password", "Your password").required()
                    form_state=form_state.clone()
                    kind="password"
                    autocomplete="current-password"
                />
                {with_code.then(|| code("removal_code", form_state))}
                <Submit label="Remove it" progress="Removing…" class="danger"/>
            </div>
        </ActionForm<RemovePasskey>>
    }
}

fn code(name: &'static str, form_state: FormState) -> impl IntoView {
    view! {
        <TextField
            about=About::new(name, "Code of your app, or a recovery code").required()
            form_state=form_state
            autocomplete="one-time-code"
        />
    }
}
