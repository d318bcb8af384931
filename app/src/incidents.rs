//! Incidents: open, acknowledged, resolved; what was done about each, by whom.

#[cfg(feature = "ssr")]
mod action_buttons;
#[cfg(feature = "ssr")]
mod badge_style;
#[cfg(feature = "ssr")]
mod causes;
#[cfg(feature = "ssr")]
mod escalate;
#[cfg(feature = "ssr")]
mod filter;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod open;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod quick;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod timeline;

#[cfg(feature = "ssr")]
pub use self::{badge_style::IncidentBadge, causes::SharedCauses, list::IncidentsPage, open::Open, page::IncidentPage, quick::QuickAcknowledge};

pub const LIST: &str = "/operations/incidents";

pub fn path_of(id: domain::ids::IncidentId) -> String {
    format!("{LIST}/{id}")
}
