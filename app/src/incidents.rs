//! Incidents: open, acknowledged, resolved; what was done about each, by whom.

mod action_buttons;
mod badge_style;
mod filter;
mod list;
mod open;
mod page;
mod quick;
pub mod server_fns;
mod timeline;

pub use self::{list::IncidentsPage, open::Open, page::IncidentPage, quick::QuickAcknowledge};

pub const LIST: &str = "/operations/incidents";

pub fn path_of(id: domain::ids::IncidentId) -> String {
    format!("{LIST}/{id}")
}
