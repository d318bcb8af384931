//! Diagnostics: runs over connections, their verdict, what they found and what they kept.

#[cfg(feature = "ssr")]
mod evidence;
#[cfg(feature = "ssr")]
mod filter;
#[cfg(feature = "ssr")]
mod latest;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod new;
mod panel;
#[cfg(feature = "ssr")]
mod run;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod start;
#[cfg(feature = "ssr")]
mod verdict;

#[cfg(feature = "ssr")]
pub use self::{
    evidence::EvidencePage,
    latest::{Latest, LatestRun},
    list::RunsPage,
    new::NewRunPage,
    run::RunPage,
    start::RunOne,
    verdict::{VerdictBadge, subject},
};

pub const LIST: &str = "/operations/diagnostics";
#[cfg(feature = "ssr")]
pub const NEW: &str = "/operations/diagnostics/new";

pub fn path_of(id: domain::ids::RunId) -> String {
    format!("{LIST}/{id}")
}

/// The address of what is asked of a run.
pub fn address_of_query(id: domain::ids::RunId, asked: &domain::run_page::RunPageQuery) -> String {
    let pairs = asked.pairs();
    path_of(id) + &crate::ui::url::query(pairs.iter().map(|(name, value)| (*name, value.as_str())))
}
