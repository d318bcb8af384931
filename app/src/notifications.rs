//! What the console tells a team of its own accord: the bell, the newest on the overview, the list.

pub mod acts;
mod bell;
mod line;
mod list;
mod unread;

pub use self::{bell::Bell, list::NotificationsPage, unread::Unread};

pub const LIST: &str = "/operations/notifications";
