//! The identity provider on one's profile: whether the account is linked, and how it is.

use domain::{error::UserError, operator::LinkedIdentity};
use engine::access::{
    second_factor::{self, SecondFactor},
    single_sign_on::{self as engine_sso, Offer},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::server_fns::{LinkIdentity, UnlinkIdentity};
use crate::{
    authorize::in_scope,
    session::single_sign_on::{NotLetIn, START, offer, provider, takes_passwords},
    ui::{
        field::{About, TextField},
        form::{ActionForm, FormState, Submit},
        markup::IntoMarkup,
        time::Time,
    },
};

/// How a person stands with the provider.
pub enum LinkState {
    Linked(LinkedIdentity),
    /// They proved there who they are, and have not said yet that it is to be linked.
    Offered {
        offer: Offer,
        /// They have a second factor.
        with_code: bool,
    },
    Unlinked,
}

impl LinkState {
    /// Nothing where there is no provider.
    ///
    /// # Errors
    /// The session or the database could not be read.
    pub async fn read(session: &Session) -> Result<Option<Self>, UserError> {
        if provider().is_none() {
            return Ok(None);
        }
        let session = session.clone();
        let read = in_scope(async move |scope| {
            if let Some(identity) = engine_sso::linked(&scope).await? {
                return Ok(Self::Linked(identity));
            }
            let offered = offer(scope.console(), &session).await?;
            Ok(match offered.filter(|offer| offer.is_open(scope.actor().who, scope.console().clock.now())) {
                Some(offer) => Self::Offered { offer, with_code: matches!(second_factor::state(&scope).await?, SecondFactor::On { .. }) },
                None => Self::Unlinked,
            })
        });
        Ok(Some(read.await?))
    }
}

#[component]
pub fn SingleSignOn(link: LinkState) -> impl IntoView {
    let name = provider().map(|provider| provider.settings().name.clone()).unwrap_or_default();
    let body = match link {
        LinkState::Linked(identity) => view! { <Linked name=name identity=identity/> }.into_markup(),
        LinkState::Unlinked => view! {
            <p>{format!("Link this account to sign in to it with {name}. What your groups there say of you then holds here, from the next time on.")}</p>
            <div class="buttons">
                <a class="button" href=format!("{START}?link=this")>
                    {format!("Link to {name}")}
                </a>
            </div>
        }
        .into_markup(),
        LinkState::Offered { offer, with_code } => view! { <Link name=name offer=offer with_code=with_code/> }.into_markup(),
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
fn Linked(name: String, identity: LinkedIdentity) -> impl IntoView {
    let LinkedIdentity { issuer, subject, created_at } = identity;
    let form_state = FormState::of::<UnlinkIdentity>();
    view! {
        <p>{format!("This account is linked: you sign in to it with {name}.")}</p>
        <p class="quiet">{format!("As {subject} of {issuer}, since ")} <Time at=created_at/> "."</p>
        {takes_passwords()
            .then(|| {
                view! {
                    <ActionForm<UnlinkIdentity> class="stack">
                        <TextField
                            about=About::new("unlink_password", "Your password")
                                .hint("If you have none, whoever runs the server gives you one, which unlinks the account too.")
                                .required()
                            form_state=form_state
                            kind="password"
                            autocomplete="current-password"
                        />
                        <Submit label="Unlink" progress="Unlinking…" class="danger"/>
                    </ActionForm<UnlinkIdentity>>
                }
            })}
    }
}

#[component]
fn Link(name: String, offer: Offer, with_code: bool) -> impl IntoView {
    let form_state = FormState::of::<LinkIdentity>();
    view! {
        <ActionForm<LinkIdentity> class="stack">
            <p>{format!("At {name} you are {}. Whoever signs in as that there, comes into this account.", offer.email)}</p>
            <TextField
                about=About::new("account_password", "Your password here").required()
                form_state=form_state.clone()
                kind="password"
                autocomplete="current-password"
            />
            {with_code
                .then(|| {
                    view! {
                        <TextField
                            about=About::new("account_code", "Code of your app, or a recovery code").required()
                            form_state=form_state
                            autocomplete="one-time-code"
                        />
                    }
                })}
            <Submit label="Link" progress="Linking…"/>
        </ActionForm<LinkIdentity>>
    }
}
