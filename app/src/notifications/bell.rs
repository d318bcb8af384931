//! How many notifications the person has not read, in the header of every page. It carries how many incidents nobody has taken on, for the tab.

use domain::notification::Waiting;
use leptos::prelude::*;

use super::LIST;
use crate::ui::icon::{BELL, Icon};

/// More than this is told as more.
const COUNTED: i64 = 99;

#[component]
pub fn Bell(waiting: Waiting) -> impl IntoView {
    let Waiting { open_incidents, unread } = waiting;
    let told = if unread > COUNTED { format!("{COUNTED}+") } else { unread.to_string() };
    let name = if unread == 0 { "Notifications".to_owned() } else { format!("Notifications, {unread} unread") };
    view! {
        <a class="bell" id="bell" data-refresh="" data-open=open_incidents href=LIST aria-label=name>
            <Icon path=BELL/>
            {(unread > 0).then(|| view! { <span class="count">{told}</span> })}
        </a>
    }
}
