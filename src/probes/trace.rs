//! The trace of W3C Trace Context that goes under a correlation ID: what a probed service is told, and what a collector of traces is.

use domain::correlation_id::CorrelationId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The ID itself, or a digest of it where it is no UUID.
pub fn id_of(correlation_id: &CorrelationId) -> u128 {
    let text = correlation_id.as_str();
    let digest = || u128::from_be_bytes(Sha256::digest(text)[..16].try_into().unwrap_or([1; 16]));
    text.parse::<Uuid>().map_or_else(|_| digest(), |uuid| uuid.as_u128())
}

/// As a header, under a new parent.
pub fn parent_of(correlation_id: &CorrelationId) -> String {
    format!("00-{:032x}-{:016x}-01", id_of(correlation_id), rand::random::<u64>() | 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_named_after_the_correlation_id() {
        let header = |id: &str| parent_of(&id.parse().expect("an ID"));
        let of_uuid = header("0198c0de-0000-7000-8000-000000000001");
        assert!(of_uuid.starts_with("00-0198c0de000070008000000000000001-") && of_uuid.len() == 55, "{of_uuid}");
        let other = header("deploy-7");
        assert_eq!(other[..36], header("deploy-7")[..36]);
        assert_ne!(other[..36], header("deploy-8")[..36]);
    }
}
