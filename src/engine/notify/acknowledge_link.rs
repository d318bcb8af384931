//! Links in messages by which whoever was told takes an incident on, without signing in.
//!
//! A link names the delivery it came with, under a signature by a key that is derived from the master key: nothing of it is kept, and the same message is
//! written the same way again. It is good for a day and for one incident, which is acknowledged once.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{
    delivery::{Delivery, DeliveryReason},
    ids::DeliveryId,
    time::Timestamp,
};
use ring::hmac;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{
    Console,
    vault::{KeyId, Vault, VaultError},
};

const PURPOSE: &[u8] = b"links that acknowledge incidents";
const LIVES: Duration = Duration::from_secs(24 * 60 * 60);
const ID: usize = 16;
/// Half of what the signature has, so that a link fits into a text message.
const TAG: usize = 16;

/// Where the links lead.
const PATH: &str = "/acknowledge";

/// The link for a message; none for one that asks nobody to take anything on.
pub fn of(console: &Console, delivery: &Delivery) -> Option<String> {
    use DeliveryReason::{Escalated, Opened, Overdue, Reminder};
    let asks = delivery.incident_id.is_some() && matches!(delivery.reason, Opened | Escalated | Reminder | Overdue);
    let token = asks.then(|| token(&console.vault, delivery.id)).transpose();
    // The current key is there, or nothing else would work.
    token.ok().flatten().map(|token| format!("{}{PATH}/{token}", console.sending.address))
}

/// The token of a link.
///
/// # Errors
/// There is no key.
pub fn token(vault: &Vault, id: DeliveryId) -> Result<String, VaultError> {
    let id = id.as_uuid();
    let tag = tag(vault, vault.current(), id.as_bytes())?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode([id.as_bytes(), tag.as_slice()].concat()))
}

/// The delivery that a token names; none where no key of the ring has signed it.
pub fn read(vault: &Vault, token: &str) -> Option<DeliveryId> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, given) = bytes.split_first_chunk::<ID>()?;
    let signed = |master: KeyId| tag(vault, master, id).is_ok_and(|tag| tag.ct_eq(given).into());
    vault.ring().any(signed).then(|| DeliveryId::from_uuid(Uuid::from_bytes(*id)))
}

/// Whether the link of a message may still be used.
pub fn is_alive(sent: &Delivery, now: Timestamp) -> bool {
    now < sent.created_at + LIVES
}

fn tag(vault: &Vault, master: KeyId, id: &[u8; ID]) -> Result<Vec<u8>, VaultError> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, vault.derive_of(master, PURPOSE)?.as_slice());
    Ok(hmac::sign(&key, id).as_ref().iter().copied().take(TAG).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_delivery_alone() {
        let (old, new) = (Vault::from_key(&[1; 32]), Vault::from_ring(&[2; 32], &[[1; 32]]));
        let id = DeliveryId::new();
        let signed = token(&old, id).expect("a token");
        assert_eq!((read(&old, &signed), read(&new, &signed)), (Some(id), Some(id)), "also after a change of the master key");
        assert_eq!(read(&Vault::from_key(&[3; 32]), &signed), None);
        let mut other = BASE64_URL_SAFE_NO_PAD.decode(&signed).expect("base64");
        other[0] ^= 1;
        for wrong in [BASE64_URL_SAFE_NO_PAD.encode(other), signed[..40].to_owned(), format!("{signed}AAAA"), String::new(), "ä".to_owned()] {
            assert_eq!(read(&old, &wrong), None, "{wrong}");
        }
    }
}
