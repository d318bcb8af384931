//! One notification.

use domain::{notification::Notification, permission::Permission, severity::Severity};
use leptos::prelude::*;

use super::server_fns::ReadNotification;
use crate::{
    authorize::may,
    diagnostics, incidents,
    ui::{
        badge::Badge,
        form::{ActionForm, Submit},
        icon::{ALERT, CROSS, DASH, EXCLAMATION},
        markup::IntoMarkup,
        time::Time,
    },
};

pub fn line(notification: Notification) -> impl IntoView {
    let (word, icon, tone) = match notification.severity {
        Severity::Info => ("For information", DASH, "note"),
        Severity::Warning => ("Warning", EXCLAMATION, "warn"),
        Severity::Error => ("Error", CROSS, "bad"),
        Severity::Critical => ("Critical", ALERT, "bad"),
    };
    let unread = notification.read_at.is_none();
    let about = notification.incident_id.map(incidents::path_of).or_else(|| notification.run_id.map(diagnostics::path_of));
    let title = match about {
        Some(path) => view! { <a href=path>{notification.title}</a> }.into_markup(),
        None => notification.title.into_markup(),
    };
    let lines = notification.body.lines().map(|line| view! { <p>{line.to_owned()}</p> }).collect_view();
    let read = (unread && may(Permission::MarkNotifications)).then(|| {
        view! {
            <ActionForm<ReadNotification>>
                <input type="hidden" name="id" value=notification.id.to_string()/>
                <Submit label="Mark as read" progress="Marking…" class="small"/>
            </ActionForm<ReadNotification>>
        }
    });
    view! {
        <li class=if unread { tone } else { "read" }>
            <Badge badge_style=(word, icon, if unread { tone } else { "idle" })/>
            <div class="told">
                <strong>{title}</strong>
                {lines}
            </div>
            <div class="when">
                <Time at=notification.created_at/>
                {read}
            </div>
        </li>
    }
}
