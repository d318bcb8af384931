//! What the console tells a team of its own accord: the bell, the newest on the overview, the list.

#[cfg(feature = "ssr")]
mod bell;
#[cfg(feature = "ssr")]
mod line;
#[cfg(feature = "ssr")]
mod list;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod unread;

#[cfg(feature = "ssr")]
pub use self::{bell::Bell, list::NotificationsPage, unread::Unread};

#[cfg(feature = "ssr")]
pub const LIST: &str = "/operations/notifications";
