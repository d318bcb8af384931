//! Marks notifications as read by whoever presses. The page stays where it is.

use domain::ids::NotificationId;
#[cfg(feature = "ssr")]
use engine::notify;

#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

#[server]
pub async fn read_notification(id: NotificationId) -> Result<(), ActionError> {
    run_action(async move |scope| notify::mark_read(&scope, id).await).await
}

#[server]
pub async fn read_notifications() -> Result<(), ActionError> {
    run_action(async |scope| notify::mark_all_read(&scope).await).await
}
