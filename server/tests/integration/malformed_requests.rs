//! The table of requests that make no sense.

use domain::operator::Role;
use reqwest::{Method, Response};
use serde_json::json;

use crate::test_server::TestServer;

const LIST: &str = "/api/service-connections";
const JSON: &str = "application/json";

/// A request and how it is refused.
#[derive(Clone)]
pub struct Bad {
    pub name: String,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    pub status: u16,
    pub code: &'static str,
}

impl Bad {
    pub async fn send(self, server: &TestServer) -> Response {
        let mut request = server.by(Role::Operator, self.method, &self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(self.body).send().await.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

pub fn requests(id: &str) -> Vec<Bad> {
    [syntax(), members(), content_types(), queries(), addresses(id), versions(id), edits(id), reports(), keys()].into_iter().flatten().collect()
}

fn bad(method: Method, path: &str, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>, (status, code): (u16, &'static str)) -> Bad {
    let body = body.into();
    let shown: String = String::from_utf8_lossy(&body).chars().take(60).collect();
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Bad { name: format!("{method} {path} {headers:?} {shown}"), method, path: path.to_owned(), headers, body, status, code }
}

const MALFORMED: (u16, &str) = (400, "malformed_request");
const INVALID: (u16, &str) = (422, "validation_failed");

/// Bodies that are no JSON, or none that may be read.
fn syntax() -> Vec<Bad> {
    let deep = |open: &str, close: &str| [open.repeat(5_000), close.repeat(5_000)].concat().into_bytes();
    let nested = format!(r#"{{"name":"a","kind":"tcp","environment":"development","settings":{{"host":{}1{}}}}}"#, "[".repeat(200), "]".repeat(200));
    let table: Vec<(Vec<u8>, (u16, &'static str))> = vec![
        (b"".into(), MALFORMED),
        (b"{".into(), MALFORMED),
        (b"nonsense".into(), MALFORMED),
        (b"{\"name\":}".into(), MALFORMED),
        (b"{'name':'a'}".into(), MALFORMED),
        (b"{\"name\":\"a\",}".into(), MALFORMED),
        (b"{\"name\":\"\xff\xfe\"}".into(), MALFORMED),
        (b"\xef\xbb\xbf{}".into(), MALFORMED),
        (b"{\"name\":\"\\ud800\"}".into(), MALFORMED),
        (b"{\"name\":\"a\nb\"}".into(), MALFORMED),
        (b"{\"name\":NaN}".into(), MALFORMED),
        (deep("[", "]"), MALFORMED),
        (deep("{\"settings\":", "}"), MALFORMED),
        (nested.into_bytes(), MALFORMED),
        (format!("{} true", json!({"name": "a", "kind": "tcp", "environment": "development"})).into_bytes(), MALFORMED),
        (json!({"name": "a".repeat(300_000)}).to_string().into_bytes(), (413, "payload_too_large")),
        (vec![b' '; 300_000], (413, "payload_too_large")),
    ];
    table.into_iter().map(|(body, expected)| bad(Method::POST, LIST, &[("content-type", JSON)], body, expected)).collect()
}

/// JSON that is no connection.
fn members() -> Vec<Bad> {
    let whole = json!({"name": "a", "kind": "tcp", "environment": "development", "settings": {"host": "h", "port": 1}});
    let with = |member: &str, value| {
        let mut changed = whole.clone();
        changed[member] = value;
        changed
    };
    let table = [
        json!([]),
        json!(null),
        json!("connection"),
        json!({}),
        with("name", json!(7)),
        with("name", json!(null)),
        with("name", json!("")),
        with("name", json!("a".repeat(101))),
        with("name", json!("a\u{0}b")),
        with("kind", json!("../postgres")),
        with("kind", json!("fax")),
        with("kind", json!(["tcp"])),
        with("environment", json!("Production")),
        with("environment", json!(1)),
        with("settings", json!([])),
        with("settings", json!({"host": "h"})),
        with("settings", json!({"host": "h", "port": "1"})),
        with("settings", json!({"host": "h", "port": 65_536})),
        with("settings", json!({"host": "h", "port": 1.5})),
        with("settings", json!({"host": ["h"], "port": 1})),
        with("settings", json!({"host": "h\nh", "port": 1})),
        with("settings", json!({"host": "h", "port": 1, "colour": "red"})),
        with("credential", json!({"password": "x"})),
        with("credential", json!("x")),
        with("heartbeat", json!({"interval_seconds": 1})),
        with("heartbeat", json!({"interval_seconds": -60})),
        with("heartbeat", json!({"interval_seconds": "60"})),
        with("heartbeat", json!({"retries": 4_294_967_296_u64})),
        with("tags", json!("eu")),
        with("tags", json!((0..30).map(|n| n.to_string()).collect::<Vec<_>>())),
        with("owner", json!({})),
        with("runbook_url", json!("javascript:alert(1)")),
        with("state", json!("active")),
        with("version", json!(7)),
        with("team_id", json!("01a1fdf3-37cf-76e5-9f5d-b53d9c684dac")),
        with("__proto__", json!({})),
    ];
    table.iter().map(|body| bad(Method::POST, LIST, &[("content-type", JSON)], body.to_string(), INVALID)).collect()
}

fn content_types() -> Vec<Bad> {
    let types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "application/json; charset=latin1", ""];
    let body = json!({"name": "a", "kind": "tcp", "environment": "development", "settings": {"host": "h", "port": 1}}).to_string();
    types.iter().map(|kind| bad(Method::POST, LIST, &[("content-type", kind)], body.clone(), (415, "unsupported_media_type"))).collect()
}

fn queries() -> Vec<Bad> {
    let queries = [
        "colour=red",
        "sort=size",
        "sort=",
        "sort=name;drop%20table%20teams",
        "environment=moon",
        "state=broken",
        "kind=No%20Kind",
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=ten",
        "kind=ftp",
        "limit=1&limit=2",
        "cursor=nonsense",
        "cursor=%00",
        "sort=name&cursor=WyJuYW1lIl0",
    ];
    let lists = queries.iter().map(|query| bad(Method::GET, &format!("{LIST}?{query}"), &[], "", INVALID));
    let errors = ["from=yesterday", "to=7", "limit=1000", "cursor=e30", "severity=loud"];
    lists.chain(errors.iter().map(|query| bad(Method::GET, &format!("/api/errors?{query}"), &[], "", INVALID))).collect()
}

fn addresses(id: &str) -> Vec<Bad> {
    let other = "01a1fdf3-37cf-76e5-9f5d-b53d9c684dac";
    vec![
        bad(Method::GET, &format!("{LIST}/nonsense"), &[], "", (404, "connection_not_found")),
        bad(Method::GET, &format!("{LIST}/%ff%fe"), &[], "", (404, "connection_not_found")),
        bad(Method::GET, &format!("{LIST}/..%2f..%2fetc%2fpasswd"), &[], "", (404, "connection_not_found")),
        bad(Method::GET, &format!("{LIST}/{}", "9".repeat(5_000)), &[], "", (404, "connection_not_found")),
        bad(Method::GET, "/api/diagnostics/runs/xyz", &[], "", (404, "run_not_found")),
        bad(Method::GET, "/api/teams/xyz", &[], "", (404, "team_not_found")),
        bad(Method::DELETE, "/api/teams/xyz/members/xyz", &[], "", (403, "forbidden")),
        bad(Method::GET, &format!("{LIST}/{other}"), &[], "", (404, "connection_not_found")),
        bad(Method::POST, &format!("{LIST}/{other}/verify"), &[], "", (404, "connection_not_found")),
        bad(Method::POST, &format!("{LIST}/nonsense/activate"), &[], "", (404, "connection_not_found")),
        bad(Method::POST, &format!("{LIST}/{id}/explode"), &[], "", (404, "route_not_found")),
        bad(Method::GET, &format!("{LIST}/{id}/verify"), &[], "", (405, "method_not_allowed")),
        bad(Method::PUT, &format!("{LIST}/{id}"), &[], "", (405, "method_not_allowed")),
        bad(Method::DELETE, LIST, &[], "", (405, "method_not_allowed")),
        bad(Method::TRACE, "/livez", &[], "", (405, "method_not_allowed")),
        bad(Method::POST, "/health", &[], "", (405, "method_not_allowed")),
        bad(Method::GET, "/api/nonsense", &[], "", (404, "route_not_found")),
        bad(Method::GET, "/api/kinds/", &[], "", (404, "route_not_found")),
        bad(Method::GET, "/pkg/../Cargo.toml", &[], "", (404, "route_not_found")),
        bad(Method::POST, "/actions/nonsense", &[], "", (404, "route_not_found")),
        bad(Method::GET, &format!("{LIST}/{id}/verifications?x=1"), &[], "", INVALID),
        bad(Method::GET, "/api/errors/%3Cscript%3E", &[], "", (404, "error_not_found")),
    ]
}

fn versions(id: &str) -> Vec<Bad> {
    let path = format!("{LIST}/{id}");
    let patch = |tag: &str, expected| bad(Method::PATCH, &path, &[("content-type", JSON), ("if-match", tag)], r#"{"owner":"x"}"#, expected);
    vec![
        bad(Method::PATCH, &path, &[("content-type", JSON)], r#"{"owner":"x"}"#, (428, "precondition_required")),
        patch("\"99\"", (412, "version_stale")),
        patch("\"0\"", (412, "version_stale")),
        patch("\"abc\"", (412, "version_stale")),
        patch("1", MALFORMED),
        patch("W/\"99\"", (412, "version_stale")),
        patch("\"98\", \"99\"", (412, "version_stale")),
        patch("*, \"1\"", MALFORMED),
        patch("\"1\" \"2\"", MALFORMED),
        bad(Method::DELETE, &path, &[("if-match", "\"99\"")], "", (412, "version_stale")),
    ]
}

fn edits(id: &str) -> Vec<Bad> {
    let path = format!("{LIST}/{id}");
    let headers = [("content-type", JSON), ("if-match", "\"1\"")];
    let bodies = [json!({"kind": "http"}), json!({"name": ""}), json!({"state": "active"}), json!({"settings": {"port": 0}}), json!({"tags": [1]}), json!([])];
    bodies.iter().map(|body| bad(Method::PATCH, &path, &headers, body.to_string(), INVALID)).collect()
}

fn reports() -> Vec<Bad> {
    let whole = json!({"code": "boom", "message": "m", "severity": "error", "service": "reporter"});
    let with = |member: &str, value| {
        let mut changed = whole.clone();
        changed[member] = value;
        changed.to_string()
    };
    let bodies = [
        with("severity", json!("fatal")),
        with("correlation_id", json!("a b")),
        with("correlation_id", json!("x".repeat(65))),
        with("context", json!("text")),
        with("context", json!({"long": "x".repeat(20_000)})),
        with("message", json!("x".repeat(3_000))),
        with("colour", json!("red")),
    ];
    let invalid = bodies.into_iter().map(|body| bad(Method::POST, "/api/errors", &[("content-type", JSON)], body, INVALID));
    let elsewhere = with("connection_id", json!("01a1fdf3-37cf-76e5-9f5d-b53d9c684dac"));
    invalid.chain([bad(Method::POST, "/api/errors", &[("content-type", JSON)], elsewhere, (404, "connection_not_found"))]).collect()
}

fn keys() -> Vec<Bad> {
    let body = json!({"name": "a", "kind": "tcp", "environment": "development", "settings": {"host": "h", "port": 1}}).to_string();
    let long = "k".repeat(256);
    let keys = ["", "two words", &long];
    keys.iter().map(|key| bad(Method::POST, LIST, &[("content-type", JSON), ("idempotency-key", key)], body.clone(), INVALID)).collect()
}
