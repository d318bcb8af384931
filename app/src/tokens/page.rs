//! The team's tokens, the form for a new one, and its secret once.

use domain::{error::UserError, operator::ApiToken};
use engine::access::tokens;
use leptos::prelude::*;

use super::{
    PATH,
    fields::Fields,
    permissions::words,
    server_fns::{IssueToken, RevokeToken, RotateToken},
};
use crate::{
    authorize::in_scope,
    issued::{self, Issued, asked_for, shown_once},
    session::server_fns::session,
    ui::{
        empty::Empty,
        form::{ActionForm, FormState, Submit},
        icon::KEY,
        markup::IntoMarkup,
        page::{PageContent, page},
        role::role_name,
        table::{DataTable, heads, unseen_head},
        time::{Shape, Time, now},
    },
};

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
                {issued.map(|Issued { name, secret, .. }| {
                    shown_once(
                        format!("Token “{name}” is ready"),
                        "Copy it now. It is kept only as a hash and cannot be shown again.".into(),
                        &secret,
                    )
                })}
                <div class="card table-box">
                    {if tokens.is_empty() {
                        view! { <Empty icon=KEY title="No tokens yet" text="Create one for each program that talks to this console, with the least role it needs."/> }
                            .into_markup()
                    } else {
                        view! { <Tokens tokens=tokens/> }.into_markup()
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
    view! {
        <section class="card screen-only" aria-labelledby="new-token">
            <header>
                <h2 id="new-token">"New token"</h2>
            </header>
            <ActionForm<IssueToken>>
                <div class="form-section">
                    <Fields form_state=form_state token=None/>
                    <Submit label="Create token" progress="Creating…"/>
                </div>
            </ActionForm<IssueToken>>
        </section>
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
    let quiet = |text: &'static str| view! { <span class="quiet">{text}</span> }.into_markup();
    let used = token.last_used_at.map_or_else(|| quiet("Never"), |at| view! { <Time at=at/> }.into_markup());
    let ends = match token.limits.expires_at {
        None => quiet("Never"),
        Some(at) if now().is_some_and(|now| token.limits.has_ended(now)) => view! { "Expired " <Time at=at/> }.into_markup(),
        Some(at) => view! { <Time at=at shape=Shape::Minute/> }.into_markup(),
    };
    let rotating = token.previous_until.filter(|until| now().is_some_and(|now| *until > now));
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <strong>{token.name.clone()}</strong>
                <p class="quiet">
                    {if token.created_by.is_empty() { "made ".to_owned() } else { format!("by {}, ", token.created_by) }} <Time at=token.created_at/>
                </p>
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
                <div class="buttons">
                    <a class="button small" href=format!("{PATH}/{}", token.id)>
                        "Edit" <span class="unseen">{format!(" “{}”", token.name)}</span>
                    </a>
                    <Rotate token=token.clone()/>
                    <Revoke token=token/>
                </div>
            </td>
        </tr>
    }
}

/// What it may less than its role.
fn limits(token: &ApiToken) -> impl IntoView + use<> {
    let environments = token.limits.environments.clone().map(|some| {
        let some: Vec<_> = some.into_iter().map(|environment| environment.to_string()).collect();
        view! { <p class="quiet">{format!("in {}", some.join(", "))}</p> }
    });
    let permissions = token.limits.permissions.clone().map(|some| {
        let some: Vec<_> = some.into_iter().map(words).collect();
        view! { <p class="quiet">{format!("only: {}", some.join("; "))}</p> }
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
