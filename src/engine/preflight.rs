//! What a console would find at its start, for whoever looks before. Nothing is changed.

use secrecy::SecretString;

use super::{OpsError, access::single_sign_on, identity_provider::ProviderSettings, key_ring, vault::Vault};
use store::{Db, schema};

/// A database that answers.
pub struct Preflight(Db);

impl Preflight {
    /// # Errors
    /// An address that makes no sense; a database that does not answer.
    pub async fn open(url: &SecretString) -> Result<Self, OpsError> {
        let db = Db::open(url).await?;
        db.ping().await?;
        Ok(Self(db))
    }

    /// Whether its tables are there, with the rights that the console needs, under a key that `vault` holds.
    ///
    /// # Errors
    /// Rights that are missing, a wrong key; the database failed.
    pub async fn has_tables(&self, vault: Option<&Vault>) -> Result<bool, OpsError> {
        if !schema::has_tables(&self.0).await? {
            return Ok(false);
        }
        schema::check_rights(&self.0).await?;
        if let Some(vault) = vault {
            key_ring::compare(&self.0, vault).await?;
        }
        Ok(true)
    }

    /// As [`single_sign_on::locked_out`].
    ///
    /// # Errors
    /// The database failed.
    pub async fn locked_out(&self, provider: &ProviderSettings) -> Result<Vec<String>, OpsError> {
        single_sign_on::locked_out(&self.0, provider).await
    }
}
