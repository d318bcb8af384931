//! What panics may say anything, of secrets too: it reaches no log, answer, record or health.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Extension, Router,
    extract::{Request, State},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use domain::{
    error_event::ErrorFilter,
    kind::{Depth, Field},
    profile::{Settings as KindSettings, Transition},
};
use engine::{
    Console, OpsError, Scope, access,
    background::{Background, BackgroundTask, TaskStatus, Tasks},
    connections, health, heartbeat,
    report::{RequestContext, events},
    transition, verify,
};
use futures::FutureExt;
use probes::kinds::{ConnectionKind, Failure, Finding, KindDefinition, Kinds, Origin, Probe, Target};
use reqwest::StatusCode;
use serde_json::json;
use switchboard_server::{
    correlation::correlate,
    listener::{self, Limits},
    log,
    settings::{Input, Settings},
    state::AppState,
};
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};

use crate::{leaks, test_server::TestServer};

/// Tells the process that panics: this test once more.
const CHILD: &str = "SWITCHBOARD_TEST_PANICS";

const OF_HANDLER: &str = "canary-Zq7+v/9x-handler";
const OF_VERB: &str = "canary-Zq7+v/9x-verb";
const OF_TASK: &str = "canary-Zq7+v/9x-task";
const OF_PROBE: &str = "canary-Zq7+v/9x-probe";
const SECRETS: [&str; 4] = [OF_HANDLER, OF_VERB, OF_TASK, OF_PROBE];
/// The probe panics in a verification and in a heartbeat.
const PANICS: usize = 5;
/// Is told, to be found.
const CONTROL: &str = "canary-Zq7+v/9x-control";

#[tokio::test]
async fn what_a_panic_says_is_told_nowhere() {
    if std::env::var_os(CHILD).is_some() {
        return panic_everywhere().await;
    }
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child.args(["--exact", "--nocapture", "panics::what_a_panic_says_is_told_nowhere"]).env(CHILD, "1");
    let output = tokio::task::spawn_blocking(move || child.output()).await.expect("task").expect("child");
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{told}");
    for secret in SECRETS {
        assert_eq!(leaks::find(secret, &told), None, "{secret}: {told}");
    }
    assert_eq!(leaks::find(CONTROL, &told), Some("raw"), "what is told is found: {told}");
    let logged = told.lines().filter(|line| line.contains("\"message\":\"panic\"") && line.contains("panics.rs:")).count();
    assert_eq!(logged, PANICS, "each by its place: {told}");
}

fn broken<T>(secret: &str) -> T {
    panic!("could not sign in with {secret}: {:?}", secret.as_bytes().first())
}

/// Panics wherever the console catches one, and tells everything that can be read of it afterwards.
async fn panic_everywhere() {
    log::start("info", None);
    log::panics();
    let server = TestServer::new().await;
    println!("{CONTROL}");
    of_requests(&server).await;
    of_a_task(&server.console).await;
    let mut console = server.console.clone();
    console.kinds = Kinds::new([Arc::new(Fragile::new()) as Arc<dyn ConnectionKind>]);
    let scope = access::command_line(&console, None).await.expect("scope");
    of_a_connection(&scope).await;
    let (events, _) = events(&scope, &ErrorFilter::default(), 100, None).await.expect("events");
    assert_eq!(events.len(), 2, "of the two requests");
    println!("{}", json!(events));
    assert!(SECRETS.iter().all(|secret| !server.keeps(secret)));
}

async fn of_requests(server: &TestServer) {
    let settings = Settings::load(&Input::default()).settings.expect("settings");
    let state = AppState::new(server.console.clone(), &settings, Tasks::default());
    let router = Router::new().route("/handler", any(handler)).route("/verb", get(verb)).layer(middleware::from_fn_with_state(state.clone(), correlate));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let address = listener.local_addr().expect("address");
    tokio::spawn(listener::serve(listener, router.with_state(state), Limits::default(), std::future::pending()));
    let full_of_secrets = server.client.post(format!("http://{address}/handler?token={OF_HANDLER}")).bearer_auth(OF_HANDLER).body(OF_HANDLER);
    for (id, request) in [("panic-1", full_of_secrets), ("panic-2", server.client.get(format!("http://{address}/verb")))] {
        let answer = request.header("x-correlation-id", id).send().await.expect("answer");
        assert_eq!((answer.status(), &answer.headers()["x-correlation-id"]), (StatusCode::INTERNAL_SERVER_ERROR, &id.parse().expect("a value")));
        println!("{:?}", answer.headers());
        let text = answer.text().await.expect("text");
        assert!(text.contains(r#""code":"internal""#), "{text}");
        println!("{text}");
    }
}

async fn handler(request: Request) -> Response {
    broken(request.uri().query().and_then(|query| query.strip_prefix("token=")).unwrap_or_default())
}

/// As every handler has its work done.
async fn verb(State(state): State<AppState>, Extension(context): Extension<RequestContext>) -> Response {
    match context.run(async { broken::<Result<(), OpsError>>(OF_VERB) }).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => {
            println!("{error:?}");
            state.refuse(&context, error).await.into_response()
        }
    }
}

async fn of_a_task(console: &Console) {
    let task = BackgroundTask::every("fragile", Duration::from_secs(3_600), |_console| async { broken(OF_TASK) });
    let background = Background::start(console, vec![task]).expect("started");
    let tasks = background.tasks();
    let failed = async {
        while tasks.health()["fragile"].status != TaskStatus::Failed {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), failed).await.expect("it fails");
    println!("{}", json!(tasks.health()));
}

async fn of_a_connection(scope: &Scope) {
    let new = json!({
        "name": "Fragile", "kind": "fragile", "environment": "development", "settings": {"host": "127.0.0.1"}, "credential": {"password": OF_PROBE},
        "heartbeat": {"interval_seconds": 60, "timeout_seconds": 5, "retries": 0},
    });
    let connection = connections::create(scope, serde_json::from_value(new).expect("a connection")).await.expect("created");
    let verify = async || {
        let begun = verify::start(scope, connection.id).await.expect("begun");
        let ended = verify::wait(scope, begun.id).await.expect("ended");
        println!("{}", json!(ended));
        ended.outcome.to_string()
    };
    assert_eq!(verify().await, "failed");
    BREAKS.store(false, Ordering::Relaxed);
    assert_eq!(verify().await, "passed");
    transition::apply(scope, connection.id, Transition::Activate).await.expect("active");
    BREAKS.store(true, Ordering::Relaxed);
    let swept = heartbeat::sweep::sweep(scope, Some(&[connection.id])).await.expect("swept");
    assert_eq!((swept.passed, swept.failed), (0, 1));
    println!("{}", json!(health::get(scope, connection.id).await.expect("health")));
}

/// Whether the kind is broken.
static BREAKS: AtomicBool = AtomicBool::new(true);

/// A kind whose client breaks, with the credential in its hands.
struct Fragile(KindDefinition);

impl Fragile {
    fn new() -> Self {
        let fields = vec![Field::text("host", "Host").required(), Field::port(4000), Field::secret("password", "Password")];
        let probes = vec![Probe::blocking("connect", "Accepts a connection", Depth::Heartbeat, |target| connect(target).boxed())];
        Self(KindDefinition::new("fragile", "Fragile", "Anything that breaks.", fields, probes))
    }
}

async fn connect(target: &Target) -> Result<Finding, Failure> {
    if BREAKS.load(Ordering::Relaxed) { broken(target.secret("password").unwrap_or_default()) } else { Ok("It holds.".to_owned().into()) }
}

#[async_trait]
impl ConnectionKind for Fragile {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, settings: &KindSettings) -> Vec<Origin> {
        vec![Origin { scheme: "fragile".to_owned(), host: settings["host"].as_str().unwrap_or_default().to_owned(), port: None }]
    }
}
