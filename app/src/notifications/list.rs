//! The team's newest notifications.

use domain::{error::UserError, notification::Notification, permission::Permission};
use engine::notify;
use leptos::prelude::*;

use super::{line::line, server_fns::ReadNotifications};
use crate::{
    authorize::{in_scope, may},
    ui::{
        empty::Empty,
        form::{ActionForm, Submit},
        icon::BELL,
        page::{PageContent, page},
    },
};

const SHOWN: u32 = 100;

#[component]
pub fn NotificationsPage() -> impl IntoView {
    page(read())
}

async fn read() -> Result<PageContent, UserError> {
    let (all, _) = in_scope(async |scope| notify::list(&scope, SHOWN, None).await).await?;
    Ok(PageContent::new("Notifications", body(all)))
}

fn body(all: Vec<Notification>) -> impl IntoView {
    let unread = all.iter().any(|notification| notification.read_at.is_none()) && may(Permission::MarkNotifications);
    let full = u32::try_from(all.len()).unwrap_or(u32::MAX) >= SHOWN;
    let none = all.is_empty();
    view! {
        <div class="page-head">
            <div>
                <h1>"Notifications"</h1>
                <p class="lede">"What the console tells this team of its own accord. What you have read is your own matter."</p>
            </div>
            <button type="button" class="button needs-script" data-tell="">"Tell me in this browser"</button>
            {unread
                .then(|| {
                    view! {
                        <ActionForm<ReadNotifications>>
                            <Submit label="Mark all as read" progress="Marking…" class=""/>
                        </ActionForm<ReadNotifications>>
                    }
                })}
        </div>
        <div class="card" id="notifications" data-refresh="">
            {none.then(|| view! { <Empty icon=BELL title="No notifications" text="When a connection fails or recovers, or diagnostics block, it is told here."/> })}
            <ul class="notifications">{all.into_iter().map(line).collect_view()}</ul>
            {full.then(|| view! { <p class="pager">{format!("The newest {SHOWN}.")}</p> })}
        </div>
    }
}
