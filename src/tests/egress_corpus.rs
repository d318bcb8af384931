//! Hundreds of ways to write an address that must not be reached, against every kind, every address of a token, and the bucket of evidence.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, LazyLock},
    time::Duration,
};

use bytes::Bytes;
use domain::{
    correlation_id::CorrelationId,
    environment::Environment,
    ids::Id,
    kind::{Depth, Field, FieldType},
};
use engine::{
    evidence::{EvidenceStore, Key},
    notify::{
        channels,
        manage::{self, TestOutcome},
    },
    sending::Sending,
};
use hyper::{HeaderMap, Method, Request};
use probes::{
    dispatch::{self, MailSecurity, MailServer, SendContext},
    egress::{DialError, Egress, EgressPolicy, Range, Resolver},
    kinds::{Cause, ConnectionKind, Failure, Kinds, Target},
    web::Web,
};
use serde_json::json;
use strum::IntoEnumIterator;
use tokio::{task::JoinSet, time::timeout};

use crate::{probe, scripted::Server, test_console::TestConsole};

/// Hosts by the range that denies them, in the words of [`Range`]; `NoHost` is what names nothing.
static HOSTS: LazyLock<BTreeMap<String, Vec<String>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("egress_corpus/hosts.json")).expect("hosts by their range"));

/// Whole addresses that two readers could read differently, with `{at}` for host and port.
static URLS: LazyLock<Vec<String>> = LazyLock::new(|| serde_json::from_str(include_str!("egress_corpus/urls.json")).expect("a list"));

const NO_HOST: &str = "NoHost";
const GUARDED: [Environment; 2] = [Environment::Staging, Environment::Production];
/// What is kept off is so at once.
const DEADLINE: Duration = Duration::from_secs(1);
const REBINDINGS: usize = 10_000;
/// Dials under way at the same time.
const AT_ONCE: usize = 64;

fn hosts() -> impl Iterator<Item = (&'static str, &'static str)> {
    HOSTS.iter().flat_map(|(range, hosts)| hosts.iter().map(|host| (range.as_str(), host.as_str())))
}

fn range(name: &str) -> Option<Range> {
    Range::iter().find(|range| format!("{range:?}") == name)
}

/// Knows the names of the corpus.
fn egress() -> Egress {
    let table: &[(&str, &[&str])] = &[
        ("localhost", &["127.0.0.1", "::1"]),
        ("localhost.", &["127.0.0.1"]),
        ("loopback.test", &["127.0.0.1"]),
        ("loopback.test.", &["127.0.0.1"]),
        ("v6.loopback.test", &["::1"]),
        ("mapped.loopback.test", &["::ffff:127.0.0.1"]),
        ("nat64.loopback.test", &["64:ff9b::7f00:1"]),
        ("both.loopback.test", &["8.8.8.8", "127.0.0.1"]),
        ("private.test", &["10.0.0.1"]),
        ("link-local.test", &["169.254.169.254"]),
        ("metadata.test", &["100.100.100.200"]),
        ("unspecified.test", &["0.0.0.0"]),
        // What is left of a URL in a URL.
        ("http", &["127.0.0.1"]),
    ];
    let address = |text: &&str| text.parse::<IpAddr>().expect("address");
    let answers = table.iter().map(|(name, texts)| ((*name).to_owned(), vec![texts.iter().map(address).collect()]));
    Egress::new(EgressPolicy::default(), Resolver::Scripted(answers.collect()))
}

/// Listens at every address of this machine, of both families.
async fn decoy() -> Server {
    Server::at((Ipv6Addr::UNSPECIFIED, 0), |stream| async move { drop(stream) }).await
}

/// As it stands in a URL.
fn in_url(host: &str) -> String {
    if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() }
}

/// Where a kind is told an address: the names of its fields.
fn address_fields(kind: &dyn ConnectionKind) -> Vec<&Field> {
    let is_address = |field: &&Field| field.kind == FieldType::Url || ["host", "resolver"].contains(&&*field.name);
    kind.descriptor().fields.iter().filter(is_address).collect()
}

fn sample(field: &Field) -> Option<serde_json::Value> {
    match (&*field.name, field.kind) {
        ("port", _) => Some(json!(1)),
        ("resolver", _) => Some(json!("127.0.0.1:1")),
        (_, FieldType::Url) if field.required => Some(json!("http://127.0.0.1:1/")),
        (_, FieldType::Number) if field.required => field.default.clone().or(field.min.map(Into::into)),
        _ if field.required && !field.is_secret() => field.default.clone().or_else(|| Some(json!("example"))),
        _ => None,
    }
}

/// A connection as it could have been stored, whatever the form would have said: `written` where its address stands.
fn stored(kind: &dyn ConnectionKind, field: &Field, written: &str, port: u16, environment: Environment, egress: &Egress) -> Target {
    let fields = &kind.descriptor().fields;
    let mut settings: serde_json::Map<_, _> = fields.iter().filter_map(|field| Some((field.name.to_string(), sample(field)?))).collect();
    if field.name == "token_url" {
        settings.insert("auth".into(), json!("oauth2"));
    }
    let secrets: Vec<_> = fields.iter().filter(|field| field.is_secret()).map(|field| (&*field.name, "secret")).collect();
    let mut target = probe::target(kind, settings.into(), &secrets);
    let stored = Arc::make_mut(&mut target.settings);
    if stored.contains_key("port") {
        stored.insert("port".into(), port.into());
    }
    stored.insert(field.name.to_string(), written.into());
    Target { environment, egress: egress.clone(), ..target }
}

/// What a field of this sort would hold to lead to `host`.
fn written(field: &Field, host: &str, port: u16) -> String {
    match (&*field.name, field.kind) {
        (_, FieldType::Url) => format!("http://{}:{port}/", in_url(host)),
        ("resolver", _) => format!("{}:{port}", in_url(host)),
        _ => host.to_owned(),
    }
}

fn is_kept_off(outcome: &Result<(), Failure>) -> bool {
    outcome.as_ref().is_err_and(|failure| matches!(failure.cause, Cause::Denied | Cause::InvalidHost | Cause::ConfigurationInvalid))
}

/// The heartbeat and every scenario. What goes nowhere before it has connected, or signed in for a token, must have been kept off there.
async fn try_all(kind: &dyn ConnectionKind, field: &Field, target: &Target) -> Vec<String> {
    let first = if field.name == "token_url" { "sign_in" } else { "connect" };
    let mut came_of_it = Vec::new();
    let mut note = |what: &str, outcome: Result<(), Failure>| {
        if !is_kept_off(&outcome) {
            came_of_it.push(format!("{} {} at {:?}: {what}: {outcome:?}", kind.descriptor().id, field.name, target.settings.get(&*field.name)));
        }
    };
    let heartbeat = timeout(DEADLINE, kind.heartbeat(target)).await.unwrap_or(Ok(()));
    if first == "connect" {
        note("heartbeat", heartbeat);
    }
    for scenario in kind.descriptor().scenarios_to(Depth::Diagnose) {
        let outcome = probe::run_within(DEADLINE, kind, scenario.id, target).await;
        if scenario.id == first {
            note(first, outcome.map(drop));
        }
    }
    came_of_it
}

#[tokio::test]
async fn each_form_is_seen_for_what_it_is() {
    assert!(hosts().filter(|(range, _)| *range != NO_HOST).count() >= 300);
    let egress = egress();
    let mut wrong = Vec::new();
    for (name, host) in hosts() {
        let outcome = egress.resolve(Environment::Production, host, 80).await;
        let is_right = match (&outcome, range(name)) {
            // What carries an address may be stricter by itself, never laxer.
            (Err(DialError::Denied { reason, .. }), Some(range)) => *reason >= range,
            (Err(DialError::InvalidHost(_)), None) => name == NO_HOST,
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{host:?} is {outcome:?} instead of {name}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_leads_any_kind_where_it_must_not_go() {
    let (decoy, egress) = (decoy().await, egress());
    let mut came_of_it = Vec::new();
    let mut tried = 0;
    for kind in Kinds::all().iter() {
        let fields = address_fields(kind);
        assert!(!fields.is_empty(), "where does {} go?", kind.descriptor().id);
        for (field, (_, host)) in fields.iter().flat_map(|field| hosts().map(move |form| (field, form))) {
            let written = written(field, host, decoy.port());
            // Both in turn: they are guarded alike.
            let environment = GUARDED[tried % GUARDED.len()];
            came_of_it.extend(try_all(kind, field, &stored(kind, field, &written, decoy.port(), environment, &egress)).await);
            tried += 1;
        }
    }
    assert_eq!(came_of_it, Vec::<String>::new());
    assert!(tried >= 300 * 10, "{tried}");
    assert_eq!(decoy.accepted().await, 0);
}

#[tokio::test]
async fn no_trick_in_a_url_leads_any_kind_where_it_must_not_go() {
    let (decoy, egress) = (decoy().await, egress());
    let at = format!("127.0.0.1:{}", decoy.port());
    let mut came_of_it = Vec::new();
    for kind in Kinds::all().iter() {
        for field in address_fields(kind).into_iter().filter(|field| field.kind == FieldType::Url) {
            for url in URLS.iter().map(|url| url.replace("{at}", &at)) {
                // Where the address itself would be free, so that nothing but its form keeps it off.
                let target = stored(kind, field, &url, decoy.port(), Environment::Development, &egress);
                assert!(!kind.check(&target.settings).is_empty(), "{url:?} could be stored");
                came_of_it.extend(try_all(kind, field, &target).await);
            }
        }
    }
    assert_eq!(came_of_it, Vec::<String>::new());
    assert_eq!(decoy.accepted().await, 0);
}

/// What channels send, and what is asked of an identity provider.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_leads_a_request_or_a_mail_of_the_console_where_it_must_not_go() {
    let (decoy, egress) = (decoy().await, egress());
    let mut reached = Vec::new();
    for (number, (_, host)) in hosts().enumerate() {
        let way = SendContext { egress: egress.clone(), environment: GUARDED[number % GUARDED.len()], correlation_id: CorrelationId::mint() };
        let address = format!("http://{}:{}/", in_url(host), decoy.port());
        if let Ok(url) = dispatch::parse_url(&address) {
            let request = dispatch::Request { method: Method::POST, url, headers: HeaderMap::new(), body: Bytes::new() };
            reached.extend(dispatch::request(&way, request).await.is_ok().then_some(("message", host)));
        }
        if let Ok(request) = Request::get(&address).body(Vec::new()) {
            let web = Web::new(egress.clone(), way.environment);
            reached.extend(web.send(&way.correlation_id, request).await.is_ok().then_some(("request", host)));
        }
        let (user, password, from) = (String::new(), String::new().into(), "console@example.org".to_owned());
        let server = MailServer { host: host.to_owned(), port: decoy.port(), security: MailSecurity::None, user, password, from };
        reached.extend(dispatch::mail(&way, &server, "ada@example.org", b"").await.is_ok().then_some(("mail", host)));
    }
    assert_eq!(reached, Vec::new());
    assert_eq!(decoy.accepted().await, 0);
}

/// What each type of channel asks for beside its URL.
fn channel_types() -> [(&'static str, serde_json::Value, serde_json::Value); 10] {
    let none = || json!({});
    [
        ("slack", none(), none()),
        ("teams", none(), none()),
        ("discord", none(), none()),
        ("telegram", json!({"chat_id": "1"}), json!({"bot_token": "1:a"})),
        ("pagerduty", none(), json!({"routing_key": "R0"})),
        ("alertmanager", none(), none()),
        ("ntfy", json!({"topic": "orders"}), none()),
        ("sms", json!({"from": "+15005550006", "to": ["+15005550001"]}), json!({"account": "AC0", "token": "t"})),
        ("webhook", none(), json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})),
        ("template", none(), json!({"headers": "X-Key: a"})),
    ]
}

/// A form of each range, as every type of channel sends it.
#[tokio::test]
async fn no_type_of_channel_leads_where_it_must_not_go() {
    let (decoy, mut test) = (decoy().await, TestConsole::sqlite().await);
    test.console.egress = egress();
    test.console.sending = Arc::new(Sending { environment: Environment::Production, ..Sending::default() });
    assert_eq!(channel_types().len(), channels::all().filter(|kind| kind.descriptor().id != "email").count(), "a type is not tried");
    let mut by_range = BTreeMap::new();
    for (range, host) in hosts() {
        by_range.entry(range).or_insert(host);
    }
    let mut tried = 0;
    for (kind, settings, credential) in channel_types() {
        for host in by_range.values() {
            let url = format!("http://{}:{}/", in_url(host), decoy.port());
            let new = json!({"name": "A channel", "type": kind, "settings": probe::merged(json!({"url": url}), settings.clone()), "credential": credential});
            // What names nothing is not even stored.
            let Ok(channel) = manage::create(&test.scope(), serde_json::from_value(new).expect("a channel")).await else { continue };
            let tested = manage::test(&test.scope(), channel.id).await.expect("tried");
            assert_eq!(tested.outcome, TestOutcome::Failed, "{kind} to {url}: {tested:?}");
            manage::remove(&test.scope(), channel.id).await.expect("removed");
            tried += 1;
        }
    }
    assert!(tried >= 10 * (Range::iter().count() - 2), "{tried}");
    assert_eq!(decoy.accepted().await, 0);
}

/// What an administrator of the server may write, and what a name of it may answer.
#[tokio::test]
async fn no_form_leads_the_bucket_of_evidence_to_the_console_or_beyond_what_may_be_reached_anywhere() {
    let (decoy, egress) = (decoy().await, egress());
    egress.deny_listener(decoy.address);
    let forbidden =
        [Range::Loopback, Range::Unspecified, Range::LinkLocal, Range::Metadata, Range::Multicast, Range::Broadcast].map(|range| format!("{range:?}"));
    let mut tried = 0;
    for (_, host) in hosts().filter(|(range, _)| forbidden.iter().any(|name| name == range) || *range == NO_HOST) {
        let endpoint = format!("http://{}:{}", in_url(host), decoy.port());
        // An address that makes no sense is refused before.
        if let Ok(store) = bucket(&endpoint, &egress) {
            assert!(store.put(key(), vec![1]).await.is_err(), "{host:?}");
        }
        tried += 1;
    }
    assert!(tried >= 250, "{tried}");
    assert_eq!(decoy.accepted().await, 0);
}

#[tokio::test]
async fn the_bucket_of_evidence_is_reached_where_it_may_be_and_leads_nowhere_else() {
    let elsewhere = decoy().await;
    let answer = format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{}/\r\nContent-Length: 0\r\n\r\n", elsewhere.port());
    let (redirecting, taking) = (Server::answering(answer).await, Server::answering("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 0\r\n\r\n").await);
    let egress = egress();
    let at = |server: &Server| bucket(&format!("http://localhost:{}", server.port()), &egress).expect("a bucket");
    // A reading alone would be followed.
    assert!(at(&redirecting).get(key()).await.is_err());
    at(&taking).put(key(), vec![1]).await.expect("kept");
    assert_eq!((elsewhere.accepted().await, taking.accepted().await), (0, 1));
}

fn bucket(endpoint: &str, egress: &Egress) -> Result<EvidenceStore, engine::OpsError> {
    let variables = [("AWS_ENDPOINT", endpoint), ("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
    EvidenceStore::bucket("s3://evidence", variables.map(|(name, value)| (name.to_owned(), value.to_owned())), egress)
}

fn key() -> Key {
    Key { team: Id::new(), run: Id::new(), id: Id::new() }
}

#[tokio::test]
async fn what_may_be_reached_is_reached_however_it_is_written() {
    let (decoy, egress) = (decoy().await, egress());
    let forms = ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "１２７。０。０。１", "::1", "[::1]", "[::ffff:127.0.0.1]", "LOCALHOST", "loopback.test."];
    for host in forms {
        egress.dial(Environment::Development, host, decoy.port()).await.unwrap_or_else(|error| panic!("{host}: {error}"));
    }
    let granted = Egress::new(format!("127.0.0.1:{}", decoy.port()).parse().expect("a grant"), Resolver::Scripted(BTreeMap::new()));
    for host in ["127.0.0.1", "127.1", "[::ffff:7f00:1]"] {
        granted.dial(Environment::Production, host, decoy.port()).await.unwrap_or_else(|error| panic!("{host}: {error}"));
    }
    assert_eq!(decoy.accepted().await, forms.len() + 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_turns_ten_thousand_times_leads_to_what_is_allowed_alone() {
    let allowed = Server::start(|stream| async move { drop(stream) }).await;
    let denied = Server::at(([127, 0, 0, 2], allowed.port()), |stream| async move { drop(stream) }).await;
    let [good, bad] = ["127.0.0.1", "127.0.0.2"].map(|text| text.parse::<IpAddr>().expect("address"));
    let turns = [vec![good], vec![bad], vec![good, bad], vec![bad, good]];
    let answers = (0..REBINDINGS).map(|turn| turns[turn % turns.len()].clone()).collect();
    let grant = format!("127.0.0.1:{}", allowed.port()).parse().expect("a grant");
    let egress = Egress::new(grant, Resolver::Scripted(BTreeMap::from([("flip.test".to_owned(), answers)])));
    let mut dials = JoinSet::new();
    let mut opened = 0;
    for turn in 0..REBINDINGS {
        if turn >= AT_ONCE {
            opened += usize::from(dials.join_next().await.expect("one").expect("ended"));
        }
        let (egress, port) = (egress.clone(), allowed.port());
        dials.spawn(async move { egress.dial(Environment::Production, "flip.test", port).await.is_ok() });
    }
    opened += dials.join_all().await.into_iter().filter(|is_open| *is_open).count();
    assert_eq!((opened, allowed.accepted().await, denied.accepted().await), (REBINDINGS / turns.len(), REBINDINGS / turns.len(), 0));
}
