//! A device that makes and uses passkeys, and browsers in front of it: as WebAuthn has them, or as they should not be.

use std::iter;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Flags of authenticator data: somebody was there, and it was they; a new credential follows.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

pub struct Authenticator {
    key: EcdsaKeyPair,
    credential_id: Vec<u8>,
    pub user_handle: String,
    /// How often it signed; the next signature says one more.
    pub counter: u32,
    /// What the browser in front of it says of where it is.
    pub origin: &'static str,
    /// The name that the browser signs for.
    pub rp_id: &'static str,
    /// It asks whoever uses it who they are.
    pub verifies: bool,
}

impl Authenticator {
    pub fn new(origin: &'static str, rp_id: &'static str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).expect("a key");
        let mut credential_id = vec![0; 32];
        random.fill(&mut credential_id).expect("random");
        Self { key, credential_id, user_handle: String::new(), counter: 0, origin, rp_id, verifies: true }
    }

    /// Answers what a console asked for to make a passkey (`RegistrationResponseJSON`).
    pub fn make(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required", "{options}");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required", "{options}");
        self.user_handle = options["user"]["id"].as_str().expect("a handle").to_owned();
        let client_data = self.client_data("webauthn.create", &options);
        let point = self.key.public_key().as_ref();
        let length = u16::try_from(self.credential_id.len()).expect("short").to_be_bytes();
        // COSE: an EC2 key for ES256 on P-256, whose point begins with a byte that says that it is whole.
        let cose = [&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20], &point[1..33], &[0x22, 0x58, 0x20], &point[33..]].concat();
        let data = [self.data(ATTESTED), vec![0; 16], length.to_vec(), self.credential_id.clone(), cose].concat();
        let head = [0x58, u8::try_from(data.len()).expect("short")];
        let attestation = [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".as_slice(), &head, &data].concat();
        self.answer(json!({"clientDataJSON": encoded(client_data.as_bytes()), "attestationObject": encoded(&attestation), "transports": ["internal"]}))
    }

    /// Answers what a console asked for to sign somebody in (`AuthenticationResponseJSON`).
    pub fn sign(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        assert!(options["allowCredentials"].as_array().is_none_or(Vec::is_empty), "it names no passkey: {options}");
        self.counter += 1;
        let client_data = self.client_data("webauthn.get", &options);
        let data = self.data(0);
        let signed = [data.clone(), Sha256::digest(&client_data).to_vec()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).expect("signed");
        self.answer(json!({
            "clientDataJSON": encoded(client_data.as_bytes()), "authenticatorData": encoded(&data),
            "signature": encoded(signature.as_ref()), "userHandle": self.user_handle,
        }))
    }

    fn client_data(&self, sort: &str, options: &Value) -> String {
        json!({"type": sort, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false}).to_string()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        Sha256::digest(self.rp_id).into_iter().chain(iter::once(PRESENT | verified | flags)).chain(self.counter.to_be_bytes()).collect()
    }

    fn answer(&self, response: Value) -> String {
        let id = encoded(&self.credential_id);
        json!({"id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": {}, "response": response})
            .to_string()
    }
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
