//! What the console tells a team of its own accord: the bell, the newest on the overview, the list.

mod bell;
mod line;
mod list;
pub mod server_fns;
mod unread;

pub use self::{bell::Bell, list::NotificationsPage, unread::Unread};

pub const LIST: &str = "/operations/notifications";
