//! Every error that a person or program can meet: what it says, what to do next, whether trying again helps, and who can help.

use std::fmt::Write;

use domain::{
    error::{ErrorCode, UserError, contact::Contact},
    permission::Permission,
};
use leptos::prelude::*;

use super::{
    LIST,
    severity::{SeverityBadge, badge_style},
};
use crate::{
    authorize::{in_scope, may},
    status::status_of,
    ui::page::{PageContent, page},
};

pub const PATH: &str = "/operations/errors/catalogue";

/// The place of a code on the page, to which every problem links.
pub fn path_of(code: ErrorCode) -> String {
    format!("{PATH}#{code}")
}

#[component]
pub fn CataloguePage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    // For whoever is signed in.
    in_scope(async |_scope| Ok(())).await?;
    let content = PageContent::new("Catalogue of errors", body());
    Ok(if may(Permission::ReadErrors) { content.under("Errors", LIST) } else { content })
}

fn body() -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1>"Catalogue of errors"</h1>
                <p class="lede">"Every error that you or a program can meet here, and what to do next."</p>
            </div>
        </div>
        <div class="stack">{ErrorCode::catalogue().into_iter().map(entry).collect_view()}</div>
    }
}

fn entry(code: ErrorCode) -> impl IntoView {
    let text = code.text();
    let ask = code.contact().words().map(|words| view! { <dt>"Who can help"</dt><dd>{words}</dd> });
    view! {
        <section class="card" id=code.to_string() aria-label=code.title()>
            <header>
                <div>
                    <h2>{code.title()}</h2>
                    <p class="mono">{code.to_string()}</p>
                </div>
                <SeverityBadge severity=code.severity()/>
            </header>
            <div class="body">
                <p>{text.message}</p>
                <p>{text.remediation}</p>
                <dl class="facts-list">
                    <dt>"HTTP status"</dt>
                    <dd>{status_of(code).as_u16()}</dd>
                    <dt>"Trying again"</dt>
                    <dd>{retry(text.retryable)}</dd>
                    {ask}
                </dl>
            </div>
        </section>
    }
}

const fn retry(is_retryable: bool) -> &'static str {
    if is_retryable { "May help in a moment" } else { "Does not help by itself" }
}

/// All of it as Markdown, for the documentation.
pub fn markdown() -> String {
    let mut text = "# Errors\n\nWhat every error says, what to do next, and who can help. The console shows the same at `/operations/errors/catalogue`, to which the `Link` of each \
        `application/problem+json` leads.\n"
        .to_owned();
    for code in ErrorCode::catalogue() {
        let words = code.text();
        let ask = match code.contact() {
            Contact::Nobody => String::new(),
            contact => format!(" Who can help: {}.", contact.words().unwrap_or_default()),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n## `{code}`\n\n{} · HTTP {} · {}\n\n{} {}\n\nTrying again: {}.{ask}\n",
            code.title(),
            status_of(code).as_u16(),
            badge_style(code.severity()).0,
            words.message,
            words.remediation,
            retry(words.retryable).to_lowercase(),
        );
    }
    text
}
