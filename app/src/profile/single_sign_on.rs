//! The identity provider on one's profile: whether the account is linked, and how it is.

use domain::error::UserError;
use engine::access::single_sign_on::{self as engine_sso, Offer};
use leptos::prelude::*;
use tower_sessions::Session;

use super::server_fns::LinkIdentity;
use crate::{
    authorize::in_scope,
    session::{
        server_fns::failed,
        single_sign_on::{NotLetIn, START, offer, provider},
    },
    ui::{
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
    },
};

/// How a person stands with the provider.
pub enum Standing {
    Linked,
    /// They proved there who they are, and have not said yet that it is to be linked.
    Offered(Offer),
    Unlinked,
}

impl Standing {
    /// Nothing where there is no provider.
    ///
    /// # Errors
    /// The session or the database could not be read.
    pub async fn read(session: &Session) -> Result<Option<Self>, UserError> {
        if provider().is_none() {
            return Ok(None);
        }
        if in_scope(async |scope| engine_sso::is_linked(&scope).await).await? {
            return Ok(Some(Self::Linked));
        }
        let offered = offer(session).await.map_err(failed)?;
        Ok(Some(offered.map_or(Self::Unlinked, Self::Offered)))
    }
}

#[component]
pub fn SingleSignOn(standing: Standing) -> impl IntoView {
    let name = provider().map(|provider| provider.settings().name.clone()).unwrap_or_default();
    let body = match standing {
        Standing::Linked => view! { <p>{format!("This account is linked: you sign in to it with {name}.")}</p> }.into_any(),
        Standing::Unlinked => view! {
            <p>{format!("Link this account to sign in to it with {name}. What your groups there say of you then holds here, from the next time on.")}</p>
            <div class="buttons">
                <a class="button" href=format!("{START}?link=this")>
                    {format!("Link to {name}")}
                </a>
            </div>
        }
        .into_any(),
        Standing::Offered(offer) => view! { <Link name=name offer=offer/> }.into_any(),
    };
    view! {
        <section class="card screen-only" aria-labelledby="single-sign-on">
            <header>
                <h2 id="single-sign-on">"Single sign-on"</h2>
            </header>
            <div class="form-section">
                <NotLetIn/>
                {body}
            </div>
        </section>
    }
}

#[component]
fn Link(name: String, offer: Offer) -> impl IntoView {
    let form_state = FormState::of::<LinkIdentity>();
    view! {
        <ActionForm<LinkIdentity> class="stack">
            <p>{format!("At {name} you are {}. Whoever signs in as that there, comes into this account.", offer.email)}</p>
            <TextField
                about=About::new("account_password", "Your password here").required()
                form_state=form_state
                kind="password"
                autocomplete="current-password"
            />
            <Submit label="Link" progress="Linking…"/>
        </ActionForm<LinkIdentity>>
    }
}
