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
#[cfg(feature = "ssr")]
mod result;
#[cfg(feature = "ssr")]
mod run;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod start;
#[cfg(feature = "ssr")]
mod verdict;
mod watch;

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

#[cfg(feature = "ssr")]
pub const LIST: &str = "/operations/diagnostics";
#[cfg(feature = "ssr")]
pub const NEW: &str = "/operations/diagnostics/new";

#[cfg(feature = "ssr")]
pub fn path_of(id: domain::ids::RunId) -> String {
    format!("{LIST}/{id}")
}
