//! Runs what a page reads and shows what came of it: the page, the way to sign in, or what went wrong.

use std::pin::Pin;

use axum::http::{HeaderValue, StatusCode, header};
use domain::error::{ErrorCode, UserError};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::{
    again::Again,
    draft::Unsent,
    empty::Empty,
    icon::{ALERT, LOCK, SEARCH},
    layout::{Crumb, Frame},
    markup::{IntoMarkup, Markup},
    toast::AGAIN,
    trace::Trace,
    url::{here, query},
};
use crate::{
    form_outcome::{ActionFailure, Refusal},
    status::status_of,
};

/// A page that was read.
pub struct PageContent {
    pub title: String,
    pub crumbs: Vec<Crumb>,
    pub body: Markup,
}

impl PageContent {
    pub fn new(title: impl Into<String>, body: impl IntoView + 'static) -> Self {
        Self { title: title.into(), crumbs: Vec::new(), body: body.into_markup() }
    }

    #[must_use]
    pub fn under(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.crumbs.push((name.into(), path.into()));
        self
    }
}

/// Routes are rendered whole (`SsrMode::Async`), so waiting here delays nothing but keeps pages working without script.
pub fn page(reading: impl Future<Output = Result<PageContent, UserError>> + Send + 'static) -> impl IntoView {
    shown(Box::pin(reading))
}

fn shown(reading: Pin<Box<dyn Future<Output = Result<PageContent, UserError>> + Send>>) -> impl IntoView {
    Suspend::new(async move {
        match reading.await {
            Ok(content) => {
                if let Some(error) = use_context::<ActionFailure>().and_then(|refused| refused.error) {
                    set_status(status_of(error.code));
                }
                view! {
                    <Frame title=content.title crumbs=content.crumbs>
                        <Unsent/>
                        {content.body}
                    </Frame>
                }
                .into_markup()
            }
            Err(error) if error.code == ErrorCode::SignInRequired => {
                go_to(&sign_in());
                ().into_markup()
            }
            Err(error) => view! { <Failed error=error/> }.into_markup(),
        }
    })
}

/// The way to sign in and come back.
fn sign_in() -> String {
    format!("/sign-in{}", query([("next", here().as_str())]))
}

/// For an address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    view! { <Failed error=UserError::new(ErrorCode::RouteNotFound, None)/> }
}

/// In place of every page, what keeps the request from it.
#[component]
pub fn Refused(refusal: Refusal) -> impl IntoView {
    view! { <Failed error=refusal.0/> }
}

#[component]
fn Failed(error: UserError) -> impl IntoView {
    let status = status_of(error.code);
    set_status(status);
    let (title, icon) = match status {
        StatusCode::NOT_FOUND => ("Not found", SEARCH),
        StatusCode::FORBIDDEN => ("Not allowed", LOCK),
        _ => ("Something failed", ALERT),
    };
    let contact = error.contact().map(|contact| view! { <p class="trace">{format!("Who can help: {contact}")}</p> });
    // Where the page of a refused form fails, a toast tells of the form.
    let posted = use_context::<ActionFailure>().filter(|failure| failure.may_be_sent_again() && use_context::<Refusal>().is_some());
    let act = match &posted {
        Some(_) => view! { <button type="submit" form=AGAIN class="button primary">"Try again"</button> }.into_markup(),
        None if error.code == ErrorCode::SignInRequired => view! { <a class="button primary" href=sign_in()>"Sign in"</a> }.into_markup(),
        None => error.retryable.then(|| view! { <a class="button primary" href=here()>"Try again"</a> }).into_markup(),
    };
    view! {
        <Frame title=title.to_owned()>
            <div class="card">
                <Empty alone=true icon=icon title=error.message() text=error.remediation()>
                    {act}
                    <a class="button" href="/">"Open the overview"</a>
                </Empty>
                {contact}
                {error.correlation_id.map(|id| view! { <Trace id=id/> })}
                {posted.map(|failure| view! { <Again failure=failure/> })}
            </div>
        </Frame>
    }
}

pub fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// Answers with a redirect instead of the page.
pub fn go_to(path: &str) {
    if let (Some(response), Ok(location)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path)) {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(header::LOCATION, location);
    }
}
