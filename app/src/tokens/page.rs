//! The team's tokens, the form for a new one, and its secret once.

use domain::{
    error::UserError,
    ids::ApiTokenId,
    operator::{ApiToken, Role},
};
use engine::access;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use secrecy::ExposeSecret;
use strum::IntoEnumIterator;

use super::{
    issued::{Issued, take},
    server_fns::{IssueToken, RevokeToken},
};
use crate::{
    authorize::in_scope,
    session::server_fns::session,
    ui::{
        empty::Empty,
        field::{About, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        icon::{CIRCLE_CHECK, Icon, KEY},
        layout::role_name,
        page::{PageContent, page},
        table::{DataTable, heads, unseen_head},
        time::Time,
    },
};

pub const PATH: &str = "/settings/tokens";
/// Names the token that was just made, in the query.
const ISSUED: &str = "issued";

#[component]
pub fn TokensPage() -> impl IntoView {
    let issued = use_query_map().read_untracked().get(ISSUED).and_then(|id| id.parse().ok());
    page(read(issued))
}

/// Where the secret of a new token is shown.
pub fn path_of_issued(id: ApiTokenId) -> String {
    format!("{PATH}?{ISSUED}={id}")
}

async fn read(issued: Option<ApiTokenId>) -> Result<PageContent, UserError> {
    let session = session().await?;
    let (tokens, issued) = in_scope(async move |scope| {
        let tokens = access::tokens(&scope).await?;
        // Last of all: it can be taken once.
        let issued = match issued {
            Some(id) => take(scope.console(), &session, id).await?,
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
        </div>
        <div class="columns">
            <div class="stack">
                {issued.map(shown_once)}
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

fn shown_once(issued: Issued) -> impl IntoView {
    let secret = issued.secret.expose_secret().to_owned();
    view! {
        <section class="card" aria-labelledby="issued">
            <header>
                <h2 id="issued">
                    <Icon path=CIRCLE_CHECK/>
                    {format!("Token “{}” is ready", issued.name)}
                </h2>
            </header>
            <div class="body stack">
                <p>"Copy it now. It is kept only as a hash and cannot be shown again."</p>
                <p class="secret-once">
                    <code>{secret.clone()}</code>
                    <button type="button" class="button small needs-script" data-copy=secret>
                        "Copy"
                    </button>
                </p>
            </div>
        </section>
    }
}

#[component]
fn NewToken() -> impl IntoView {
    let form_state = FormState::of::<IssueToken>();
    let roles = Role::iter().map(|role| (role.to_string(), role_name(role).to_owned())).collect();
    view! {
        <section class="card screen-only" aria-labelledby="new-token">
            <header>
                <h2 id="new-token">"New token"</h2>
            </header>
            <ActionForm<IssueToken>>
                <div class="form-section">
                    <TextField about=About::new("name", "Name").hint("What will use it.").required() form_state=form_state.clone()/>
                    <SelectField about=About::new("role", "Role").required() form_state=form_state value="viewer" choices=roles/>
                    <Submit label="Create token" progress="Creating…"/>
                </div>
            </ActionForm<IssueToken>>
        </section>
    }
}

#[component]
fn Tokens(tokens: Vec<ApiToken>) -> impl IntoView {
    let mut heads = heads(["Name", "Begins with", "Role", "Last used"]);
    heads.push(unseen_head("Acts"));
    view! {
        <DataTable caption="Tokens" heads=heads>
            {tokens.into_iter().map(row).collect_view()}
        </DataTable>
    }
}

fn row(token: ApiToken) -> impl IntoView {
    let used = token.last_used_at.map_or_else(|| view! { <span class="quiet">"Never"</span> }.into_any(), |at| view! { <Time at=at/> }.into_any());
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <strong>{token.name.clone()}</strong>
            </td>
            <td role="cell">
                <code>{format!("{}…", token.prefix)}</code>
            </td>
            <td role="cell" data-label="Role">
                {role_name(token.role)}
            </td>
            <td role="cell" data-label="Last used">
                {used}
            </td>
            <td role="cell" class="end">
                <details class="ask" name="ask">
                    <summary class="button small danger">"Revoke"</summary>
                    <div class="ask-body">
                        <h2>{format!("Revoke “{}”?", token.name)}</h2>
                        <p>"Programs that use it are refused from this moment."</p>
                        <ActionForm<RevokeToken>>
                            <input type="hidden" name="id" value=token.id.to_string()/>
                            <Submit label=format!("Revoke “{}”", token.name) progress="Revoking…" class="danger primary"/>
                        </ActionForm<RevokeToken>>
                    </div>
                </details>
            </td>
        </tr>
    }
}
