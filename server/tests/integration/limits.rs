//! What a stranger can hold on to: not much, and not for long.

use std::time::{Duration, Instant};

use domain::operator::Role;
use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::json;
use switchboard_server::listener::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::test_server::{TestServer, client, problem};

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("the connection ends").expect("read");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn headers_that_never_end_are_cut_off() {
    let server = TestServer::with(Limits { header: Duration::from_millis(300), ..Limits::default() }).await;
    for start in ["", "G", "GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(server.address).await.expect("connected");
        stream.write_all(start.as_bytes()).await.expect("written");
        let answer = read_all(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{start:?}: {answer}");
        assert!(begun.elapsed() >= Duration::from_millis(250), "not before its time");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_told_of() {
    let server = TestServer::new().await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    let token = server.token(Role::Operator);
    let head = format!("POST /api/errors HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut answer = [0; 2_048];
    let read = timeout(Duration::from_secs(45), stream.read(&mut answer)).await.expect("an answer").expect("read");
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains(r#""code":"request_timeout""#), "{answer}");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_kept() {
    let server = TestServer::with(Limits { header: Duration::from_millis(300), ..Limits::default() }).await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    for _ in 0..3 {
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("written");
        let mut answer = [0; 2_048];
        let read = stream.read(&mut answer).await.expect("read");
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    }
    read_all(&mut stream).await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = TestServer::new().await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    let head = format!("GET /livez HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n", "x".repeat(100_000));
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = [0; 12];
    let _ = timeout(Duration::from_secs(5), stream.read_exact(&mut answer)).await.expect("an answer or an end");
    assert!(answer == [0; 12] || answer.starts_with(b"HTTP/1.1 431"), "{answer:?}");
}

#[tokio::test]
async fn silent_connections_make_room_for_whoever_asks_something() {
    let server = TestServer::with(Limits { connections: 40, per_address: 20, header: Duration::from_secs(60), ..Limits::default() }).await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(server.address).await.expect("connected"));
    }
    for path in ["/livez", "/readyz", "/sign-in"] {
        let answer = server.anonymous(Method::GET, path).timeout(Duration::from_secs(5)).send().await.expect("answer");
        assert_eq!(answer.status(), 200, "{path}");
    }
    let left = stream::iter(silent).then(async |mut stream| timeout(Duration::from_millis(1), stream.read(&mut [0])).await.is_err());
    assert!(left.filter(|open| std::future::ready(*open)).count().await < 20, "the oldest went");
}

#[tokio::test]
async fn where_every_connection_is_busy_probes_are_answered_and_others_are_told_when_to_come_back() {
    let server = TestServer::with(Limits { connections: 40, per_address: 20, ..Limits::default() }).await;
    let token = server.token(Role::Operator);
    let head =
        format!("POST /api/errors HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n");
    let mut busy = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(server.address).await.expect("connected");
        stream.write_all(head.as_bytes()).await.expect("written");
        busy.push(stream);
    }
    // Each over a connection of its own.
    let ask = async |path: &str| client().get(format!("{}{path}", server.base)).send().await;
    // The last one may not have been read yet, and then makes room.
    let refused = async {
        loop {
            let answer = ask("/sign-in").await.expect("answer");
            if answer.status() == 503 {
                return answer;
            }
        }
    };
    let refused = timeout(Duration::from_secs(10), refused).await.expect("no room");
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(problem(refused).await, "overloaded");
    for path in ["/livez", "/readyz", "/health"] {
        assert_eq!(ask(path).await.expect("answer").status(), 200, "{path}");
    }
    drop(busy);
    let again = async { while ask("/sign-in").await.expect("answer").status() != 200 {} };
    timeout(Duration::from_secs(10), again).await.expect("room again");
}

#[tokio::test]
async fn one_reader_holds_so_many_streams_and_no_more() {
    let server = TestServer::new().await;
    let open = async |role| server.by(role, Method::GET, "/api/events").send().await.expect("answer");
    let mut held = Vec::new();
    loop {
        let answer = open(Role::Viewer).await;
        if answer.status() == 429 {
            assert_eq!(answer.headers()["retry-after"], "60");
            assert_eq!(problem(answer).await, "too_many_requests");
            break;
        }
        assert!(answer.status() == 200 && held.len() < 100, "{} after {}", answer.status(), held.len());
        held.push(answer);
    }
    assert_eq!(open(Role::Operator).await.status(), 200, "another reader has a share of its own");
    held.pop();
    let again = async { while open(Role::Viewer).await.status() != 200 {} };
    timeout(Duration::from_secs(10), again).await.expect("a stream that ended makes room");
}

#[tokio::test]
async fn one_token_reports_so_many_errors_a_minute() {
    let server = TestServer::with_settings(&[("error_reports_per_minute", "20")], None).await;
    let error = json!({"code": "E1", "message": "x", "severity": "error", "service": "shop"});
    for _ in 0..20 {
        assert_eq!(server.post("/api/errors", &error).await.status(), 201);
    }
    let refused = server.post("/api/errors", &error).await;
    let wait: u64 = refused.headers()["retry-after"].to_str().expect("text").parse().expect("seconds");
    assert!(refused.status() == 429 && (1..=60).contains(&wait), "{wait}");
    let list = server.get("/api/errors?limit=200").await;
    assert_eq!(list["items"].as_array().expect("items").len(), 20, "what was refused is not recorded instead");
}

#[tokio::test]
async fn a_report_that_cannot_be_read_counts_as_one() {
    let server = TestServer::with_settings(&[("error_reports_per_minute", "20")], None).await;
    let mut codes = Vec::new();
    for wrong in ["{}", "{", "[]", r#"{"code": "", "message": "x", "severity": "error", "service": "shop"}"#].iter().cycle().take(100) {
        let request = server.by(Role::Operator, Method::POST, "/api/errors").header("content-type", "application/json");
        codes.push(problem(request.body(*wrong).send().await.expect("answer")).await);
    }
    assert!(codes[20..].iter().filter(|code| *code == "too_many_requests").count() > 70, "{codes:?}");
    let list = server.get("/api/errors?limit=200").await;
    assert!(list["items"].as_array().expect("items").len() < 30, "what was refused is not recorded instead");
}

#[tokio::test]
async fn a_body_is_cut_off_at_the_limit_even_when_its_length_is_not_told() {
    let server = TestServer::new().await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    let token = server.token(Role::Operator);
    let head = format!(
        "POST /api/service-connections HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("written");
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..8 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = [0; 12];
    timeout(Duration::from_secs(5), stream.read_exact(&mut answer)).await.expect("an answer").expect("read");
    assert_eq!(&answer, b"HTTP/1.1 413");
}
