//! An identity provider that says what a test tells it to: by default the truth.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::time::Timestamp;
use engine::{
    access::single_sign_on::Returned,
    identity_provider::{IdentityProvider, ProviderSettings},
};
use parking_lot::Mutex;
use probes::egress::{Egress, EgressPolicy, Resolver};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

use crate::scripted::{Server, read_request};

pub const CLIENT: &str = "switchboard";
pub const SECRET: &str = "a secret of the client";

pub struct FakeProvider {
    pub issuer: String,
    pub script: Arc<Mutex<Script>>,
    _server: Server,
}

/// What it answers.
pub struct Script {
    issuer: String,
    /// Replaces what the provider says of itself, member by member.
    pub metadata: Value,
    /// Replaces claims of the ID token, member by member; null leaves one out.
    pub claims: Value,
    pub signs: Signature,
    key: Key,
    /// Those that `/jwks` shows.
    keys: Vec<Value>,
    /// Whole answers, by path; silence where there is none.
    pub answers: BTreeMap<&'static str, Option<String>>,
    nonce: String,
    now: i64,
}

/// How the ID token is signed.
#[derive(Clone, Copy)]
pub enum Signature {
    Well,
    WithAStrangersKey,
    WithTheClientsSecret,
    Not,
}

struct Key {
    id: &'static str,
    pair: Ed25519KeyPair,
}

impl Key {
    fn new(id: &'static str) -> Self {
        let sealed = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self { id, pair: Ed25519KeyPair::from_pkcs8(sealed.as_ref()).expect("a key") }
    }

    fn shown(&self) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.id, "x": BASE64_URL_SAFE_NO_PAD.encode(self.pair.public_key())})
    }
}

impl FakeProvider {
    pub async fn start(now: Timestamp) -> Self {
        let key = Key::new("first");
        let script = Script {
            issuer: String::new(),
            metadata: json!({}),
            claims: json!({}),
            signs: Signature::Well,
            keys: vec![key.shown()],
            key,
            answers: BTreeMap::new(),
            nonce: String::new(),
            now: now.as_millis() / 1_000,
        };
        let script = Arc::new(Mutex::new(script));
        let told = Arc::clone(&script);
        let server = Server::start(move |stream| answer(stream, Arc::clone(&told))).await;
        let issuer = format!("http://{}", server.address);
        script.lock().issuer.clone_from(&issuer);
        Self { issuer, script, _server: server }
    }

    /// As the console is told of it.
    pub fn settings(&self, groups: &str) -> ProviderSettings {
        ProviderSettings {
            issuer: self.issuer.clone(),
            name: "Fake".into(),
            client_id: CLIENT.into(),
            client_secret: Some(SECRET.into()),
            scopes: vec!["email".into()],
            groups_claim: "groups".into(),
            groups: groups.parse().expect("a map"),
            only: false,
            environment: domain::environment::Environment::Development,
        }
    }

    pub fn known(settings: ProviderSettings) -> IdentityProvider {
        IdentityProvider::new(settings, Egress::new(EgressPolicy::default(), Resolver::System))
    }

    /// Somebody proves there who they are, and comes back.
    pub fn visit(&self, sent_to: &Url) -> Returned {
        let asked: BTreeMap<_, _> = sent_to.query_pairs().into_owned().collect();
        assert_eq!((asked["client_id"].as_str(), asked["code_challenge_method"].as_str(), asked["response_type"].as_str()), (CLIENT, "S256", "code"));
        self.script.lock().nonce.clone_from(&asked["nonce"]);
        Returned { state: Some(asked["state"].clone()), code: Some("a code".into()), ..Returned::default() }
    }

    /// From now on it signs with another key, and shows that one alone.
    pub fn rotate(&self) {
        let mut script = self.script.lock();
        script.key = Key::new("second");
        script.keys = vec![script.key.shown()];
    }
}

impl Script {
    fn answer(&self, path: &str) -> Option<String> {
        if let Some(told) = self.answers.get(path) {
            return told.clone();
        }
        let issuer = &self.issuer;
        Some(ok(&match path {
            "/.well-known/openid-configuration" => merged(
                json!({
                    "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
                    "jwks_uri": format!("{issuer}/jwks"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["EdDSA"],
                }),
                &self.metadata,
            ),
            "/jwks" => json!({"keys": self.keys}),
            "/token" => json!({"access_token": "unused", "token_type": "Bearer", "id_token": self.token()}),
            _ => json!({}),
        }))
    }

    fn token(&self) -> String {
        let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let claims = merged(
            json!({
                "iss": self.issuer, "sub": "person-1", "aud": CLIENT, "iat": self.now, "exp": self.now + 300, "nonce": self.nonce,
                "email": "Ada@Example.org", "email_verified": true, "groups": ["ops"],
            }),
            &self.claims,
        );
        let algorithm = match self.signs {
            Signature::Well | Signature::WithAStrangersKey => "EdDSA",
            Signature::WithTheClientsSecret => "HS256",
            Signature::Not => "none",
        };
        let signed = format!("{}.{}", encode(&json!({"alg": algorithm, "kid": self.key.id})), encode(&claims));
        let signature = match self.signs {
            Signature::Well => self.key.pair.sign(signed.as_bytes()).as_ref().to_vec(),
            Signature::WithAStrangersKey => Key::new("stranger").pair.sign(signed.as_bytes()).as_ref().to_vec(),
            Signature::WithTheClientsSecret => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), signed.as_bytes()).as_ref().to_vec(),
            Signature::Not => Vec::new(),
        };
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

fn merged(mut object: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            object.as_object_mut().expect("an object").remove(name);
        } else {
            object[name] = value.clone();
        }
    }
    object
}

pub fn ok(body: &Value) -> String {
    let body = body.to_string();
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

pub fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

async fn answer(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let head = read_request(&mut stream).await;
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").and_then(|length| length.parse().ok()));
    let _ = stream.read_exact(&mut vec![0; length.unwrap_or_default()]).await;
    let answer = script.lock().answer(head.split(' ').nth(1).unwrap_or_default());
    match answer {
        Some(answer) => {
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        // Until whoever asked gives up.
        None => drop(stream.read_u8().await),
    }
}
