//! `/settings/tokens/{id}`: changes what a token is called and how far it goes.

use domain::{
    error::{ErrorCode, UserError},
    ids::ApiTokenId,
    operator::ApiToken,
};
use engine::access::tokens;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::{PATH, fields::Fields, server_fns::EditToken};
use crate::{
    authorize::in_scope,
    ui::{
        form::{ActionForm, FormState, Submit},
        page::{PageContent, page},
        time::Time,
    },
};

#[component]
pub fn EditTokenPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<ApiTokenId>) -> Result<PageContent, UserError> {
    let token = in_scope(async move |scope| tokens::get(&scope, id.ok_or(ErrorCode::TokenNotFound)?).await).await?;
    Ok(PageContent::new(token.name.clone(), body(token)).under("API tokens", PATH))
}

fn body(token: ApiToken) -> impl IntoView {
    let form_state = FormState::of::<EditToken>();
    let ApiToken { id, name, created_by, created_at, .. } = token.clone();
    let by = if created_by.is_empty() { String::new() } else { format!("by {created_by} ") };
    view! {
        <div class="page-head">
            <div>
                <h1>{name}</h1>
                <p class="lede">{format!("Made {by}")} <Time at=created_at/> ". Its secret stays as it is."</p>
            </div>
        </div>
        <section class="card" aria-labelledby="edit-token">
            <header>
                <h2 id="edit-token">"How far it goes"</h2>
            </header>
            <ActionForm<EditToken>>
                <div class="form-section">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <Fields form_state=form_state token=Some(token)/>
                    <p class="hint">"It holds from the next request on. Tokens and invitations that were made with it, and go further than it now does, end."</p>
                    <div class="buttons">
                        <Submit label="Save" progress="Saving…"/>
                        <a class="button" href=PATH>
                            "Cancel"
                        </a>
                    </div>
                </div>
            </ActionForm<EditToken>>
        </section>
    }
}
