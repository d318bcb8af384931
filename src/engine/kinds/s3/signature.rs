//! AWS Signature Version 4, as far as S3 needs it: one request, signed in its header.
//!
//! Written out because clients that sign also dial, and every connection here leaves through the one dialer.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// Who signs, and for which region.
pub struct Signer<'a> {
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
    pub region: &'a str,
}

/// What is signed of a request. `path` and the names and values of `query` are encoded already, `query` is in order.
pub struct Signed<'a> {
    pub method: &'a str,
    pub host: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub body: &'a [u8],
}

/// The values of the headers that a signature takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Signature {
    pub authorization: String,
    /// `x-amz-date`
    pub date: String,
    /// `x-amz-content-sha256`
    pub content: String,
}

impl Signer<'_> {
    pub fn sign(&self, request: &Signed<'_>, now: DateTime<Utc>) -> Signature {
        const HEADERS: &str = "host;x-amz-content-sha256;x-amz-date";
        let (date, content) = (now.format("%Y%m%dT%H%M%SZ").to_string(), hex(&Sha256::digest(request.body)));
        let Signed { method, host, path, query, .. } = request;
        let canonical = format!("{method}\n{path}\n{query}\nhost:{host}\nx-amz-content-sha256:{content}\nx-amz-date:{date}\n\n{HEADERS}\n{content}");
        let scope = format!("{}/{}/s3/aws4_request", &date[..8], self.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let first = hmac(format!("AWS4{}", self.secret_access_key).as_bytes(), &date[..8]);
        let key = [self.region, "s3", "aws4_request"].iter().fold(first, |key, part| hmac(&key, part));
        let signature = hex(&hmac(&key, &to_sign));
        let authorization = format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={HEADERS}, Signature={signature}", self.access_key_id);
        Signature { authorization, date, content }
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    // A key of any length is taken.
    Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec()).unwrap_or_default()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Percent-encoded as S3 wants it in a path: all but letters, digits, `-._~` and `/`.
pub fn encode(path: &str) -> String {
    path.bytes().fold(String::with_capacity(path.len()), |mut text, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(char::from(byte)),
            other => _ = write!(text, "%{other:02X}"),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    /// "GET Bucket (List Objects)" of Amazon's documentation of Signature Version 4.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let signer = Signer { access_key_id: "AKIAIOSFODNN7EXAMPLE", secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1" };
        let request = Signed { method: "GET", host: "examplebucket.s3.amazonaws.com", path: "/", query: "max-keys=2&prefix=J", body: b"" };
        let now = Utc.with_ymd_and_hms(2013, 5, 24, 0, 0, 0).single().expect("a moment");
        let signature = signer.sign(&request, now);
        assert_eq!(signature.date, "20130524T000000Z");
        let expected = "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
        assert!(signature.authorization.ends_with(expected), "{}", signature.authorization);
    }

    #[test]
    fn a_key_is_encoded_for_a_path() {
        assert_eq!(encode("a b/ü+~.txt"), "a%20b/%C3%BC%2B~.txt");
    }
}
