//! What a collector of traces is sent by the program, read as a collector reads it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as AnyValue},
    trace::v1::{Span, status::StatusCode as SpanStatus},
};
use prost::Message;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};

use crate::{
    process::{Server, run, text},
    second_process::{closed_port, open_port},
    test_server::client,
};

const CANARY: &str = "hunter2canary";

/// Keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Bytes>>>);

impl Collector {
    /// Its address.
    async fn serve(&self) -> String {
        let take = async |State(Self(sent)): State<Self>, body: Bytes| {
            sent.lock().expect("what was sent").push(body);
            StatusCode::OK
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let router = Router::new().route("/v1/traces", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    fn spans(&self) -> Vec<Span> {
        let sent = self.0.lock().expect("what was sent");
        let requests = sent.iter().map(|body| ExportTraceServiceRequest::decode(body.clone()).expect("OTLP"));
        let of_resources = requests.flat_map(|request| request.resource_spans).inspect(|of| {
            let resource = of.resource.as_ref().expect("a resource");
            assert_eq!(told(&resource.attributes, "service.name"), "switchboard");
        });
        of_resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

fn told(attributes: &[KeyValue], name: &str) -> String {
    let value = attributes.iter().find(|attribute| attribute.key == name).and_then(|attribute| attribute.value.as_ref()?.value.as_ref());
    match value {
        Some(AnyValue::StringValue(text)) => text.clone(),
        Some(AnyValue::IntValue(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The program, and someone who may do everything.
struct Console {
    server: Server,
    token: String,
    client: Client,
}

impl Console {
    fn start(folder: &TempDir, collector: &str) -> Self {
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
        let server = Server::start(folder.path(), &variables);
        let made = run(folder.path(), &["tokens", "create", "tracer", "--role", "admin"], &[], "");
        Self { server, token: text(&made.stdout).trim().to_owned(), client: client() }
    }

    async fn ask(&self, method: Method, path: &str, id: &str, body: Value) -> Value {
        let request = self.client.request(method, format!("{}{path}", self.server.base)).bearer_auth(&self.token).header("x-correlation-id", id);
        request.json(&body).send().await.expect("answer").json().await.unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_receives_a_trace_whose_root_carries_the_correlation_id() {
    let (folder, collector, (_listening, port)) = (TempDir::new().expect("folder"), Collector::default(), open_port());
    let mut console = Console::start(&folder, &collector.serve().await);
    let settings = json!({"name": "Queue", "kind": "tcp", "environment": "development", "settings": {"host": "127.0.0.1", "port": port}});
    let well = console.ask(Method::POST, "/api/service-connections", "a", settings).await;
    let settings = json!({"name": "Cache", "kind": "redis", "environment": "development", "settings": {"host": "127.0.0.1", "port": closed_port()}, "credential": {"password": CANARY}});
    let down = console.ask(Method::POST, "/api/service-connections", "b", settings).await;
    let path = |connection: &Value| format!("/api/service-connections/{}", connection["id"].as_str().expect("an id"));
    let verified = "0198c0de-0000-7000-8000-000000000001";
    assert_eq!(console.ask(Method::POST, &format!("{}/verify", path(&down)), verified, json!({})).await["outcome"], "failed");
    console.ask(Method::POST, &format!("{}/verify", path(&well)), "c", json!({})).await;
    assert_eq!(console.ask(Method::POST, &format!("{}/activate", path(&well)), "d", json!({})).await["state"], "active");
    assert_eq!(console.ask(Method::POST, "/api/service-connections/heartbeat", "e", json!({})).await["swept"], 1);
    let ran = console.ask(Method::POST, "/api/diagnostics/runs?wait=30", "f", json!({"connection_ids": [down["id"]]})).await;
    for secret in [format!("/invitations/{CANARY}"), format!("/calendars/{CANARY}.ics"), format!("/setup?token={CANARY}")] {
        console.ask(Method::GET, &secret, "g", json!({})).await;
    }
    let (code, log) = console.server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains(CANARY), "{log}");

    let spans = collector.spans();
    let of_trace = |id: &str| -> Vec<&Span> {
        let trace = uuid::Uuid::parse_str(id).expect("an ID").into_bytes();
        spans.iter().filter(|span| span.trace_id == trace).collect()
    };
    let one = |spans: &[&Span], name: &str| -> Span {
        let [only] = spans.iter().filter(|span| span.name == name).collect::<Vec<_>>()[..] else { panic!("one {name}: {spans:#?}") };
        (*only).clone()
    };
    let trace = of_trace(verified);
    let root = one(&trace, "POST /api/service-connections/{id}/verify");
    assert!(root.parent_span_id.is_empty(), "{root:?}");
    assert_eq!(told(&root.attributes, "switchboard.correlation_id"), verified);
    assert_eq!(told(&root.attributes, "http.response.status_code"), "200");
    for span in trace.iter().filter(|span| span.span_id != root.span_id) {
        assert!(trace.iter().any(|around| around.span_id == span.parent_span_id), "{span:?} hangs in the air");
    }
    let verbs = |name: &str| trace.iter().any(|span| span.name == "work" && span.events.iter().any(|event| event.name == name));
    assert!(verbs("verify_connections"), "{trace:#?}");
    let verification = one(&trace, "verification");
    let steps: Vec<_> = trace.iter().filter(|span| span.name == "step").collect();
    let is_of_redis = |step: &Span| step.parent_span_id == verification.span_id && told(&step.attributes, "switchboard.kind") == "redis";
    assert!(steps.iter().all(|step| is_of_redis(step)), "{steps:#?}");
    let has_failed = |step: &Span| told(&step.attributes, "switchboard.outcome") == "failed";
    let failed = steps.iter().find(|step| has_failed(step)).expect("a step that failed");
    assert_eq!(failed.status.as_ref().map(|status| status.code()), Some(SpanStatus::Error));

    let tried = of_trace(ran["results"][0]["correlation_id"].as_str().expect("an ID"));
    let connection = one(&tried, "connection");
    let run = spans.iter().find(|span| span.name == "run").expect("the run");
    assert!(connection.parent_span_id.is_empty() && connection.links.iter().any(|link| link.trace_id == run.trace_id), "{connection:?}");
    let heartbeat = spans.iter().find(|span| span.name == "heartbeat").expect("a heartbeat");
    assert_eq!(of_trace(&told(&heartbeat.attributes, "switchboard.correlation_id")), [heartbeat]);
    assert!(collector.0.lock().expect("what was sent").iter().all(|body| !text(body).contains(CANARY)), "a secret was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_counted_and_nobody_waits_for_it() {
    let folder = TempDir::new().expect("folder");
    let console = Console::start(&folder, &format!("http://127.0.0.1:{}", closed_port()));
    let figures = async || {
        let request = console.client.get(format!("{}/metrics", console.server.base)).bearer_auth(&console.token);
        request.send().await.expect("answer").text().await.expect("text")
    };
    timeout(Duration::from_secs(20), async {
        while !figures().await.contains(r#"switchboard_trace_spans_total{outcome="failed"}"#) {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("a failure that is counted");
    assert!(!figures().await.contains(r#"outcome="sent""#));
}
