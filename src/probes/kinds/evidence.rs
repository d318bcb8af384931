//! What a scenario keeps of what it saw, so that somebody else can judge it later.

use std::fmt;

use sha2::{Digest, Sha256};

/// Most of one artefact that is kept, in bytes.
pub const MAX_ARTEFACT: usize = 64 << 10;
/// Most artefacts of one scenario that are kept.
pub const MAX_ARTEFACTS: usize = 8;
/// Longest name, in bytes.
const MAX_NAME: usize = 40;

/// In lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file of evidence: an answer, a certificate chain, a query plan. The runner takes the secrets out and cuts it to [`MAX_ARTEFACT`].
#[derive(Clone, PartialEq, Eq)]
pub struct Artefact {
    /// Lower-case letters, digits and hyphens: safe as part of a file's name. The runner keeps it unique within its scenario.
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Artefact {
    /// Its bytes may hold secrets until the runner has seen them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {} bytes)", self.name, self.media_type, self.bytes.len())
    }
}

impl Artefact {
    pub fn new(name: &str, media_type: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: safe(name), media_type, bytes: bytes.into() }
    }

    pub fn text(name: &str, text: impl Into<String>) -> Self {
        Self::new(name, "text/plain; charset=utf-8", text.into())
    }

    /// `value` as indented JSON.
    pub fn json(name: &str, value: &serde_json::Value) -> Self {
        Self::new(name, "application/json", format!("{value:#}"))
    }

    /// Certificates in PEM, the server's own first.
    pub fn certificates<'a>(name: &str, chain: impl IntoIterator<Item = &'a [u8]>) -> Self {
        use base64::{Engine, prelude::BASE64_STANDARD};

        let mut pem = String::new();
        for certificate in chain {
            pem.push_str("-----BEGIN CERTIFICATE-----\n");
            for line in BASE64_STANDARD.encode(certificate).as_bytes().chunks(64) {
                pem.extend(line.iter().copied().map(char::from));
                pem.push('\n');
            }
            pem.push_str("-----END CERTIFICATE-----\n");
        }
        Self::new(name, "application/x-pem-file", pem)
    }
}

fn safe(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(MAX_NAME).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "artefact".into() } else { name.into() }
}

/// At most [`MAX_ARTEFACTS`], each with a name that no other has.
pub fn distinct(evidence: Vec<Artefact>) -> Vec<Artefact> {
    let mut kept: Vec<Artefact> = Vec::with_capacity(evidence.len().min(MAX_ARTEFACTS));
    for mut artefact in evidence.into_iter().take(MAX_ARTEFACTS) {
        let (plain, mut turn) = (artefact.name.clone(), 1);
        while kept.iter().any(|other| other.name == artefact.name) {
            turn += 1;
            artefact.name = format!("{plain}-{turn}");
        }
        kept.push(artefact);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_in_a_file_system_whatever_it_was() {
        for (given, expected) in [("answer", "answer"), ("../../etc/passwd", "etc-passwd"), ("Ä\0", "artefact"), ("Server Version", "server-version")] {
            assert_eq!(Artefact::text(given, "").name, expected);
        }
        assert!(Artefact::text(&"x".repeat(500), "").name.len() <= MAX_NAME);
    }

    #[test]
    fn names_are_told_apart_and_their_number_is_bounded() {
        let kept = distinct(vec![Artefact::text("answer", ""); 20]);
        let names: Vec<_> = kept.iter().map(|artefact| artefact.name.as_str()).collect();
        assert_eq!(names, ["answer", "answer-2", "answer-3", "answer-4", "answer-5", "answer-6", "answer-7", "answer-8"]);
    }
}
