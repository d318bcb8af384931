//! A secret on its way from a form to the vault: it has no words in logs, and cannot be written out again.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// Acts derive `Debug` and `Serialize` for their arguments; neither shows what is inside this.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct SecretInput(String);

impl SecretInput {
    pub fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretInput")
    }
}

impl Serialize for SecretInput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}
