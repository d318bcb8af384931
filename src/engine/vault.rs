//! Seals credentials under a master key that stands outside the database.

use std::{collections::BTreeMap, fmt, sync::Arc};

use chacha20poly1305::{
    AeadCore, Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, OsRng, Payload},
};
use ring::hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use domain::ids::ProfileId;

/// Secrets of one connection, by field name.
pub type Credential = BTreeMap<String, SecretString>;

const FORMAT: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// What a sealed credential is good for: it opens for no other row, address or version.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    pub profile: ProfileId,
    pub origin: &'a str,
    pub version: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("it was sealed under another master key")]
    OtherKey,
    #[error("it does not belong to this connection, address and version, or was altered")]
    Refused,
    #[error("its format is not known")]
    Format,
}

/// Seals and opens. Cloning shares the key, which is wiped from memory with the last clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    key: Zeroizing<[u8; 32]>,
    key_id: [u8; KEY_ID],
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    pub fn from_key(key: &[u8; 32]) -> Self {
        let mut key_id = [0; KEY_ID];
        key_id.copy_from_slice(&Sha256::digest(key)[..KEY_ID]);
        Self(Arc::new(Inner { key: Zeroizing::new(*key), key_id }))
    }

    /// # Errors
    /// A credential too large to seal.
    pub fn seal(&self, binding: Binding<'_>, credential: &Credential) -> Result<Vec<u8>, VaultError> {
        let exposed: BTreeMap<&str, &str> = credential.iter().map(|(name, secret)| (name.as_str(), secret.expose_secret())).collect();
        let plain = Zeroizing::new(serde_json::to_vec(&exposed).map_err(|_| VaultError::Format)?);
        self.encrypt(&binding.associated_data(), &plain)
    }

    /// # Errors
    /// See [`VaultError`].
    pub fn open(&self, binding: Binding<'_>, sealed: &[u8]) -> Result<Credential, VaultError> {
        let plain = self.decrypt(&binding.associated_data(), sealed)?;
        let exposed: BTreeMap<String, String> = serde_json::from_slice(&plain).map_err(|_| VaultError::Format)?;
        Ok(exposed.into_iter().map(|(name, secret)| (name, secret.into())).collect())
    }

    /// Seals a secret that belongs to no connection; it opens for the same `purpose` only.
    ///
    /// # Errors
    /// A secret too large to seal.
    pub fn seal_text(&self, purpose: &str, secret: &SecretString) -> Result<Vec<u8>, VaultError> {
        self.encrypt(purpose.as_bytes(), secret.expose_secret().as_bytes())
    }

    /// # Errors
    /// See [`VaultError`].
    pub fn open_text(&self, purpose: &str, sealed: &[u8]) -> Result<SecretString, VaultError> {
        let plain = self.decrypt(purpose.as_bytes(), sealed)?;
        Ok(std::str::from_utf8(&plain).map_err(|_| VaultError::Format)?.into())
    }

    /// `format | key id | nonce | ciphertext`.
    fn encrypt(&self, associated_data: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: plain, aad: associated_data };
        let ciphertext = self.cipher().encrypt(&nonce, payload).map_err(|_| VaultError::Refused)?;
        Ok([&[FORMAT], self.0.key_id.as_slice(), nonce.as_slice(), ciphertext.as_slice()].concat())
    }

    fn decrypt(&self, associated_data: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (&format, rest) = sealed.split_first().ok_or(VaultError::Format)?;
        let (key_id, rest) = rest.split_at_checked(KEY_ID).ok_or(VaultError::Format)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE).ok_or(VaultError::Format)?;
        if format != FORMAT {
            return Err(VaultError::Format);
        }
        if key_id != self.0.key_id {
            return Err(VaultError::OtherKey);
        }
        let payload = Payload { msg: ciphertext, aad: associated_data };
        self.cipher().decrypt(XNonce::from_slice(nonce), payload).map(Zeroizing::new).map_err(|_| VaultError::Refused)
    }

    /// A further key for another purpose: HKDF-SHA-256 of the master key.
    ///
    /// # Errors
    /// None that can happen at this length.
    pub fn derive(&self, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let mut key = Zeroizing::new([0; 32]);
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"switchboard").extract(self.0.key.as_slice());
        extracted.expand(&[purpose], hkdf::HKDF_SHA256).and_then(|made| made.fill(key.as_mut_slice())).map_err(|_| VaultError::Format)?;
        Ok(key)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(Key::from_slice(self.0.key.as_slice()))
    }
}

impl Binding<'_> {
    fn associated_data(&self) -> Vec<u8> {
        [self.profile.as_uuid().as_bytes().as_slice(), &self.version.to_be_bytes(), self.origin.as_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential() -> Credential {
        [("password".to_owned(), SecretString::from("open sesame"))].into()
    }

    #[test]
    fn a_credential_opens_for_its_own_row_address_and_version_only() {
        let vault = Vault::from_key(&[7; 32]);
        let profile = ProfileId::new();
        let binding = Binding { profile, origin: "postgres://db:5432", version: 1 };
        let sealed = vault.seal(binding, &credential()).expect("sealed");
        let opened = vault.open(binding, &sealed).expect("opened");
        assert_eq!(opened["password"].expose_secret(), "open sesame");
        for other in
            [Binding { profile: ProfileId::new(), ..binding }, Binding { origin: "postgres://evil:5432", ..binding }, Binding { version: 2, ..binding }]
        {
            assert!(matches!(vault.open(other, &sealed), Err(VaultError::Refused)), "{other:?}");
        }
    }

    #[test]
    fn a_text_opens_for_its_own_purpose_only() {
        let vault = Vault::from_key(&[7; 32]);
        let sealed = vault.seal_text("one", &"open sesame".into()).expect("sealed");
        assert_eq!(vault.open_text("one", &sealed).expect("opened").expose_secret(), "open sesame");
        assert!(matches!(vault.open_text("another", &sealed), Err(VaultError::Refused)));
    }

    #[test]
    fn another_key_an_altered_byte_or_a_short_text_is_refused() {
        let vault = Vault::from_key(&[7; 32]);
        let binding = Binding { profile: ProfileId::new(), origin: "tcp://a:1", version: 1 };
        let sealed = vault.seal(binding, &credential()).expect("sealed");
        assert!(matches!(Vault::from_key(&[8; 32]).open(binding, &sealed), Err(VaultError::OtherKey)));
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(vault.open(binding, &altered).is_err(), "byte {at}");
            assert!(vault.open(binding, &sealed[..at]).is_err(), "cut at {at}");
        }
    }
}
