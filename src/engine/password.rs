//! How long a password is, and Argon2id on threads of its own, at most two at a time: hashing must not starve the console.

use std::{
    ops::RangeInclusive,
    sync::{Arc, LazyLock},
};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::OpsError;
use domain::error::FieldError;

/// Hashes at once; each takes about 19 MiB and a core for tens of milliseconds.
const AT_ONCE: usize = 2;

/// In characters.
pub const LENGTH: RangeInclusive<usize> = 10..=256;

/// What is wrong with a password that somebody chose.
pub fn fault(password: &SecretString) -> Option<FieldError> {
    let (least, most) = LENGTH.into_inner();
    (!LENGTH.contains(&password.expose_secret().chars().count())).then(|| FieldError::new("password", format!("{least} to {most} characters.")))
}

/// Compared with when nobody has the address, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| password_auth::generate_hash("nobody has this password"));

#[derive(Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    /// # Errors
    /// The hashing thread ended early.
    pub async fn hash(&self, password: SecretString) -> Result<String, OpsError> {
        self.work(move || password_auth::generate_hash(password.expose_secret())).await
    }

    /// Whether `password` has `hash`; without a hash it takes as long and says no.
    ///
    /// # Errors
    /// The hashing thread ended early.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, OpsError> {
        self.work(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            password_auth::verify_password(password.expose_secret(), &hash).is_ok() && known
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, OpsError> {
        let _turn = self.0.acquire().await.map_err(|error| OpsError::Password(error.to_string()))?;
        Ok(tokio::task::spawn_blocking(work).await?)
    }
}
