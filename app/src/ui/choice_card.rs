//! One of several sorts that something new may be, where a person chooses.

use leptos::prelude::*;

use super::icon::Icon;

#[component]
pub fn ChoiceCard(
    /// Where its form is.
    href: String,
    icon: Icon,
    title: &'static str,
    /// One line.
    summary: &'static str,
) -> impl IntoView {
    view! {
        <li>
            <a href=href>
                <Icon path=icon/>
                <strong>{title}</strong>
                <p>{summary}</p>
            </a>
        </li>
    }
}
