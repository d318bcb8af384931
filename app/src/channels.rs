//! Notification channels: where a team is told of its incidents, and what was sent there.

#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
pub mod log;
#[cfg(feature = "ssr")]
mod new;
#[cfg(feature = "ssr")]
mod page;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use self::{list::ChannelsPage, new::NewChannelPage, page::ChannelPage};

pub const LIST: &str = "/settings/channels";

pub fn path_of(id: domain::ids::ChannelId) -> String {
    format!("{LIST}/{id}")
}
