//! `/settings/profile/second-factor`. Where the team demands one and the person has none, it is all of the console that they see.

use domain::{error::UserError, operator::Team, time::Timestamp};
use engine::access::{
    second_factor::{self, SecondFactor},
    teams,
};
use leptos::{either::Either, prelude::*};
use secrecy::{ExposeSecret, SecretString};

use super::{
    qr,
    server_fns::{BeginSecondFactor, ConfirmSecondFactor, RenewRecoveryCodes, SwitchOffSecondFactor},
};
use crate::{
    authorize::{actor, in_scope},
    issued::{self, Issued, asked_for},
    profile::{
        self,
        passkeys::{AddPasskey, Passkeys},
    },
    session::{
        SignedOutPage,
        passkey::are_taken,
        server_fns::{SignOut, SwitchTeam, session},
    },
    ui::{
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
        icon::{CIRCLE_CHECK, Icon},
        markup::IntoMarkup,
        page::{PageContent, page},
        time::{Shape, Time},
    },
};

const WHAT_IT_IS: &str = "With a second factor, your password alone signs nobody in: an app on your phone shows a code that changes every half minute.";

#[component]
pub fn SecondFactorPage() -> impl IntoView {
    let asked_for = asked_for();
    if actor().is_some_and(|actor| actor.owes_second_factor) {
        return Either::Left(Suspend::new(async move {
            let others = in_scope(async |scope| teams::others(&scope).await);
            match read(None).await {
                Ok(shown) => Either::Left(owed(shown, others.await.unwrap_or_default()).into_markup()),
                Err(error) => Either::Right(page(async { Err(error) })),
            }
        }));
    }
    Either::Right(page(async move {
        let shown = read(asked_for).await?;
        Ok(PageContent::new("Second factor", body(shown)).under("Profile", profile::PATH))
    }))
}

struct Shown {
    state: SecondFactor,
    passkeys: Passkeys,
    /// Recovery codes that were made just now.
    issued: Option<Issued>,
}

async fn read(issued: Option<String>) -> Result<Shown, UserError> {
    let session = session().await?;
    in_scope(async move |scope| {
        let state = second_factor::state(&scope).await?;
        let passkeys = Passkeys::read(&scope, &session).await?;
        // Last of all: they can be taken once.
        let issued = match issued {
            Some(id) => issued::take(scope.console(), &session, &id).await?,
            None => None,
        };
        Ok(Shown { state, passkeys, issued })
    })
    .await
}

/// Teams that demand no such thing are open all the same.
fn owed(shown: Shown, others: Vec<Team>) -> impl IntoView {
    let Shown { state, passkeys, .. } = shown;
    let switches = others.into_iter().map(|team| {
        view! {
            <ActionForm<SwitchTeam>>
                <input type="hidden" name="id" value=team.id.to_string()/>
                <Submit label=format!("Go to {}", team.name) progress="Switching…" class=""/>
            </ActionForm<SwitchTeam>>
        }
    });
    let switches = switches.collect_view();
    view! {
        <SignedOutPage title="Second factor" lede=format!("Your team demands a second factor of everyone. {WHAT_IT_IS}")>
            <SetUp state=state/>
            {are_taken()
                .then(|| {
                    view! {
                        <p class="or">"or sign in with a passkey from now on"</p>
                        <AddPasskey passkeys=passkeys/>
                    }
                })}
            {switches}
            <ActionForm<SignOut> signs_out=true>
                <Submit label="Sign out" progress="Signing out…" class=""/>
            </ActionForm<SignOut>>
        </SignedOutPage>
    }
}

fn body(shown: Shown) -> impl IntoView {
    let Shown { state, issued, .. } = shown;
    let may_change = matches!(state, SecondFactor::On { .. });
    view! {
        <div class="page-head">
            <div>
                <h1>"Second factor"</h1>
                <p class="lede">{WHAT_IT_IS}</p>
            </div>
        </div>
        <div class="columns">
            <div class="stack">
                {issued.map(|Issued { secret, .. }| codes_once(&secret))}
                {match state {
                    SecondFactor::On { since, codes_left } => is_on(since, codes_left).into_markup(),
                    other => setting_up(other).into_markup(),
                }}
            </div>
            {may_change.then(|| {
                view! {
                    <div class="stack screen-only">
                        <Renew/>
                        <SwitchOff/>
                    </div>
                }
            })}
        </div>
    }
}

fn setting_up(state: SecondFactor) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="set-up">
            <header>
                <h2 id="set-up">"Set it up"</h2>
            </header>
            <div class="body stack set-up">
                <SetUp state=state/>
            </div>
        </section>
    }
}

/// The password, then what the app needs and the code that it shows.
#[component]
fn SetUp(state: SecondFactor) -> impl IntoView {
    match state {
        SecondFactor::Begun { seed, address } => view! { <Confirm seed=seed address=address/> }.into_markup(),
        SecondFactor::Off | SecondFactor::On { .. } => view! { <Begin/> }.into_markup(),
    }
}

#[component]
fn Begin() -> impl IntoView {
    let form_state = FormState::of::<BeginSecondFactor>();
    view! {
        <ActionForm<BeginSecondFactor> class="stack">
            <TextField
                about=About::new("password", "Your password").hint("So that nobody else sets it up for you.").required()
                form_state=form_state
                kind="password"
                autocomplete="current-password"
            />
            <Submit label="Set up" progress="Setting up…"/>
        </ActionForm<BeginSecondFactor>>
    }
}

#[component]
fn Confirm(seed: SecretString, address: SecretString) -> impl IntoView {
    let form_state = FormState::of::<ConfirmSecondFactor>();
    let text = seed.expose_secret().to_owned();
    view! {
        <p>"Scan this with an app for such codes, or type the key into it."</p>
        {qr::drawn(&address, "QR code of the key")}
        <p class="secret-once">
            <code>{text.clone()}</code>
            <button type="button" class="button small needs-script" data-copy=text>
                "Copy"
            </button>
        </p>
        <ActionForm<ConfirmSecondFactor> class="stack">
            <TextField
                about=About::new("code", "The code that the app shows").hint("It holds from then on.").required()
                form_state=form_state
                autocomplete="one-time-code"
            />
            <Submit label="Confirm" progress="Confirming…"/>
        </ActionForm<ConfirmSecondFactor>>
    }
}

fn is_on(since: Timestamp, codes_left: i64) -> impl IntoView {
    view! {
        <div class="notice" role="status">
            <Icon path=CIRCLE_CHECK/>
            <p>"Your second factor is on since " <Time at=since shape=Shape::Minute/> ". " {left(codes_left)}</p>
        </div>
    }
}

/// How many recovery codes there are.
fn left(codes: i64) -> String {
    match codes {
        0 => "No recovery code is left: make new ones.".into(),
        1 => "One recovery code is left: make new ones.".into(),
        some => format!("{some} recovery codes are left."),
    }
}

#[component]
fn Renew() -> impl IntoView {
    let form_state = FormState::of::<RenewRecoveryCodes>();
    view! {
        <section class="card" aria-labelledby="renew">
            <header>
                <h2 id="renew">"Recovery codes"</h2>
            </header>
            <ActionForm<RenewRecoveryCodes>>
                <div class="form-section">
                    <TextField
                        about=About::new("code", "Code").hint("Of your app. The recovery codes that are left end, and you get ten new ones.").required()
                        form_state=form_state
                        autocomplete="one-time-code"
                    />
                    <Submit label="Make new codes" progress="Making…" class=""/>
                </div>
            </ActionForm<RenewRecoveryCodes>>
        </section>
    }
}

#[component]
fn SwitchOff() -> impl IntoView {
    let form_state = FormState::of::<SwitchOffSecondFactor>();
    view! {
        <section class="card" aria-labelledby="switch-off">
            <header>
                <h2 id="switch-off">"Switch it off"</h2>
            </header>
            <ActionForm<SwitchOffSecondFactor>>
                <div class="form-section">
                    <TextField
                        about=About::new("current_password", "Current password").required()
                        form_state=form_state.clone()
                        kind="password"
                        autocomplete="current-password"
                    />
                    <TextField
                        about=About::new("last_code", "Code of your app, or a recovery code").required()
                        form_state=form_state
                        autocomplete="one-time-code"
                    />
                    <Submit label="Switch off" progress="Switching off…" class="danger"/>
                </div>
            </ActionForm<SwitchOffSecondFactor>>
        </section>
    }
}

fn codes_once(codes: &SecretString) -> impl IntoView + use<> {
    let codes = codes.expose_secret().to_owned();
    let lines = codes.lines().map(|code| view! { <li><code>{code.to_owned()}</code></li> }).collect_view();
    view! {
        <section class="card" aria-labelledby="issued">
            <header>
                <h2 id="issued">
                    <Icon path=CIRCLE_CHECK/>
                    "Your recovery codes"
                </h2>
                <button type="button" class="button small needs-script" data-copy=codes>
                    "Copy"
                </button>
            </header>
            <div class="body stack">
                <p>"Keep them where you find them without your phone. Each signs you in once in place of a code, and they cannot be shown again."</p>
                <ul class="recovery-codes">{lines}</ul>
            </div>
        </section>
    }
}
