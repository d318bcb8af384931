//! The team's tokens, the form for a new one, and its secret once.

use domain::{
    environment::Environment,
    error::UserError,
    operator::{ApiToken, Role},
};
use engine::access::tokens;
use leptos::prelude::*;
use strum::IntoEnumIterator;

use super::server_fns::{IssueToken, RevokeToken, RotateToken};
use crate::{
    authorize::in_scope,
    issued::{self, Issued, asked_for, shown_once},
    session::server_fns::session,
    ui::{
        badge::EnvironmentBadge,
        empty::Empty,
        field::{About, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        icon::KEY,
        layout::role_name,
        page::{PageContent, page},
        table::{DataTable, heads, unseen_head},
        time::{Shape, Time, now},
    },
};

pub const PATH: &str = "/settings/tokens";

#[component]
pub fn TokensPage() -> impl IntoView {
    page(read(asked_for()))
}

async fn read(issued: Option<String>) -> Result<PageContent, UserError> {
    let session = session().await?;
    let (tokens, issued) = in_scope(async move |scope| {
        let tokens = tokens::list(&scope).await?;
        // Last of all: it can be taken once.
        let issued = match issued {
            Some(id) => issued::take(scope.console(), &session, &id).await?,
            None => None,
        };
        Ok((tokens, issued))
    })
    .await?;
    Ok(PageContent::new("API tokens", body(tokens, issued)))
}

fn body(tokens: Vec<ApiToken>, issued: Option<Issued>) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1>"API tokens"</h1>
                <p class="lede">"Keys for programs: release pipelines, dashboards, your own services."</p>
            </div>
            <div class="buttons">
                <a class="button" href="/api/reference">
                    "API reference"
                </a>
            </div>
        </div>
        <div class="columns">
            <div class="stack">
                {issued.map(|Issued { name, secret }| {
                    shown_once(
                        format!("Token “{name}” is ready"),
                        "Copy it now. It is kept only as a hash and cannot be shown again.",
                        &secret,
                    )
                })}
                <div class="card table-box">
                    {if tokens.is_empty() {
                        view! { <Empty icon=KEY title="No tokens yet" text="Create one for each program that talks to this console, with the least role it needs."/> }
                            .into_any()
                    } else {
                        view! { <Tokens tokens=tokens/> }.into_any()
                    }}
                </div>
            </div>
            <NewToken/>
        </div>
    }
}

#[component]
fn NewToken() -> impl IntoView {
    let form_state = FormState::of::<IssueToken>();
    let roles = Role::iter().map(|role| (role.to_string(), role_name(role).to_owned())).collect();
    let ends =
        [("", "Never by itself"), ("1", "After a day"), ("7", "After a week"), ("30", "After 30 days"), ("90", "After 90 days"), ("365", "After a year")];
    let ends = ends.map(|(days, word)| (days.to_owned(), word.to_owned())).into();
    view! {
        <section class="card screen-only" aria-labelledby="new-token">
            <header>
                <h2 id="new-token">"New token"</h2>
            </header>
            <ActionForm<IssueToken>>
                <div class="form-section">
                    <TextField about=About::new("name", "Name").hint("What will use it.").required() form_state=form_state.clone()/>
                    <SelectField about=About::new("role", "Role").required() form_state=form_state.clone() value="viewer" choices=roles/>
                    <Environments form_state=form_state.clone()/>
                    <SelectField about=About::new("days", "Ends") form_state=form_state value="" choices=ends/>
                    <Submit label="Create token" progress="Creating…"/>
                </div>
            </ActionForm<IssueToken>>
        </section>
    }
}

#[component]
fn Environments(form_state: FormState) -> impl IntoView {
    let boxes = Environment::iter()
        .map(|environment| {
            let name: &'static str = environment.into();
            view! {
                <label class="choice">
                    <input type="checkbox" name="environments[]" value=name checked=form_state.chose("environments[]", name)/>
                    <EnvironmentBadge environment=environment/>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field" aria-describedby="environments-hint environments-error">
            <legend class="label">"Environments"</legend>
            <div class="choices">{boxes}</div>
            <p class="hint" id="environments-hint">"None chosen means all. One that is limited reads neither notifications nor errors, and nothing of other environments."</p>
            <p class="error" id="environments-error" data-error-for="environments">{form_state.error("environments")}</p>
        </fieldset>
    }
}

#[component]
fn Tokens(tokens: Vec<ApiToken>) -> impl IntoView {
    let mut heads = heads(["Name", "Begins with", "May", "Last used", "Ends"]);
    heads.push(unseen_head("Acts"));
    view! {
        <DataTable caption="Tokens" heads=heads>
            {tokens.into_iter().map(row).collect_view()}
        </DataTable>
    }
}

fn row(token: ApiToken) -> impl IntoView {
    let quiet = |text: &'static str| view! { <span class="quiet">{text}</span> }.into_any();
    let used = token.last_used_at.map_or_else(|| quiet("Never"), |at| view! { <Time at=at/> }.into_any());
    let ends = match token.reach.expires_at {
        None => quiet("Never"),
        Some(at) if now().is_some_and(|now| token.reach.has_ended(now)) => view! { "Expired " <Time at=at/> }.into_any(),
        Some(at) => view! { <Time at=at shape=Shape::Minute/> }.into_any(),
    };
    let rotating = token.previous_until.filter(|until| now().is_some_and(|now| *until > now));
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <strong>{token.name.clone()}</strong>
                {(!token.created_by.is_empty()).then(|| view! { <p class="quiet">{format!("by {}", token.created_by)}</p> })}
            </td>
            <td role="cell">
                <code>{format!("{}…", token.prefix)}</code>
                {rotating.map(|until| view! { <p class="quiet">"the one before until " <Time at=until shape=Shape::Minute/></p> })}
            </td>
            <td role="cell" data-label="May">
                {role_name(token.role)}
                {limits(&token)}
            </td>
            <td role="cell" data-label="Last used">
                {used}
            </td>
            <td role="cell" data-label="Ends">
                {ends}
            </td>
            <td role="cell" class="end">
                <Rotate token=token.clone()/>
                <Revoke token=token/>
            </td>
        </tr>
    }
}

/// What it may less than its role.
fn limits(token: &ApiToken) -> impl IntoView + use<> {
    let environments = token.reach.environments.clone().map(|some| {
        let some: Vec<_> = some.into_iter().map(|environment| environment.to_string()).collect();
        view! { <p class="quiet">{format!("in {}", some.join(", "))}</p> }
    });
    let permissions = token.reach.permissions.clone().map(|some| {
        let some: Vec<_> = some.into_iter().map(|permission| permission.to_string().replace('_', " ")).collect();
        view! { <p class="quiet">{format!("only {}", some.join(", "))}</p> }
    });
    view! {
        {environments}
        {permissions}
    }
}

#[component]
fn Rotate(token: ApiToken) -> impl IntoView {
    view! {
        <details class="ask" name="ask">
            <summary class="button small">"Rotate"</summary>
            <div class="ask-body">
                <h2>{format!("Give “{}” another secret?", token.name)}</h2>
                <ActionForm<RotateToken>>
                    <input type="hidden" name="id" value=token.id.to_string()/>
                    <label>
                        "The one it has goes on for "
                        <select class="select" name="grace_minutes">
                            <option value="60">"an hour"</option>
                            <option value="1440">"a day"</option>
                            <option value="10080">"a week"</option>
                            <option value="0">"no longer"</option>
                        </select>
                    </label>
                    <Submit label=format!("Rotate “{}”", token.name) progress="Rotating…"/>
                </ActionForm<RotateToken>>
            </div>
        </details>
    }
}

#[component]
fn Revoke(token: ApiToken) -> impl IntoView {
    view! {
        <details class="ask" name="ask">
            <summary class="button small danger">"Revoke"</summary>
            <div class="ask-body">
                <h2>{format!("Revoke “{}”?", token.name)}</h2>
                <p>"Programs that use it are refused from this moment, and so are tokens and invitations that were made with it."</p>
                <ActionForm<RevokeToken>>
                    <input type="hidden" name="id" value=token.id.to_string()/>
                    <Submit label=format!("Revoke “{}”", token.name) progress="Revoking…" class="danger primary"/>
                </ActionForm<RevokeToken>>
            </div>
        </details>
    }
}
