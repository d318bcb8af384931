//! Runbooks: those that come with the console, a team's own, and what is carried out by them.

#[cfg(feature = "ssr")]
mod beside;
#[cfg(feature = "ssr")]
mod card;
#[cfg(feature = "ssr")]
mod execution;
#[cfg(feature = "ssr")]
mod executions;
#[cfg(feature = "ssr")]
mod form;
#[cfg(feature = "ssr")]
mod history;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod page;
pub mod server_fns;

#[cfg(feature = "ssr")]
pub use self::{
    card::{RunbookCard, RunbooksOf},
    execution::ExecutionPage,
    form::{EditRunbookPage, NewRunbookPage},
    history::HistoryPage,
    list::RunbooksPage,
    page::RunbookPage,
};

pub const LIST: &str = "/operations/runbooks";

pub fn path_of(id: domain::ids::RunbookId) -> String {
    format!("{LIST}/{id}")
}

/// The same, to be carried out on a connection.
pub fn path_for(id: domain::ids::RunbookId, connection: domain::ids::ProfileId) -> String {
    format!("{}?connection_id={connection}", path_of(id))
}

/// The page at `path`, to carry something out for an incident.
pub fn path_beside(path: &str, incident: Option<domain::ids::IncidentId>) -> String {
    incident.map_or_else(|| path.to_owned(), |incident| format!("{path}?incident_id={incident}"))
}

pub fn path_of_execution(id: domain::ids::ExecutionId) -> String {
    format!("{LIST}/executions/{id}")
}
