//! Service connections: the list, the form, and the moment of verification.

#[cfg(feature = "ssr")]
mod dependencies;
#[cfg(feature = "ssr")]
mod edit;
#[cfg(feature = "ssr")]
mod exposed;
#[cfg(feature = "ssr")]
mod filter;
mod form;
#[cfg(feature = "ssr")]
mod head;
#[cfg(feature = "ssr")]
mod heartbeat;
#[cfg(feature = "ssr")]
mod history;
mod input;
#[cfg(feature = "ssr")]
pub mod kind;
#[cfg(feature = "ssr")]
pub mod line;
#[cfg(feature = "ssr")]
mod list;
#[cfg(feature = "ssr")]
mod new;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod plan;
#[cfg(feature = "ssr")]
mod sections;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod summary;
mod verification;

#[cfg(feature = "ssr")]
pub use self::{edit::EditPage, list::ListPage, new::NewPage, page::ConnectionPage};

pub const LIST: &str = "/settings/service-connections";

pub fn path_of(id: domain::ids::ProfileId) -> String {
    format!("{LIST}/{id}")
}
