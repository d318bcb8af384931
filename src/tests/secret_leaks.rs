//! Services that repeat every secret they were given, in every form they can: none is in what a run keeps, packs or tells.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{audit::AuditFilter, diagnostic::DiagnosticTestRun, environment::Environment, operator::Role};
use engine::{
    access, audit, connections,
    diagnose::{self, RunRequest, Selection},
    evidence, notify,
};
use probes::kinds::Kinds;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tonic_health::ServingStatus;

use crate::{
    evidence::unpack,
    grpc, leaks,
    probe::merged,
    scripted::{Server, read_request},
    second_factor::{self, Ada},
    test_console::TestConsole,
};

const CANARY: &str = "canary-Zq7+v/9x-secret";

/// How an HTTP service repeats what it got.
#[derive(Clone, Copy, Debug)]
enum Body {
    /// Raw, in base64 at three offsets, in hex, in JSON; in pieces that split the secret.
    Spelled,
    /// The same, compressed, and it says so.
    Compressed,
    /// The same, compressed, and it calls it text.
    CompressedInSecret,
}

/// The kinds whose service was given the secret: a service that was not has nothing to repeat.
#[derive(Clone, Default)]
struct Given(Arc<Mutex<BTreeSet<&'static str>>>);

impl Given {
    fn note(&self, kind: &'static str, said: &str) {
        if leaks::find(CANARY, said).is_some() {
            self.0.lock().expect("not poisoned").insert(kind);
        }
    }
}

async fn http(body: Body, kind: &'static str, given: &Given) -> Server {
    let given = given.clone();
    Server::start(move |stream| answer_http(stream, body, kind, given.clone())).await
}

async fn answer_http(mut stream: TcpStream, body: Body, kind: &'static str, given: Given) {
    let request = read_request(&mut stream).await;
    given.note(kind, &request);
    let hex: String = request.bytes().map(|byte| format!("{byte:02x}")).collect();
    let offsets = ["", "x", "xy"].map(|before| STANDARD.encode(format!("{before}{request}")));
    let spelled = format!("{request}\n{}\n{hex}\n{}\n", offsets.join("\n"), Value::from(request.as_str())).into_bytes();
    // Of Supabase, what is no JSON is no answer.
    let spelled = if kind == "supabase" { Value::from(String::from_utf8_lossy(&spelled)).to_string().into_bytes() } else { spelled };
    let (bytes, head) = match body {
        Body::Spelled => (spelled, "content-type: text/plain\r\n"),
        Body::Compressed => (compressed(&spelled), "content-encoding: gzip\r\n"),
        Body::CompressedInSecret => (compressed(&spelled), "content-type: text/plain\r\n"),
    };
    let secret_lines = request.lines().filter(|line| line.contains(CANARY) || line.to_lowercase().starts_with("authorization"));
    let echoed: String = secret_lines.map(|line| format!("x-echo: {line}\r\n")).collect();
    let _ = stream.write_all(format!("HTTP/1.1 200 {CANARY}\r\n{echoed}set-cookie: s={CANARY}\r\n{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await;
    for piece in bytes.chunks(7) {
        let _ = stream.write_all(&[format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()).await;
    }
    let _ = stream.write_all(b"0\r\n\r\n").await;
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).expect("compressed");
    packed.finish().expect("compressed")
}

/// Refuses each line with that line after `before`; greets with `greeting`.
async fn lines(kind: &'static str, greeting: &'static str, before: &'static str, given: &Given) -> Server {
    let given = given.clone();
    Server::start(move |stream| refuse_lines(stream, kind, greeting, before, given.clone())).await
}

async fn refuse_lines(mut stream: TcpStream, kind: &'static str, greeting: &'static str, before: &'static str, given: Given) {
    let _ = stream.write_all(greeting.as_bytes()).await;
    let mut read = vec![0; 4_096];
    while let Ok(length @ 1..) = stream.read(&mut read).await {
        let said = String::from_utf8_lossy(&read[..length]).replace(['\r', '\n'], " ");
        given.note(kind, &said);
        let answer = match said.get(..4) {
            Some("EHLO") => "250-here\r\n250 AUTH PLAIN LOGIN\r\n".to_owned(),
            Some("NOOP") => "250 ok\r\n".to_owned(),
            _ => format!("{before}{said}\r\n"),
        };
        // In two pieces that split whatever is in it.
        let (first, rest) = answer.as_bytes().split_at(answer.len() / 2);
        let _ = stream.write_all(first).await;
        let _ = stream.flush().await;
        tokio::task::yield_now().await;
        let _ = stream.write_all(rest).await;
    }
}

/// Asks for the password in clear text, and refuses it with itself.
async fn postgres(given: &Given) -> Server {
    let given = given.clone();
    Server::start(move |stream| refuse_password(stream, given.clone())).await
}

async fn refuse_password(mut stream: TcpStream, given: Given) {
    let mut read = vec![0; 4_096];
    let _ = stream.read(&mut read).await;
    let _ = stream.write_all(b"R\0\0\0\x08\0\0\0\x03").await;
    let Ok(length @ 6..) = stream.read(&mut read).await else { return };
    let password = String::from_utf8_lossy(&read[5..length - 1]).into_owned();
    given.note("postgres", &password);
    let fields = format!("SFATAL\0C28P01\0M{password}: password {password} refused\0D{password}\0\0");
    let size = u32::try_from(fields.len() + 4).unwrap_or_default().to_be_bytes();
    let _ = stream.write_all(&[b"E", &size[..], fields.as_bytes()].concat()).await;
}

struct Connection {
    kind: &'static str,
    settings: Value,
    credential: Value,
    _server: Server,
}

fn of_http(server: Server, kind: &'static str, more: Value, secret: &str) -> Connection {
    let field = if kind == "s3" { "endpoint" } else { "url" };
    let credential = match kind {
        "s3" => json!({ "access_key_id": "key", secret: CANARY }),
        "supabase" => json!({ "anon_key": "sb_publishable_of_nobody", secret: CANARY }),
        _ => json!({ secret: CANARY }),
    };
    Connection { kind, settings: merged(json!({ field: server.url() }), more), credential, _server: server }
}

fn of_host(server: Server, kind: &'static str, more: Value) -> Connection {
    let settings = merged(json!({ "host": "127.0.0.1", "port": server.port() }), more);
    Connection { kind, settings, credential: json!({ "password": CANARY }), _server: server }
}

/// Every kind that has a secret, in each way it sends one.
async fn connections(given: &Given) -> Vec<Connection> {
    let mut all = vec![
        of_host(postgres(given).await, "postgres", json!({ "database": "d", "user": "u", "tls": "disable" })),
        of_host(lines("redis", "", "-ERR unknown command ", given).await, "redis", json!({ "user": "u" })),
        of_host(lines("redis", "", "-WRONGPASS ", given).await, "redis", json!({})),
        of_host(lines("smtp", "220 here\r\n", "535 ", given).await, "smtp", json!({ "user": "u", "security": "none" })),
    ];
    for body in [Body::Spelled, Body::Compressed, Body::CompressedInSecret] {
        let oauth = http(body, "http", given).await;
        let token_url = oauth.url();
        all.extend([
            of_http(http(body, "http", given).await, "http", json!({ "auth": "bearer" }), "token"),
            of_http(http(body, "http", given).await, "http", json!({ "auth": "basic", "username": "u" }), "password"),
            of_http(http(body, "http", given).await, "http", json!({ "auth": "header", "header_name": "X-Key" }), "header_value"),
            of_http(http(body, "http", given).await, "http", json!({ "auth": "query", "query_name": "api_key" }), "query_value"),
            of_http(oauth, "http", json!({ "auth": "oauth2", "token_url": token_url, "client_id": "c" }), "client_secret"),
            of_http(http(body, "supabase", given).await, "supabase", json!({ "bucket": "b", "protected_tables": ["t"], "function": "f" }), "service_role_key"),
            of_http(http(body, "s3", given).await, "s3", json!({ "region": "us-east-1", "bucket": "b" }), "secret_access_key"),
        ]);
    }
    let address = grpc::server(ServingStatus::Serving).await;
    let settings = json!({ "url": format!("http://{address}") });
    all.push(Connection { kind: "grpc", settings, credential: json!({ "token": CANARY }), _server: Server::answering("").await });
    all
}

/// How [`CANARY`] stands in these bytes, or in what they hold compressed.
fn found_in(bytes: &[u8]) -> Option<&'static str> {
    sighted(CANARY, bytes)
}

fn sighted(secret: &str, bytes: &[u8]) -> Option<&'static str> {
    let starts = memchr::memmem::find_iter(bytes, b"\x1f\x8b\x08");
    let unpacked = starts.map(|start| {
        let mut content = Vec::new();
        // Cut off or not, what can be read of it is looked at.
        let _ = flate2::read::GzDecoder::new(&bytes[start..]).read_to_end(&mut content);
        content
    });
    let texts = std::iter::once(bytes.to_vec()).chain(unpacked);
    texts.into_iter().find_map(|content| leaks::find(secret, &String::from_utf8_lossy(&content)))
}

#[test]
fn a_planted_secret_is_found_compressed_too() {
    assert_eq!(found_in(&[b"before", &compressed(CANARY.as_bytes())[..]].concat()), Some("raw"));
    assert_eq!(found_in(b"nothing of it"), None);
}

async fn run_all(test: &TestConsole, given: &Given) -> DiagnosticTestRun {
    let connections = connections(given).await;
    for (index, Connection { kind, settings, credential, .. }) in connections.iter().enumerate() {
        let new = json!({"name": format!("{index} {kind}"), "kind": kind, "environment": "development", "settings": settings, "credential": credential});
        connections::create(&test.scope(), serde_json::from_value(new).expect("a connection")).await.expect("created");
    }
    let request = RunRequest { selection: Selection::Environment(Environment::Development), scenarios: None, release: None };
    let begun = diagnose::request(&test.scope(), request).await.expect("begun");
    diagnose::wait(&test.scope(), begun.id, Duration::from_secs(120)).await.expect("ended")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_any_pack_result_or_notification_whatever_a_service_repeats() {
    for mut test in TestConsole::both().await {
        test.console.kinds = Kinds::all();
        let given = Given::default();
        let run = run_all(&test, &given).await;
        assert!(run.status.is_finished() && run.evidence_lost.is_none(), "{:?}", run.evidence_lost);
        // S3 signs with its secret and never sends it; what the gRPC server says holds it.
        let given: Vec<_> = given.0.lock().expect("not poisoned").iter().copied().collect();
        assert_eq!(given, ["http", "postgres", "redis", "smtp", "supabase"]);
        let pack = evidence::packed(&test.scope(), run.id).await.expect("packed");
        let files = unpack(&pack);
        assert!(files.len() > 40, "{}", files.len());
        for (path, bytes) in &files {
            assert_eq!(found_in(bytes), None, "{path}: {}", String::from_utf8_lossy(bytes));
        }
        let told = notify::list(&test.scope(), 10, None).await.expect("listed").0;
        for output in [serde_json::to_string(&run).expect("JSON"), format!("{run:?}"), format!("{told:?}")] {
            assert_eq!(found_in(output.as_bytes()), None, "{output}");
        }
    }
}

#[tokio::test]
async fn neither_the_seed_of_a_second_factor_nor_its_codes_are_in_the_database_or_the_audit_log() {
    for test in TestConsole::both().await {
        let Ada { signed_in, seed, recovery_codes } = second_factor::set_up(&test, Role::Admin).await;
        let actor = access::actor_of_session(&test.console, signed_in).await.expect("asked").expect("known");
        let scope = test.console.for_team(actor);
        let (address, code) = (Ipv4Addr::LOCALHOST.into(), second_factor::code_of(&test, &seed));
        access::second_factor::switch_off(&scope, CANARY.into(), &code, address).await.expect_err("it is not the password");
        access::second_factor::switch_off(&scope, CANARY.into(), &recovery_codes[0], address).await.expect_err("and so it is with a recovery code");
        access::second_factor::renew_codes(&scope, &recovery_codes[1], address).await.expect_err("it is not of the app");
        access::second_factor::renew_codes(&scope, &code, address).await.expect("made");
        let (entries, _) = audit::list(&test.scope(), &AuditFilter::default(), 100, None).await.expect("listed");
        let told = serde_json::to_string(&entries).expect("JSON");
        let kept = test.stored().await;
        // The address is kept: what is looked through is the whole.
        assert!(sighted("ada@example.org", &kept).is_some() && told.contains("recovery_codes_renewed"), "{}", test.database);
        let plain = recovery_codes.iter().map(|code| code.replace('-', ""));
        for secret in plain.chain(recovery_codes.clone()).chain([seed.expose_secret().to_owned(), CANARY.to_owned()]) {
            for output in [kept.as_slice(), told.as_bytes()] {
                assert_eq!(sighted(&secret, output), None, "{secret} on {}", test.database);
            }
        }
    }
}
