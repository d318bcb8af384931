//! A secret on its way from a form to the vault: it has no words in logs, and only the browser, which sends it, can write it out.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// Server functions derive `Debug` and `Serialize` for their arguments; on the server neither shows what is inside this.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct SecretInput(String);

impl From<String> for SecretInput {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl SecretInput {
    #[cfg(feature = "ssr")]
    pub fn reveal(self) -> String {
        self.0
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretInput")
    }
}

impl Serialize for SecretInput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if cfg!(target_arch = "wasm32") { &self.0 } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::SecretInput;

    #[test]
    fn the_server_never_writes_a_secret() {
        let secret = SecretInput::from("hunter2".to_owned());
        assert_eq!(serde_json::to_string(&secret).expect("text"), "\"\"");
        assert_eq!(format!("{secret:?}"), "SecretInput");
    }
}
