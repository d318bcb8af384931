//! How the page's stream of events is.

use domain::time::Timestamp;

/// With it, whether what a page shows can be relied on to be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only the browser follows a stream"))]
pub enum Stream {
    Connecting,
    Live,
    /// The console is there, but what has changed since then could not be read.
    Old(Timestamp),
    /// What is shown is as of then.
    Lost(Timestamp),
    /// So has the session.
    Ended,
}

impl Stream {
    /// Whether what is shown may not be so any more.
    #[cfg(feature = "hydrate")]
    pub const fn is_old(self) -> bool {
        !matches!(self, Self::Connecting | Self::Live)
    }

    /// The last moment for which what is shown was certainly so.
    pub const fn since(self) -> Option<Timestamp> {
        match self {
            Self::Old(since) | Self::Lost(since) => Some(since),
            Self::Connecting | Self::Live | Self::Ended => None,
        }
    }
}
