//! A console of its own for each test: a real listener on a free port, an embedded database in a folder that goes with it.

use std::{collections::BTreeMap, fs, net::SocketAddr, process::Command, sync::Arc, time::Duration};

use axum::middleware;
use domain::operator::Role;
use engine::{Console, access, background::Tasks, clock::ManualClock};
use probes::tls::TlsPolicy;
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use switchboard_server::{
    listener::{self, Limits},
    router::router,
    settings::{Input, MasterKey, Settings, master_key},
    state::{AppState, open_console},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

use crate::{
    problems::{Watched, watch},
    services::services,
};

pub const PASSWORD: &str = "correct horse battery";

pub struct TestServer {
    pub base: String,
    pub address: SocketAddr,
    pub console: Console,
    pub client: reqwest::Client,
    tokens: BTreeMap<Role, String>,
    serving: JoinHandle<()>,
    watched: Watched,
    folder: Option<TempDir>,
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.serving.abort();
        self.watched.assert_well();
    }
}

impl TestServer {
    pub async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        Self::open(TempDir::new().expect("folder"), key(1), limits, &[], None).await
    }

    /// On the embedded database, and on a new one of the real PostgreSQL; each with its name.
    pub async fn both() -> [(&'static str, Self); 2] {
        [("SQLite", Self::new().await), ("PostgreSQL", Self::with_settings(&[("database_url", &new_postgres())], None).await)]
    }

    /// With settings of its own, and a clock that stands still if one is given.
    pub async fn with_settings(given: &[(&'static str, &str)], clock: Option<ManualClock>) -> Self {
        Self::open(TempDir::new().expect("folder"), key(1), Limits::default(), given, clock).await
    }

    async fn open(folder: TempDir, key: MasterKey, limits: Limits, given: &[(&'static str, &str)], clock: Option<ManualClock>) -> Self {
        let mut flags: BTreeMap<_, _> = given.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        flags.insert("data_dir", folder.path().display().to_string());
        let settings = Settings::load(&Input { flags, ..Input::default() }).settings.expect("settings");
        let mut console = open_console(&settings, key).await.expect("console");
        if let Some(clock) = clock {
            console.clock = Arc::new(clock);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let address = listener.local_addr().expect("address");
        let watched = Watched::new(console.clone());
        let router = router(AppState::new(console.clone(), &settings, Tasks::default()));
        let router = router.layer(middleware::from_fn_with_state(watched.clone(), watch));
        let serving = tokio::spawn(listener::serve(listener, router, limits, std::future::pending()));
        let client = client();
        let tokens = tokens(&console).await;
        Self { base: format!("http://{address}"), address, console, client, tokens, serving, watched, folder: Some(folder) }
    }

    /// Whether any of its files holds `text`.
    pub fn keeps(&self, text: &str) -> bool {
        let folder = self.folder.as_ref().expect("folder").path();
        let files = fs::read_dir(folder).expect("files").map(|file| file.expect("file").path()).filter(|path| path.is_file());
        let mut contents = files.map(|path| fs::read(path).expect("content"));
        contents.any(|content| content.windows(text.len()).any(|part| part == text.as_bytes()))
    }

    pub fn token(&self, role: Role) -> &str {
        &self.tokens[&role]
    }

    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// A request with the token of `role`.
    pub fn by(&self, role: Role, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(self.token(role))
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.by(Role::Operator, Method::GET, path).send().await.expect("answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.expect("JSON")
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.by(Role::Operator, Method::POST, path).json(body).send().await.expect("answer")
    }

    /// A new connection to a port where nothing listens.
    pub async fn connection(&self, name: &str) -> Value {
        let response = self.post("/api/service-connections", &connection(name, 1)).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        response.json().await.expect("JSON")
    }

    /// The cookie of someone who signed in.
    pub async fn sign_in(&self, email: &str, role: Role) -> String {
        let scope = access::command_line(&self.console, None).await.expect("actor");
        access::create_operator(&scope, email, PASSWORD.into(), role).await.expect("operator");
        let form = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
        let response = self.form("/sign-in?act=sign_in", &form).send().await.expect("answer");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        cookie(&response).expect("cookie")
    }

    /// A form as a browser of today posts it without script.
    pub fn form(&self, path: &str, body: &str) -> RequestBuilder {
        self.anonymous(Method::POST, path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "text/html")
            .body(body.to_owned())
    }
}

/// Follows nothing; trusts whom the program trusts.
pub fn client() -> reqwest::Client {
    let trust = TlsPolicy::default().client_config().expect("trust");
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    client.tls_backend_preconfigured((*trust).clone()).build().expect("client")
}

pub fn connection(name: &str, port: u16) -> Value {
    json!({"name": name, "kind": "tcp", "environment": "development", "settings": {"host": "127.0.0.1", "port": port}})
}

pub fn cookie(response: &Response) -> Option<String> {
    let text = response.headers().get(header::SET_COOKIE)?.to_str().ok()?;
    text.split(';').next().map(str::to_owned)
}

/// Reads a stream until `wanted` stands in it.
pub async fn read_until(stream: &mut Response, wanted: &str) -> String {
    let mut text = String::new();
    while !text.contains(wanted) {
        let chunk = timeout(Duration::from_secs(10), stream.chunk()).await.unwrap_or_else(|_| panic!("no {wanted} in {text}"));
        text += &String::from_utf8_lossy(&chunk.expect("a stream").expect("more"));
    }
    text
}

/// The code of a problem, after a look at everything that a problem must have.
pub async fn problem(response: Response) -> String {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.expect("text");
    assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json", "{status} {text}");
    let body: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(body["status"], status.as_u16());
    assert_eq!(body["correlation_id"], headers["x-correlation-id"].to_str().expect("text"));
    for member in ["type", "title", "detail", "remediation"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {body}");
    }
    assert!(body["retryable"].is_boolean() && body["errors"].is_array(), "{body}");
    let code = body["code"].as_str().expect("code").to_owned();
    assert!(body["type"].as_str().expect("type").ends_with(&format!("/errors/{code}")));
    code
}

/// The address of a new database.
pub fn new_postgres() -> String {
    let postgres = &services().postgres;
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    psql(&postgres.superuser_url, &format!("create database {name}"));
    let (server, _) = postgres.superuser_url.rsplit_once('/').expect("a database in the address");
    format!("{server}/{name}")
}

/// Removes the leases of dead processes from a database, as happens by itself once they are over, so that nobody waits for that.
pub fn forget_nodes(database: &str) {
    psql(database, "delete from heartbeat_nodes");
}

/// Lets a database of [`new_postgres`] be reached, or cuts off whoever is connected and lets nobody in.
pub fn set_open(database: &str, open: bool) {
    let superuser = &services().postgres.superuser_url;
    let (_, name) = database.rsplit_once('/').expect("a database in the address");
    psql(superuser, &format!("alter database {name} allow_connections {open}"));
    if !open {
        psql(superuser, &format!("do $$ begin perform pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'; end $$"));
    }
}

fn psql(database: &str, statement: &str) {
    let psql = Command::new(format!("{}/psql", services().postgres.programs)).args([database, "-qc", statement]).status();
    assert!(psql.expect("psql").success());
}

fn key(byte: u8) -> MasterKey {
    use base64::{Engine, prelude::BASE64_STANDARD};
    master_key::parse(&BASE64_STANDARD.encode([byte; 32])).expect("key")
}

async fn tokens(console: &Console) -> BTreeMap<Role, String> {
    let scope = access::command_line(console, None).await.expect("actor");
    let mut tokens = BTreeMap::new();
    for role in [Role::Viewer, Role::Operator, Role::Admin] {
        // Of an earlier console on the same data.
        let taken = access::tokens::list(&scope).await.expect("tokens").len();
        let (_, secret) = access::tokens::issue(&scope, access::tokens::NewToken::of(format!("{role} {taken}"), role)).await.expect("token");
        tokens.insert(role, secret.expose_secret().to_owned());
    }
    tokens
}
