//! Runs what a page reads and shows what came of it: the page, the way to sign in, or what went wrong.

use std::pin::Pin;

use axum::http::{HeaderValue, StatusCode, header};
use domain::error::{ErrorCode, UserError};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::{
    draft::Unsent,
    empty::Empty,
    icon::{ALERT, LOCK, SEARCH},
    layout::{Crumb, Frame},
    markup::{IntoMarkup, Markup},
    url::{here, query},
};
use crate::{form_outcome::ActionFailure, status::status_of};

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
                go_to(&format!("/sign-in{}", query([("next", here().as_str())])));
                ().into_markup()
            }
            Err(error) => view! { <Failed error=error/> }.into_markup(),
        }
    })
}

/// For an address that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    view! { <Failed error=UserError::new(ErrorCode::RouteNotFound, None)/> }
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
    // A page that is not there needs no thread to pull; a fault does.
    let id = error.correlation_id.filter(|_| status.is_server_error());
    view! {
        <Frame title=title.to_owned()>
            <div class="card">
                <Empty alone=true icon=icon title=error.message text=error.remediation>
                    {error.retryable.then(|| view! { <a class="button primary" href=here()>"Try again"</a> })}
                    <a class="button" href="/">"Open the overview"</a>
                </Empty>
                {id.map(|id| view! { <p class="trace">"Correlation ID "<code>{id.to_string()}</code></p> })}
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
