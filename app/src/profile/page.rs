//! `/settings/profile`.

use domain::{
    error::{ErrorCode, UserError},
    operator::{Actor, Team},
};
use engine::access::{
    profile::{self, PersonSession},
    second_factor::{self, SecondFactor},
    teams,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    passkeys::{PasskeyCards, Passkeys},
    server_fns::{ChangePassword, EndSession, LeaveTeam, SignOutEverywhere},
    single_sign_on::{LinkState, SingleSignOn},
};
use crate::{
    authorize::{actor, in_scope},
    session::{server_fns::session, single_sign_on::takes_passwords},
    ui::{
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
        icon::{CIRCLE_CHECK, Icon},
        page::{PageContent, page},
        role::role_name,
        table::{DataTable, heads, unseen_head},
        time::Time,
    },
};

#[component]
pub fn ProfilePage() -> impl IntoView {
    let changed = use_query_map().read_untracked().get("changed").is_some();
    page(read(changed))
}

async fn read(changed: bool) -> Result<PageContent, UserError> {
    let person = actor().ok_or_else(|| UserError::new(ErrorCode::SignInRequired, None))?;
    let session = session().await?;
    let current = session.id().map(|id| id.to_string());
    let own = session.clone();
    let shown = in_scope(async move |scope| {
        Ok(Shown {
            sessions: profile::sessions(&scope, current.as_deref()).await?,
            team: teams::get(&scope, scope.actor().team).await?,
            second_factor: second_factor::state(&scope).await?,
            passkeys: Passkeys::read(&scope, &own).await?,
        })
    })
    .await?;
    let link = LinkState::read(&session).await?;
    Ok(PageContent::new("Profile", body(&person, shown, changed, link)))
}

struct Shown {
    sessions: Vec<PersonSession>,
    team: Team,
    second_factor: SecondFactor,
    passkeys: Passkeys,
}

fn body(person: &Actor, shown: Shown, changed: bool, link: Option<LinkState>) -> impl IntoView + use<> {
    let Shown { sessions, team, second_factor, passkeys } = shown;
    view! {
        <div class="page-head">
            <div>
                <h1>{person.name.clone()}</h1>
                <p class="lede">{format!("{} of {}", role_name(person.role), team.name)}</p>
            </div>
        </div>
        <div class="columns">
            <div class="stack">
                {changed.then(|| {
                    view! {
                        <div class="notice" role="status">
                            <Icon path=CIRCLE_CHECK/>
                            <p>"Your password is changed. Everything else that was signed in as you is signed out."</p>
                        </div>
                    }
                })}
                <section class="card table-box" aria-label="Sessions">
                    <Sessions sessions=sessions/>
                </section>
                <Leaving team=team/>
            </div>
            <div class="stack screen-only">
                {takes_passwords().then(|| view! { <Password/> })} {second_factor_card(&second_factor)}
                {takes_passwords().then(|| view! { <PasskeyCards passkeys=passkeys/> })}
                {link.map(|link| view! { <SingleSignOn link=link/> })}
            </div>
        </div>
    }
}

fn second_factor_card(state: &SecondFactor) -> impl IntoView + use<> {
    let (told, leads_to) = match state {
        SecondFactor::On { codes_left: 0..=2, .. } => ("It is on. Few recovery codes are left.", "Make new ones"),
        SecondFactor::On { .. } => ("It is on: your password alone signs nobody in.", "Change it"),
        SecondFactor::Off | SecondFactor::Begun { .. } => ("It is off: your password alone signs you in.", "Set it up"),
    };
    view! {
        <section class="card" aria-labelledby="second-factor">
            <header>
                <h2 id="second-factor">"Second factor"</h2>
            </header>
            <div class="body stack">
                <p>{told}</p>
                <a class="button" href=super::SECOND_FACTOR>
                    {leads_to}
                </a>
            </div>
        </section>
    }
}

#[component]
fn Sessions(sessions: Vec<PersonSession>) -> impl IntoView {
    let mut heads = heads(["Session", "Team", "From", "Begun", "Last seen"]);
    heads.push(unseen_head("Acts"));
    view! {
        <DataTable caption="Sessions" heads=heads>
            {sessions.into_iter().map(row).collect_view()}
        </DataTable>
    }
}

fn row(session: PersonSession) -> impl IntoView {
    let PersonSession { key, team, begun_at, seen_at, address, browser, is_current } = session;
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <strong>{browser.unwrap_or_else(|| "A program".to_owned())}</strong>
                {is_current.then(|| view! { <p class="quiet">"this one"</p> })}
            </td>
            <td role="cell" data-label="Team">
                {team}
            </td>
            <td role="cell" data-label="From">
                {address.unwrap_or_else(|| "not known".to_owned())}
            </td>
            <td role="cell" data-label="Begun">
                <Time at=begun_at/>
            </td>
            <td role="cell" data-label="Last seen">
                <Time at=seen_at.unwrap_or(begun_at)/>
            </td>
            <td role="cell" class="end">
                {(!is_current)
                    .then(|| {
                        view! {
                            <ActionForm<EndSession>>
                                <input type="hidden" name="key" value=key/>
                                <Submit label="Sign out" progress="Signing out…" class="small"/>
                            </ActionForm<EndSession>>
                        }
                    })}
            </td>
        </tr>
    }
}

#[component]
fn Leaving(team: Team) -> impl IntoView {
    view! {
        <div class="buttons screen-only">
            <details class="ask" name="ask">
                <summary class="button danger">"Sign out everywhere"</summary>
                <div class="ask-body">
                    <h2>"Sign out everywhere?"</h2>
                    <p>"Every session of yours ends at once, this one too."</p>
                    <ActionForm<SignOutEverywhere>>
                        <Submit label="Sign out everywhere" progress="Signing out…" class="danger primary"/>
                    </ActionForm<SignOutEverywhere>>
                </div>
            </details>
            <details class="ask" name="ask">
                <summary class="button danger">"Leave the team"</summary>
                <div class="ask-body">
                    <h2>{format!("Leave {}?", team.name)}</h2>
                    <p>"You are signed out, and the tokens you made in it are revoked. Only an administrator can invite you again."</p>
                    <ActionForm<LeaveTeam>>
                        <Submit label=format!("Leave {}", team.name) progress="Leaving…" class="danger primary"/>
                    </ActionForm<LeaveTeam>>
                </div>
            </details>
        </div>
    }
}

#[component]
fn Password() -> impl IntoView {
    let form_state = FormState::of::<ChangePassword>();
    view! {
        <section class="card" aria-labelledby="change-password">
            <header>
                <h2 id="change-password">"Password"</h2>
            </header>
            <ActionForm<ChangePassword>>
                <div class="form-section">
                    <TextField
                        about=About::new("current_password", "Current password").required()
                        form_state=form_state.clone()
                        kind="password"
                        autocomplete="current-password"
                    />
                    <TextField
                        about=About::new("password", "New password").hint("At least 10 characters. Everything else that is signed in as you is signed out.").required()
                        form_state=form_state
                        kind="password"
                        autocomplete="new-password"
                    />
                    <Submit label="Change password" progress="Changing…"/>
                </div>
            </ActionForm<ChangePassword>>
        </section>
    }
}
