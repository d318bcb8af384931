//! Incidents: open, acknowledged, resolved; what was done about each, by whom.

pub mod acts;
mod deeds;
mod face;
mod filter;
mod list;
mod open;
mod page;
mod quick;
mod timeline;

pub use self::{list::IncidentsPage, open::Open, page::IncidentPage, quick::QuickAcknowledge};

pub const LIST: &str = "/operations/incidents";

pub fn path_of(id: switchboard::domain::incident::IncidentId) -> String {
    format!("{LIST}/{id}")
}
