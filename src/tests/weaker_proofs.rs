//! A stored credential never goes to a stranger who could not have passed for the service before: every kind that has one, every
//! setting that says how the service is proved.

use std::fs;

use domain::{
    kind::{Field, FieldType},
    profile::{ServiceConnectionProfile, Settings},
};
use engine::connections::{self, ConnectionEdit};
use probes::kinds::{ConnectionKind, Kinds};
use serde_json::{Value, json};

use crate::{
    contracts::sample,
    probe::merged,
    services::services,
    test_console::{TestConsole, refused},
};

const PROOFS: [&str; 4] = ["tls", "security", "skip_tls_verification", "ca_pem"];

/// What `field` may be changed from and to, and whether the way back is one to a better proof.
fn weakenings(field: &Field) -> Vec<(Value, Value, bool)> {
    let authority = services().nginx.ca_pem.clone();
    match (&*field.name, field.kind) {
        ("ca_pem", _) => {
            let other = fs::read_to_string(&services().nginx.certificate_file).expect("a certificate");
            vec![(json!(authority), json!(other), false), (json!(""), json!(authority), false), (json!(authority), json!(""), false)]
        }
        ("skip_tls_verification", _) => vec![(json!(false), json!(true), true)],
        ("tls", FieldType::Boolean) => vec![(json!(true), json!(false), true)],
        // Listed by how much they prove.
        ("tls", _) => ["verify-full", "require", "prefer", "disable"].windows(2).map(|pair| (json!(pair[0]), json!(pair[1]), true)).collect(),
        ("security", _) => vec![(json!("tls"), json!("none"), true), (json!("starttls"), json!("none"), true)],
        (name, _) => panic!("{name} proves nothing"),
    }
}

/// Settings of `kind` that a credential is used with, and that credential.
fn good(kind: &dyn ConnectionKind) -> (Value, Value) {
    let fields = &kind.descriptor().fields;
    let settings: Settings = fields.iter().filter_map(|field| Some((field.name.to_string(), sample(field, 9_999)?))).collect();
    // What none of the samples says, and a sign-in needs.
    let more = fields.iter().filter_map(|field| match &*field.name {
        "auth" => Some(("auth".to_owned(), json!("bearer"))),
        "user" if kind.descriptor().id == "smtp" => Some(("user".to_owned(), json!("orders"))),
        _ => None,
    });
    let settings = merged(json!(settings), Value::Object(more.collect()));
    let is_asked = |field: &&Field| {
        let when = field.shown_when.as_ref();
        field.is_secret()
            && field.only_with.is_none()
            && when.is_none_or(|when| settings[&*when.field].as_str().is_some_and(|value| when.is.iter().any(|is| is == value)))
    };
    let credential: serde_json::Map<_, _> = fields.iter().filter(is_asked).map(|field| (field.name.to_string(), json!("open-sesame"))).collect();
    (settings, Value::Object(credential))
}

async fn change(test: &TestConsole, profile: &ServiceConnectionProfile, edit: Value) -> Result<ServiceConnectionProfile, engine::OpsError> {
    let edit: ConnectionEdit = serde_json::from_value(edit).expect("an edit");
    connections::edit(&test.scope(), profile.id, profile.version, edit).await
}

#[tokio::test]
async fn a_weaker_proof_of_the_service_asks_for_the_credential_again() {
    let mut tried = Vec::new();
    for mut test in TestConsole::both().await {
        test.console.kinds = Kinds::all();
        for kind in Kinds::all().iter() {
            let fields = &kind.descriptor().fields;
            let (settings, credential) = good(kind);
            if credential.as_object().is_some_and(serde_json::Map::is_empty) {
                continue;
            }
            for field in fields.iter().filter(|field| PROOFS.contains(&&*field.name)) {
                for (strong, weak, is_better_back) in weakenings(field) {
                    let what = format!("{}.{} from {strong} to {weak} on {}", kind.descriptor().id, field.name, test.database);
                    let new = json!({
                        "name": format!("Connection {}", tried.len()), "kind": kind.descriptor().id, "environment": "staging",
                        "settings": merged(settings.clone(), json!({ &*field.name: strong })), "credential": credential,
                    });
                    let made = connections::create(&test.scope(), serde_json::from_value(new).expect("a connection")).await;
                    let made = made.unwrap_or_else(|error| panic!("{what}: {error:?}"));
                    assert!(made.has_credential, "{what}");
                    let weaker = json!({ "settings": { &*field.name: weak } });
                    assert_eq!(refused(change(&test, &made, weaker.clone()).await), "credential_required", "{what}");
                    let edit = merged(weaker, json!({ "credential": credential }));
                    let weakened = change(&test, &made, edit).await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
                    let back = change(&test, &weakened, json!({ "settings": { &*field.name: strong } })).await;
                    assert_eq!(back.is_ok_and(|profile| profile.has_credential), is_better_back, "{what}, and back");
                    tried.push(format!("{}.{}", kind.descriptor().id, field.name));
                }
            }
        }
    }
    tried.sort_unstable();
    tried.dedup();
    let all = [
        "grpc.ca_pem",
        "http.ca_pem",
        "http.skip_tls_verification",
        "postgres.ca_pem",
        "postgres.tls",
        "redis.ca_pem",
        "redis.tls",
        "s3.ca_pem",
        "smtp.ca_pem",
        "smtp.security",
        "supabase.ca_pem",
    ];
    assert_eq!(tried, all);
}
