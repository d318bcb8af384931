//! A correlation ID, and the ways from it to what is behind it.

use domain::{correlation_id::CorrelationId, permission::Permission};
use leptos::prelude::*;

use crate::authorize::may;

#[component]
pub fn Trace(id: CorrelationId, #[prop(default = "trace")] class: &'static str) -> impl IntoView {
    let record = may(Permission::ReadErrors).then(|| view! { <a class="button small plain" href=format!("/operations/errors/{id}")>"Open"</a> });
    view! {
        <p class=class>
            "Correlation ID " <code>{id.to_string()}</code>
            <button type="button" class="button small needs-script" data-copy=id.to_string()>
                "Copy ID"
            </button>
            {record}
        </p>
    }
}
