//! What the person has not read yet, on the overview.

use domain::notification::Notification;
use leptos::prelude::*;

use super::{LIST, line::line};

#[component]
pub fn Unread(notifications: Vec<Notification>) -> impl IntoView {
    (!notifications.is_empty()).then(|| {
        let lines = notifications.into_iter().map(line).collect_view();
        view! {
            <section class="card" aria-labelledby="unread">
                <header>
                    <h2 id="unread">"Unread"</h2>
                    <a class="small" href=LIST>
                        "All notifications"
                    </a>
                </header>
                <ul class="notifications">{lines}</ul>
            </section>
        }
    })
}
