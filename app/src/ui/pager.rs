//! Steps through a long list; the page number is part of the address.

use leptos::prelude::*;

#[component]
pub fn Pager(
    /// 1-based.
    page: u32,
    per_page: u32,
    total: i64,
    /// The address of a page.
    href: impl Fn(u32) -> String,
) -> impl IntoView {
    let first = i64::from(page - 1) * i64::from(per_page) + 1;
    let last = total.min(i64::from(page) * i64::from(per_page));
    let link = |to: u32, text: &'static str, rel: &'static str| view! { <a class="button small" rel=rel href=href(to)>{text}</a> };
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{format!("{first}–{last} of {total}")}</span>
            <span class="buttons">
                {(page > 1).then(|| link(page - 1, "Previous", "prev"))}
                {(last < total).then(|| link(page + 1, "Next", "next"))}
            </span>
        </nav>
    }
}
