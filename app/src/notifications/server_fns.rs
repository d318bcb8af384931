//! Marks notifications as read, for the whole team. The page stays where it is.

use domain::{ids::NotificationId, operator::Role};
use engine::notify;
use leptos::server;

use crate::action_error::{ActionError, run_action};

#[server(prefix = "/actions", endpoint = "read_notification")]
pub async fn read_notification(id: NotificationId) -> Result<(), ActionError> {
    run_action(Role::Operator, async move |console, actor, _| notify::mark_read(&console, &actor, id).await).await
}

#[server(prefix = "/actions", endpoint = "read_notifications")]
pub async fn read_notifications() -> Result<(), ActionError> {
    run_action(Role::Operator, async |console, actor, _| notify::mark_all_read(&console, &actor).await).await
}
