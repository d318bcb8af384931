//! The kind `supabase` against a scripted stand-in, since the real one is a dozen services; it answers as their documentation says.

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use probes::kinds::{Cause, ConnectionKind, Target, supabase::Supabase};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    breakage::{Breakage, each_breaks_one_and_each_is_broken},
    fake_listener, leaks,
    probe::{self, artefact, deep_passes, merged},
    scripted::{Server, read_request},
    services::services,
};

fn token(role: &str) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(json!({ "alg": "HS256" })), part(json!({ "role": role, "iss": "supabase" })), URL_SAFE_NO_PAD.encode("a signature"))
}

/// What the stand-in does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    AuthDown,
    AuthRefusesKey,
    RestRefusesKey,
    ForgetsObjects,
    ReadableTable,
    ParkedDomain,
    DescriptionKept,
}

async fn project(fault: Fault) -> Server {
    let object: Arc<Mutex<Option<String>>> = Arc::default();
    Server::start(move |mut stream| {
        let object = object.clone();
        async move {
            let head = read_request(&mut stream).await;
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            let _ = stream.read_exact(&mut body).await;
            let (status, answer) = answer(fault, &head, String::from_utf8_lossy(&body).into_owned(), &object);
            let text = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}", answer.len());
            let _ = stream.write_all(text.as_bytes()).await;
        }
    })
    .await
}

fn answer(fault: Fault, head: &str, body: String, object: &Mutex<Option<String>>) -> (u16, String) {
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let key = head.lines().find_map(|line| line.strip_prefix("apikey: ")).unwrap_or_default();
    let (anon, service) = (key == token("anon"), key == token("service_role"));
    if !anon && !service {
        return (401, r#"{"message":"Invalid API key"}"#.into());
    }
    if fault == Fault::ParkedDomain {
        return (200, "<html>parked</html>".into());
    }
    if fault == Fault::DescriptionKept && anon && path == "/rest/v1/" {
        return (403, r#"{"message":"Access to schema is forbidden","hint":"Only the service_role API key can be used for this endpoint."}"#.into());
    }
    let mut object = object.lock().expect("not poisoned");
    match (method, path) {
        ("GET", "/auth/v1/health") if fault == Fault::AuthDown => (503, "{}".into()),
        ("GET", "/auth/v1/settings") if fault == Fault::AuthRefusesKey => (401, "{}".into()),
        ("GET", "/auth/v1/health" | "/auth/v1/settings") => (200, "{}".into()),
        ("GET", "/rest/v1/") if fault == Fault::RestRefusesKey || !service => (401, "{}".into()),
        ("GET", "/rest/v1/") => (200, "{}".into()),
        ("GET", "/rest/v1/secrets?select=*&limit=1") if fault == Fault::ReadableTable => (200, r#"[{"secret":"of a customer"}]"#.into()),
        ("GET", "/rest/v1/secrets?select=*&limit=1") => (200, "[]".into()),
        ("GET", "/rest/v1/locked?select=*&limit=1") => (403, "{}".into()),
        ("GET", "/storage/v1/bucket/orders") if service => (200, "{}".into()),
        ("OPTIONS", "/functions/v1/hello") => (200, String::new()),
        ("POST", path) if service && path.starts_with("/storage/v1/object/orders/switchboard-diagnostics/") => {
            *object = Some(if fault == Fault::ForgetsObjects { "something else".into() } else { body });
            (200, "{}".into())
        }
        ("GET", path) if service && path.starts_with("/storage/v1/object/orders/") => object.clone().map_or((404, "{}".into()), |kept| (200, kept)),
        ("DELETE", path) if service && path.starts_with("/storage/v1/object/orders/") => {
            *object = None;
            (200, "{}".into())
        }
        _ => (404, "{}".into()),
    }
}

/// A project that is well.
pub async fn good() -> Server {
    project(Fault::None).await
}

/// One whose sign-in service is away.
pub async fn without_auth() -> Server {
    project(Fault::AuthDown).await
}

/// What opens either.
pub fn credential() -> Value {
    json!({ "anon_key": token("anon"), "service_role_key": token("service_role") })
}

fn target(server: &Server, changes: Value, anon: &str) -> Target {
    let good = json!({ "url": server.url(), "bucket": "orders", "protected_tables": ["secrets", "locked"], "function": "hello" });
    probe::target(&Supabase::new(), merged(good, changes), &[("anon_key", anon), ("service_role_key", &token("service_role"))])
}

#[tokio::test]
async fn a_good_project_passes_every_scenario() {
    let server = project(Fault::None).await;
    let found = deep_passes(&Supabase::new(), &target(&server, json!({}), &token("anon"))).await;
    assert_eq!(found["anonymous"].found, "Its role is anon.");
    assert_eq!(found["storage_round_trip"].found, "Wrote an object, read it back, and deleted it.");
    assert_eq!(found["protected_tables"].found, "Nothing of 2 tables can be read.");
    let unnamed = target(&server, json!({ "protected_tables": [] }), &token("anon"));
    assert!(probe::run_within(probe::DEADLINE, &Supabase::new(), "protected_tables", &unnamed).await.expect("no failure").is_unused);
    let request = artefact(&found["auth"], "request");
    assert!(request.contains("apikey: [redacted]"), "{request}");
    for finding in found.values() {
        for artefact in &finding.evidence {
            let text = String::from_utf8_lossy(&artefact.bytes);
            assert_eq!(leaks::find(&token("service_role"), &text).or(leaks::find(&token("anon"), &text)), None, "{text}");
        }
    }
}

#[tokio::test]
async fn each_way_of_breaking_it_breaks_one_scenario() {
    let (_held, closed) = fake_listener::closed_port();
    let anon = token("anon");
    let table = [
        (Fault::None, json!({ "url": "http://nowhere.invalid" }), anon.as_str(), ("resolve", Cause::NameNotFound)),
        (Fault::None, json!({ "url": format!("http://127.0.0.1:{closed}") }), &anon, ("connect", Cause::Refused)),
        (Fault::AuthDown, json!({}), &anon, ("auth_health", Cause::NotReady)),
        (Fault::None, json!({}), "sb_publishable_of_nobody", ("auth_health", Cause::AuthRejected)),
        (Fault::None, json!({}), &token("service_role"), ("anonymous", Cause::KeyNotAnonymous)),
        (Fault::AuthRefusesKey, json!({}), &anon, ("auth", Cause::AuthRejected)),
        (Fault::None, json!({ "url": services().nginx.plain.replace("http:", "https:") }), &anon, ("tls", Cause::NotTls)),
        (Fault::RestRefusesKey, json!({}), &anon, ("rest", Cause::AuthRejected)),
        (Fault::None, json!({ "bucket": "missing" }), &anon, ("storage", Cause::BucketMissing)),
        (Fault::None, json!({ "function": "missing" }), &anon, ("functions", Cause::NotFound)),
        (Fault::ForgetsObjects, json!({}), &anon, ("storage_round_trip", Cause::RoundTripDiffers)),
        (Fault::ReadableTable, json!({}), &anon, ("protected_tables", Cause::TableReadable)),
        (Fault::None, json!({ "protected_tables": ["missing"] }), &anon, ("protected_tables", Cause::TableMissing)),
    ];
    let mut ways = Vec::new();
    for (fault, changes, anon, breaks) in table {
        ways.push(Breakage::new("a stand-in", target(&project(fault).await, changes, anon), breaks));
    }
    each_breaks_one_and_each_is_broken(Supabase::new(), ways).await;
}

#[tokio::test]
async fn a_page_is_no_project_and_a_description_that_is_kept_is_no_fault() {
    let parked = project(Fault::ParkedDomain).await;
    let of_parked = target(&parked, json!({}), &token("anon"));
    assert_eq!(probe::failures(&Supabase::new(), &of_parked).await.first(), Some(&("auth_health", Cause::UnexpectedAnswer)));
    let kept = project(Fault::DescriptionKept).await;
    let mut of_kept = target(&kept, json!({ "bucket": "" }), &token("anon"));
    Arc::make_mut(&mut of_kept.credential).remove("service_role_key");
    assert_eq!(probe::run_within(probe::DEADLINE, &Supabase::new(), "rest", &of_kept).await.map(|_| ()), Ok(()));
}

#[tokio::test]
async fn rows_that_must_not_be_seen_are_not_kept() {
    let server = project(Fault::ReadableTable).await;
    let failure =
        probe::run_within(probe::DEADLINE, &Supabase::new(), "protected_tables", &target(&server, json!({}), &token("anon"))).await.expect_err("readable");
    assert!(failure.evidence.iter().all(|artefact| !String::from_utf8_lossy(&artefact.bytes).contains("customer")), "{failure:?}");
}

#[test]
fn a_secret_key_is_no_anon_key() {
    for (key, cause) in [("sb_secret_x", Cause::KeyNotAnonymous), ("nonsense", Cause::ConfigurationInvalid), ("a.b.c", Cause::ConfigurationInvalid)] {
        let settings = probe::target(&Supabase::new(), json!({ "url": "http://127.0.0.1:9" }), &[("anon_key", key)]);
        let outcome = tokio::runtime::Runtime::new().expect("a runtime").block_on(Supabase::new().run("anonymous", &settings));
        assert_eq!(outcome.expect_err(key).cause, cause);
    }
}
