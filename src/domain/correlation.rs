//! The thread from a toast to a log line.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Stands in the response header, the log line, `error_events` and the toast of one request.
///
/// 1 to 64 characters out of letters, digits, `-`, `_`, `.`: safe in a header, a log, a path and a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema), sqlx(transparent), schema(pattern = "^[A-Za-z0-9_.-]{1,64}$"))]
pub struct CorrelationId(String);

#[derive(Debug, thiserror::Error)]
#[error("a correlation ID is 1 to 64 letters, digits, '-', '_' or '.'")]
pub struct InvalidCorrelationId;

impl CorrelationId {
    #[cfg(feature = "server")]
    pub fn mint() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CorrelationId {
    type Error = InvalidCorrelationId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if (1..=64).contains(&text.len()) && text.bytes().all(safe) { Ok(Self(text)) } else { Err(InvalidCorrelationId) }
    }
}

impl FromStr for CorrelationId {
    type Err = InvalidCorrelationId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::CorrelationId;

    #[test]
    fn text_that_could_break_a_header_or_a_page_is_refused() {
        for bad in ["", "a b", "a\r\nb", "<b>", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<CorrelationId>().is_err(), "{bad:?}");
        }
        assert!("req-7_A.9".parse::<CorrelationId>().is_ok());
    }
}
