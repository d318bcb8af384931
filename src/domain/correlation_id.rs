//! The thread from a toast to a log line.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

#[cfg(feature = "server")]
use super::{heartbeat::Slot, ids::DeliveryId};

/// Seconds up to the year 8921556 leave room for the version.
#[cfg(feature = "server")]
const SLOT_MASK: u64 = (1 << 48) - 1;

/// Stands in the response header, the log line, `error_events` and the toast of one request.
///
/// 1 to 64 characters out of letters, digits, `-`, `_`, `.`: safe in a header, a log, a path and a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema), sqlx(transparent), schema(pattern = "^[A-Za-z0-9_.-]{1,64}$"))]
pub struct CorrelationId(String);

/// Stands in addresses where an ID does.
const TAKEN: &str = "catalogue";

#[derive(Debug, thiserror::Error)]
#[error("a correlation ID is 1 to 64 letters, digits, '-', '_' or '.', not dots alone")]
pub struct InvalidCorrelationId;

impl CorrelationId {
    #[cfg(feature = "server")]
    pub fn mint() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// Of a heartbeat: it names the schedule's key and the slot, so that nothing need be stored for each to be found by it. A UUIDv8.
    #[cfg(feature = "server")]
    pub fn of_heartbeat(key: i32, slot: Slot) -> Self {
        let (seconds, key) = (u128::from(slot.0.cast_unsigned() & SLOT_MASK), u128::from(key.cast_unsigned()));
        Self(uuid::Builder::from_custom_bytes((seconds << 80 | key).to_be_bytes()).into_uuid().to_string())
    }

    /// The key and slot of the heartbeat whose ID this is, if it may be one's.
    #[cfg(feature = "server")]
    pub fn heartbeat(&self) -> Option<(i32, Slot)> {
        let id: uuid::Uuid = self.0.parse().ok().filter(|id: &uuid::Uuid| self.0.len() == 36 && id.get_version_num() == 8)?;
        let bits = id.as_u128();
        let key = u32::try_from(bits & u128::from(u32::MAX)).ok()?;
        Some((key.cast_signed(), Slot(i64::try_from(bits >> 80).ok()?)))
    }

    /// Of whatever is sent for a delivery: its own id, so that what a receiver was told leads to it.
    #[cfg(feature = "server")]
    pub fn of_delivery(id: DeliveryId) -> Self {
        Self(id.to_string())
    }

    /// The delivery whose ID this is, if it may be one's.
    #[cfg(feature = "server")]
    pub fn delivery(&self) -> Option<DeliveryId> {
        self.0.parse().ok()
    }

    /// The ID that a probed service saw as the trace of its `traceparent`: 32 hexadecimal digits, those of a UUID.
    #[cfg(feature = "server")]
    pub fn of_trace(&self) -> Option<Self> {
        let id = uuid::Uuid::parse_str(&self.0).ok().filter(|_| self.0.len() == 32)?;
        Some(Self(id.to_string()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CorrelationId {
    type Error = InvalidCorrelationId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        // Of dots alone, an address would lead elsewhere.
        let leads_to_it = text != TAKEN && text.bytes().any(|byte| byte != b'.');
        if text.len() <= 64 && text.bytes().all(safe) && leads_to_it { Ok(Self(text)) } else { Err(InvalidCorrelationId) }
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
    use super::*;

    #[test]
    fn a_heartbeat_is_found_by_its_id() {
        for (key, slot) in [(1, 1_767_323_045), (i32::MAX, 0), (7, 281_474_976_710_655)] {
            let id = CorrelationId::of_heartbeat(key, Slot(slot));
            assert_eq!(id.heartbeat(), Some((key, Slot(slot))), "{id}");
            assert_eq!(id.to_string().replace('-', "").parse::<CorrelationId>().expect("an ID").of_trace(), Some(id));
        }
        assert_eq!(CorrelationId::mint().heartbeat(), None);
        assert_eq!("req-7".parse::<CorrelationId>().expect("an ID").of_trace(), None);
    }

    #[test]
    fn text_that_could_break_a_header_or_a_page_is_refused() {
        for bad in ["", "a b", "a\r\nb", "<b>", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<CorrelationId>().is_err(), "{bad:?}");
        }
        assert!("req-7_A.9".parse::<CorrelationId>().is_ok());
    }
}
