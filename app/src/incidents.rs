//! Incidents: how far each has come, what was done about it, by whom, and what was learned.

#[cfg(feature = "ssr")]
mod action_buttons;
#[cfg(feature = "ssr")]
mod action_items;
#[cfg(feature = "ssr")]
mod badge_style;
#[cfg(feature = "ssr")]
mod declare;
#[cfg(feature = "ssr")]
mod escalate;
#[cfg(feature = "ssr")]
mod filter;
#[cfg(feature = "ssr")]
mod groups;
#[cfg(feature = "ssr")]
mod handling;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod open;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod post_mortem;
#[cfg(feature = "ssr")]
mod quick;
#[cfg(feature = "ssr")]
mod radius;
#[cfg(feature = "ssr")]
mod related;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod stages;
#[cfg(feature = "ssr")]
mod timeline;

#[cfg(feature = "ssr")]
pub use self::{
    action_items::ActionItemsPage, badge_style::IncidentBadge, declare::DeclarePage, groups::Groups, list::IncidentsPage, open::Open, page::IncidentPage,
    post_mortem::PostMortemPage, quick::QuickAcknowledge,
};

pub const LIST: &str = "/operations/incidents";
/// What was decided in post-mortems.
pub const ACTIONS: &str = "/operations/incidents/actions";

pub fn path_of(id: domain::ids::IncidentId) -> String {
    format!("{LIST}/{id}")
}

/// What is learned of it.
pub fn post_mortem_of(id: domain::ids::IncidentId) -> String {
    format!("{LIST}/{id}/post-mortem")
}
