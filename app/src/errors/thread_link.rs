//! A correlation ID as it stands in a page: the way to everything under it, for whoever may read that.

use domain::permission::Permission;
use leptos::prelude::*;

use super::LIST;
use crate::{authorize::may, ui::markup::IntoMarkup};

#[component]
pub fn ThreadLink(#[prop(into)] id: String) -> impl IntoView {
    if may(Permission::ReadErrors) {
        let path = format!("{LIST}/{id}");
        view! { <a href=path><code>{id}</code></a> }.into_markup()
    } else {
        view! { <code>{id}</code> }.into_markup()
    }
}
