//! What nobody is told of: silences, and what a page says of a connection that is silenced, in maintenance, or depends on others.

#[cfg(feature = "ssr")]
mod notice;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod silences;

#[cfg(feature = "ssr")]
pub use self::{
    notice::{SuppressionNotice, SuppressionState},
    silences::{ListedSilence, Silences},
};
