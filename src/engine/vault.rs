//! Seals credentials under a master key that stands outside the database.
//!
//! While the key is being changed there are several: one seals, and what another one sealed can still be opened. So every sealed value begins
//! with the id of its key.

use std::{array::TryFromSliceError, collections::BTreeMap, fmt, str::FromStr, sync::Arc};

use chacha20poly1305::{
    AeadCore, Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, OsRng, Payload},
};
use ring::hkdf;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use domain::ids::{ChannelId, ProfileId};

/// Secrets of one connection, by field name.
pub type Credential = BTreeMap<String, SecretString>;

const FORMAT: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// Tells master keys apart: the first bytes of the SHA-256 of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId([u8; KEY_ID]);

impl KeyId {
    pub fn of(key: &[u8; 32]) -> Self {
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&Sha256::digest(key)[..KEY_ID]);
        Self(id)
    }

    /// The key that a sealed value names.
    pub fn of_sealed(sealed: &[u8]) -> Option<Self> {
        let (&format, rest) = sealed.split_first()?;
        rest.first_chunk().filter(|_| format == FORMAT).map(|id| Self(*id))
    }

    /// As a sealed value begins with it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<&[u8]> for KeyId {
    type Error = TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

impl FromStr for KeyId {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u32::from_str_radix(text, 16).ok().filter(|_| text.len() == 2 * KEY_ID).map(|id| Self(id.to_be_bytes())).ok_or(VaultError::Format)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

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

/// Seals and opens. Cloning shares the keys, which are wiped from memory with the last clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    /// Seals; opens too.
    current: KeyId,
    ring: BTreeMap<KeyId, Zeroizing<[u8; 32]>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    pub fn from_key(key: &[u8; 32]) -> Self {
        Self::from_ring(key, &[])
    }

    /// Seals under `current`, and opens what any of `others` has sealed too.
    pub fn from_ring(current: &[u8; 32], others: &[[u8; 32]]) -> Self {
        let ring = others.iter().chain([current]).map(|key| (KeyId::of(key), Zeroizing::new(*key))).collect();
        Self(Arc::new(Inner { current: KeyId::of(current), ring }))
    }

    /// The key that seals.
    pub fn current(&self) -> KeyId {
        self.0.current
    }

    /// Every key there is.
    pub fn ring(&self) -> impl Iterator<Item = KeyId> {
        self.0.ring.keys().copied()
    }

    pub fn holds(&self, key: KeyId) -> bool {
        self.0.ring.contains_key(&key)
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

    /// The same credential under the current key.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn rewrap(&self, binding: Binding<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let associated_data = binding.associated_data();
        self.encrypt(&associated_data, &self.decrypt(&associated_data, sealed)?)
    }

    /// Seals a key that was derived from another; it opens for the same `purpose` only.
    ///
    /// # Errors
    /// None that can happen at this length.
    pub fn seal_key(&self, purpose: &str, key: &[u8; 32]) -> Result<Vec<u8>, VaultError> {
        self.encrypt(purpose.as_bytes(), key)
    }

    /// # Errors
    /// See [`VaultError`].
    pub fn open_key(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let plain = self.decrypt(purpose.as_bytes(), sealed)?;
        plain.as_slice().try_into().map(Zeroizing::new).map_err(|_| VaultError::Format)
    }

    /// `format | key id | nonce | ciphertext`.
    fn encrypt(&self, associated_data: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload { msg: plain, aad: associated_data };
        let current = self.0.current;
        let ciphertext = self.cipher(current)?.encrypt(&nonce, payload).map_err(|_| VaultError::Refused)?;
        Ok([&[FORMAT], current.as_bytes(), nonce.as_slice(), ciphertext.as_slice()].concat())
    }

    fn decrypt(&self, associated_data: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let key = KeyId::of_sealed(sealed).ok_or(VaultError::Format)?;
        let (nonce, ciphertext) = sealed.split_at_checked(1 + KEY_ID).and_then(|(_, rest)| rest.split_at_checked(NONCE)).ok_or(VaultError::Format)?;
        let payload = Payload { msg: ciphertext, aad: associated_data };
        self.cipher(key)?.decrypt(XNonce::from_slice(nonce), payload).map(Zeroizing::new).map_err(|_| VaultError::Refused)
    }

    /// A further key for another purpose: HKDF-SHA-256 of a master key of the ring.
    ///
    /// # Errors
    /// There is no such key.
    pub fn derive_of(&self, master: KeyId, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let mut key = Zeroizing::new([0; 32]);
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"switchboard").extract(self.key(master)?);
        extracted.expand(&[purpose], hkdf::HKDF_SHA256).and_then(|made| made.fill(key.as_mut_slice())).map_err(|_| VaultError::Format)?;
        Ok(key)
    }

    fn cipher(&self, key: KeyId) -> Result<XChaCha20Poly1305, VaultError> {
        Ok(XChaCha20Poly1305::new(Key::from_slice(self.key(key)?)))
    }

    fn key(&self, id: KeyId) -> Result<&[u8], VaultError> {
        self.0.ring.get(&id).map(|key| key.as_slice()).ok_or(VaultError::OtherKey)
    }
}

impl<'a> Binding<'a> {
    /// For a channel: no connection has its id, and the origin of none begins as that of a channel does.
    pub const fn of_channel(channel: ChannelId, origin: &'a str, version: i64) -> Self {
        Self { profile: ProfileId::from_uuid(channel.as_uuid()), origin, version }
    }

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
    fn what_an_older_key_of_the_ring_sealed_opens_and_is_sealed_anew_under_the_current_one() {
        let (old, ring) = (Vault::from_key(&[7; 32]), Vault::from_ring(&[8; 32], &[[7; 32]]));
        let binding = Binding { profile: ProfileId::new(), origin: "tcp://a:1", version: 1 };
        let sealed = old.seal(binding, &credential()).expect("sealed");
        assert_eq!(ring.open(binding, &sealed).expect("opened")["password"].expose_secret(), "open sesame");
        let rewrapped = ring.rewrap(binding, &sealed).expect("rewrapped");
        assert_eq!((KeyId::of_sealed(&sealed), KeyId::of_sealed(&rewrapped)), (Some(old.current()), Some(ring.current())));
        assert!(matches!(old.open(binding, &rewrapped), Err(VaultError::OtherKey)));
        assert!(Vault::from_key(&[8; 32]).open(binding, &rewrapped).is_ok());
        assert!(ring.rewrap(Binding { version: 2, ..binding }, &sealed).is_err(), "it stays bound to its place");
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
