//! Takes secrets out of what a service answered, in every spelling a service is likely to echo.

use base64::{Engine, prelude::*};
use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret stood.
pub const MARK: &str = "[redacted]";

/// Shorter secrets are left alone: taking out every `a` would make nonsense and hide nothing.
const SHORTEST: usize = 4;

/// The spellings of some secrets.
pub struct Redactor(Vec<String>);

impl Redactor {
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let mut spellings: Vec<String> =
            secrets.into_iter().map(SecretString::expose_secret).filter(|secret| secret.len() >= SHORTEST).flat_map(spellings).collect();
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.dedup();
        Self(spellings)
    }

    pub fn redact(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, spelling| text.replace(spelling.as_str(), MARK))
    }
}

fn spellings(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let json = serde_json::Value::from(secret).to_string();
    let url: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    vec![
        secret.to_owned(),
        BASE64_STANDARD.encode(secret),
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
        hex.to_uppercase(),
        hex,
        json.trim_matches('"').to_owned(),
        url.replace('+', "%20"),
        url,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_every_spelling() {
        let secret = SecretString::from("p\"ä ss/w0rd");
        let redactor = Redactor::new([&secret]);
        for spelling in spellings(secret.expose_secret()) {
            let text = format!("before {spelling} after");
            assert_eq!(redactor.redact(&text), format!("before {MARK} after"), "{spelling}");
        }
    }

    #[test]
    fn other_text_stays() {
        let redactor = Redactor::new([&SecretString::from("abc"), &SecretString::from("a long secret")]);
        assert_eq!(redactor.redact("abc is too short to hide"), "abc is too short to hide");
    }
}
