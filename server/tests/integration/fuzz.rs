//! What anyone may write where a program of ours reads it: however it is mangled, nothing panics.
//!
//! Each target has its seeds in `fuzz/`, which are mutated with a generator of a fixed seed. An input that was once too much for us joins the seeds.
//! `script/fuzz` runs millions.

use std::{
    collections::BTreeMap,
    env, fs, iter,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::LazyLock,
    thread,
    time::Instant,
};

use axum::http::{HeaderMap, HeaderValue};
use domain::{
    correlation_id::CorrelationId,
    health_table::HealthQuery,
    ids::ProfileId,
    kind::{FieldType, KindId},
    list_query::{page_number, search_text},
    local_path::LocalPath,
    operator::Role,
    run_page::RunPageQuery,
    service_url, settings,
    time::Timestamp,
    web_address,
};
use engine::evidence::{inspect::inspect, pack};
use probes::{
    egress::{EgressPolicy, parse_host},
    kinds::Kinds,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use reqwest::{Method, header};
use serde_json::json;
use switchboard_server::{
    forwarded::TrustedProxies,
    settings::{Input, Settings},
};
use tempfile::TempDir;
use tower_sessions::{cookie::Cookie, session::Id};

use crate::test_server::TestServer;

/// Inputs of all targets, unless `script/fuzz` asks for more.
const INPUTS: usize = 8_000;
/// Rounds of requests to a server.
const ROUNDS: usize = 100;
const SEED: u64 = 20_261_126;
/// Longest input, in characters: beyond, nothing is read anyway.
const LONGEST: usize = 2_000;

/// What has been trouble elsewhere: ends of ranges, separators of every language that is read here, letters that change their length or direction.
const PIECES: &[&str] = &[
    "\0",
    "\r\n",
    "\t",
    " ",
    "\\",
    "/",
    "//",
    "..",
    "%",
    "%00",
    "%ff",
    "%2e",
    "@",
    "#",
    "?",
    "&",
    "=",
    ";",
    ",",
    ":",
    "::",
    "[",
    "]",
    "[[",
    "(",
    ")",
    "{",
    "}",
    "\"",
    "'",
    "'''",
    "\\u0000",
    "*",
    "+",
    "-",
    ".",
    "$",
    "^",
    "|",
    "<",
    ">",
    "0",
    "-1",
    "255",
    "256",
    "65535",
    "65536",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e400",
    "0x",
    "é",
    "ß",
    "İ",
    "ŉ",
    "ﬃ",
    "１",
    "。",
    "①",
    "\u{ad}",
    "\u{200b}",
    "\u{202e}",
    "\u{feff}",
    "\u{d7ff}",
    "\u{10ffff}",
    "𝟏",
    "👩‍👩‍👧",
];

/// Its name, its share of the inputs, and what reads them.
type Target = (&'static str, usize, fn(&str));

const TARGETS: &[Target] = &[
    ("urls", 3, urls),
    ("hosts", 3, hosts),
    ("conditions", 3, conditions),
    ("lists", 6, lists),
    ("file_names", 2, file_names),
    ("cookies", 6, cookies),
    ("settings", 1, settings_file),
    ("forms", 3, forms),
];

static KINDS: LazyLock<Kinds> = LazyLock::new(Kinds::all);

fn seeds(target: &str) -> Vec<String> {
    let text = match target {
        "urls" => include_str!("fuzz/urls.json"),
        "hosts" => include_str!("fuzz/hosts.json"),
        "conditions" => include_str!("fuzz/conditions.json"),
        "lists" => include_str!("fuzz/lists.json"),
        "file_names" => include_str!("fuzz/file_names.json"),
        "cookies" => include_str!("fuzz/cookies.json"),
        "settings" => include_str!("fuzz/settings.json"),
        "forms" => include_str!("fuzz/forms.json"),
        other => panic!("{other} has no seeds"),
    };
    serde_json::from_str(text).expect("a list of texts")
}

/// The settings of a kind, of each in its turn, with `text` wherever a person types something, checked and told by origin.
fn in_every_field(text: &str) {
    let turn = text.bytes().fold(0_usize, |sum, byte| sum + usize::from(byte));
    let Some(kind) = KINDS.iter().nth(turn % KINDS.iter().count()) else { return };
    let fields = &kind.descriptor().fields;
    let given = fields.iter().filter(|field| !field.is_secret()).map(|field| {
        let value = match field.kind {
            FieldType::Multiline if field.list => json!([text, "status == 200"]),
            FieldType::Number => json!(text.len()),
            FieldType::Boolean => json!(text.len().is_multiple_of(2)),
            FieldType::Choice => {
                field.choices.as_ref().and_then(|choices| choices.get(turn % choices.len())).map_or_else(|| json!(text), |choice| json!(choice))
            }
            _ => json!(text),
        };
        (field.name.to_string(), value)
    });
    let given = given.collect();
    let _ = settings::check(fields, &given);
    let _ = kind.check(&given);
    let _ = kind.sealed_to(&given);
}

fn urls(text: &str) {
    let _ = (web_address::check(text), web_address::is_link(text), LocalPath::or_overview(text));
    for kind in KINDS.iter() {
        let descriptor = kind.descriptor();
        for into in ["host", "url", "endpoint"] {
            let _ = service_url::split_over(descriptor.id, &descriptor.fields, into, text);
        }
    }
    in_every_field(text);
}

fn hosts(text: &str) {
    let _ = parse_host(text);
    let _ = text.parse::<EgressPolicy>().map(|policy| policy.to_string());
    let _ = text.parse::<TrustedProxies>().map(|proxies| proxies.to_string());
    let proxies: TrustedProxies = "127.0.0.0/8, ::1".parse().expect("proxies");
    for name in ["forwarded", "x-forwarded-for"] {
        let headers: HeaderMap = HeaderValue::from_str(text).map(|value| (name.parse().expect("a name"), value)).into_iter().collect();
        proxies.client([127, 0, 0, 1].into(), &headers);
    }
    in_every_field(text);
}

fn conditions(text: &str) {
    in_every_field(text);
}

fn lists(text: &str) {
    let said: BTreeMap<String, String> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let query = HealthQuery::read(|name| said.get(name).cloned());
    let _ = query.pairs();
    let _ = RunPageQuery::read(&|name| said.get(name).cloned());
    for word in said.values().map(String::as_str).chain([text]) {
        let _ = (search_text(word), page_number(word), word.parse::<Timestamp>().map(|moment| moment.to_string()));
        let _ = (word.parse::<ProfileId>(), word.parse::<KindId>(), word.parse::<CorrelationId>());
    }
}

fn file_names(text: &str) {
    let files = [(text.to_owned(), b"x".as_slice().into()), ("run.json".to_owned(), b"{}".as_slice().into())];
    if let Ok(archive) = pack::write(&files) {
        assert!(!inspect(&archive, None).is_intact());
    }
}

fn cookies(text: &str) {
    for cookie in Cookie::split_parse(text).chain(Cookie::split_parse_encoded(text)).flatten() {
        let _ = cookie.value().parse::<Id>();
    }
}

fn settings_file(text: &str) {
    thread_local! {
        static FOLDER: TempDir = TempDir::new().expect("a folder");
    }
    if text.contains('=') {
        let path = FOLDER.with(|folder| folder.path().join("switchboard.toml"));
        fs::write(&path, text).expect("written");
        let _ = Settings::load(&Input { file: Some(path.display().to_string()), ..Input::default() });
        return;
    }
    let names = ["SWITCHBOARD_LISTEN", "DATABASE_URL", "SWITCHBOARD_MASTER_KEY", "SWITCHBOARD_PUBLIC_URL", "SWITCHBOARD_TRUSTED_PROXIES", "DIAGNOSTICS_BUCKET"];
    let environment = names.map(|name| (name.to_owned(), text.to_owned())).into();
    let _ = Settings::load(&Input { environment, ..Input::default() });
}

/// The readers of bodies; the server functions themselves are asked over HTTP.
fn forms(text: &str) {
    let _ = serde_urlencoded::from_str::<BTreeMap<String, String>>(text);
    let _ = serde_json::from_str::<engine::connections::NewConnection>(text);
    let _ = serde_json::from_str::<engine::access::tokens::NewToken>(text);
    in_every_field(text);
}

/// One to four changes of a seed.
fn mutated(seeds: &[String], chance: &mut StdRng) -> String {
    let mut text: Vec<char> = seeds.choose(chance).expect("a seed").chars().collect();
    for _ in 0..chance.random_range(1..=4) {
        let from = chance.random_range(0..=text.len());
        let to = (from + chance.random_range(0..8)).min(text.len());
        match chance.random_range(0..7) {
            0 => drop(text.drain(from..to)),
            1 => drop(text.splice(from..to, PIECES.choose(chance).expect("a piece").chars())),
            2 => drop(text.splice(from..from, iter::once(chance.random::<char>()))),
            3 => text.truncate(from),
            4 => {
                let other: Vec<char> = seeds.choose(chance).expect("a seed").chars().collect();
                let piece = &other[chance.random_range(0..=other.len())..];
                text.splice(from..to, piece.iter().copied());
            }
            5 => {
                let piece: Vec<char> = text[from..to].into();
                text.splice(from..from, piece.repeat(chance.random_range(1..100)));
            }
            _ => text[from..to].reverse(),
        }
        text.truncate(LONGEST);
    }
    text.into_iter().collect()
}

/// The inputs that `target` panics at.
fn panics((name, share, run): Target, inputs: usize) -> Vec<String> {
    let shares: usize = TARGETS.iter().map(|(_, share, _)| share).sum();
    let wanted = inputs * share / shares + 1;
    let seeds = seeds(name);
    let mut chance = StdRng::seed_from_u64(SEED);
    let begun = Instant::now();
    let inputs = seeds.clone().into_iter().chain(iter::repeat_with(|| mutated(&seeds, &mut chance)).take(wanted));
    let found = inputs.filter(|input| catch_unwind(AssertUnwindSafe(|| run(input))).is_err()).map(|input| format!("{name}: {input:?}")).collect();
    println!("{name}: {wanted} inputs in {:?}", begun.elapsed());
    found
}

#[test]
fn nothing_that_is_read_panics() {
    let inputs = env::var("SWITCHBOARD_FUZZ_INPUTS").map_or(INPUTS, |count| count.parse().expect("a number"));
    let running: Vec<_> = TARGETS.iter().map(|target| thread::spawn(move || panics(*target, inputs))).collect();
    let found: Vec<_> = running.into_iter().flat_map(|target| target.join().expect("ended")).collect();
    println!("at least {inputs} inputs from seed {SEED}");
    assert_eq!(found, Vec::<String>::new(), "these join the seeds");
}

/// The same through the whole of the server, of which every panic would break a connection.
#[tokio::test]
async fn whatever_is_asked_is_answered() {
    let server = TestServer::new().await;
    let session = server.sign_in("ada@example.org", Role::Admin).await;
    let mut chance = StdRng::seed_from_u64(SEED);
    let of = |target: &str| seeds(target);
    let (lists, cookies, forms, names) = (of("lists"), of("cookies"), of("forms"), of("file_names"));
    let paths =
        ["/", "/settings/service-connections", "/operations/health", "/operations/errors", "/search", "/api/errors", "/api/service-connections", "/api/audit"];
    let acts = ["save_connection", "check_settings", "start_diagnostics", "read_health", "read_run", "issue_token"];
    for _ in 0..ROUNDS {
        let (query, cookie) = (mutated(&lists, &mut chance), mutated(&cookies, &mut chance));
        let (form, name) = (mutated(&forms, &mut chance), mutated(&names, &mut chance));
        let path = paths.choose(&mut chance).expect("a path");
        let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let act = acts.choose(&mut chance).expect("an act");
        let asked = [
            server.by(Role::Admin, Method::GET, &format!("{path}?{}", query.replace(['#', '\r', '\n'], ""))),
            server.by(Role::Admin, Method::GET, &format!("/api/diagnostics/evidence/{encoded}")),
            server.form(&format!("/actions/{act}"), &form).header(header::COOKIE, &session),
            server.by(Role::Admin, Method::POST, "/api/service-connections").header(header::CONTENT_TYPE, "application/json").body(form.clone()),
        ];
        let with_cookie = HeaderValue::from_str(&cookie).map(|cookie| server.anonymous(Method::GET, path).header(header::COOKIE, cookie));
        for request in asked.into_iter().chain(with_cookie) {
            // What cannot be sent, nobody sends.
            let Ok(request) = request.build() else { continue };
            let told = format!("{request:?}");
            let answer = server.client.execute(request).await.unwrap_or_else(|error| panic!("{error}: {told} {form:?}"));
            assert!(!answer.status().is_server_error(), "{}: {told} {form:?}", answer.status());
        }
    }
}
