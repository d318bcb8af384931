//! Why a message was not sent.

use domain::delivery::SendFailure;

/// Why a message was not sent, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub unsent: SendFailure,
    pub error: String,
}

impl Failed {
    pub fn for_now(error: impl Into<String>) -> Self {
        Self { unsent: SendFailure::ForNow(None), error: error.into() }
    }
}

/// Of settings or secrets that cannot be used: somebody must change them first.
impl From<String> for Failed {
    fn from(error: String) -> Self {
        Self { unsent: SendFailure::Channel, error }
    }
}
