//! Ids under a signature by a key that is derived from the master key: whoever brings one back had it from here, and nothing of it is kept.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::hmac;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::vault::{KeyId, Vault, VaultError};

const ID: usize = 16;
/// Half of what the signature has, so that a link fits into a text message.
const TAG: usize = 16;

/// The id under a signature that is good for one `purpose`; the same each time.
///
/// # Errors
/// There is no key.
pub fn sign(vault: &Vault, purpose: &[u8], id: Uuid) -> Result<String, VaultError> {
    let tag = tag(vault, vault.current(), purpose, id.as_bytes())?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode([id.as_bytes(), tag.as_slice()].concat()))
}

/// The id that was signed; none where no key of the ring has signed it for that `purpose`.
pub fn read(vault: &Vault, purpose: &[u8], signed: &str) -> Option<Uuid> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(signed).ok()?;
    let (id, given) = bytes.split_first_chunk::<ID>()?;
    let is_by = |master: KeyId| tag(vault, master, purpose, id).is_ok_and(|tag| tag.ct_eq(given).into());
    vault.ring().any(is_by).then(|| Uuid::from_bytes(*id))
}

fn tag(vault: &Vault, master: KeyId, purpose: &[u8], id: &[u8; ID]) -> Result<Vec<u8>, VaultError> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, vault.derive_of(master, purpose)?.as_slice());
    Ok(hmac::sign(&key, id).as_ref().iter().copied().take(TAG).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_own_id_and_purpose_alone() {
        let (old, new) = (Vault::from_key(&[1; 32]), Vault::from_ring(&[2; 32], &[[1; 32]]));
        let id = Uuid::now_v7();
        let signed = sign(&old, b"one", id).expect("signed");
        assert_eq!((read(&old, b"one", &signed), read(&new, b"one", &signed)), (Some(id), Some(id)), "also after a change of the master key");
        assert_eq!((read(&Vault::from_key(&[3; 32]), b"one", &signed), read(&old, b"another", &signed)), (None, None));
        let mut other = BASE64_URL_SAFE_NO_PAD.decode(&signed).expect("base64");
        other[0] ^= 1;
        for wrong in [BASE64_URL_SAFE_NO_PAD.encode(other), signed[..40].to_owned(), format!("{signed}AAAA"), String::new(), "ä".to_owned()] {
            assert_eq!(read(&old, b"one", &wrong), None, "{wrong}");
        }
    }
}
