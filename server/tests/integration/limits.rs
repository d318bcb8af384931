//! What a stranger can hold on to: not much, and not for long.

use std::time::{Duration, Instant};

use reqwest::Method;
use switchboard_server::listener::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::test_server::TestServer;

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("the connection ends").expect("read");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn headers_that_never_end_are_cut_off() {
    let house = TestServer::with(Limits { header: Duration::from_millis(300), ..Limits::default() }).await;
    for start in ["", "G", "GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(house.address).await.expect("connected");
        stream.write_all(start.as_bytes()).await.expect("written");
        let answer = read_all(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{start:?}: {answer}");
        assert!(begun.elapsed() >= Duration::from_millis(250), "not before its time");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_kept() {
    let house = TestServer::with(Limits { header: Duration::from_millis(300), ..Limits::default() }).await;
    let mut stream = TcpStream::connect(house.address).await.expect("connected");
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
    let house = TestServer::new().await;
    let mut stream = TcpStream::connect(house.address).await.expect("connected");
    let head = format!("GET /livez HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n", "x".repeat(100_000));
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = [0; 12];
    let _ = timeout(Duration::from_secs(5), stream.read_exact(&mut answer)).await.expect("an answer or an end");
    assert!(answer == [0; 12] || answer.starts_with(b"HTTP/1.1 431"), "{answer:?}");
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_room() {
    let house = TestServer::with(Limits { connections: 2, header: Duration::from_secs(2), ..Limits::default() }).await;
    let holding = [TcpStream::connect(house.address).await.expect("connected"), TcpStream::connect(house.address).await.expect("connected")];
    tokio::time::sleep(Duration::from_millis(100)).await;
    let request = || house.anonymous(Method::GET, "/livez").timeout(Duration::from_secs(10)).send();
    assert!(timeout(Duration::from_millis(300), request()).await.is_err(), "there is no room");
    drop(holding);
    assert_eq!(request().await.expect("answer").status(), 200);
}

#[tokio::test]
async fn a_body_is_cut_off_at_the_limit_even_when_its_length_is_not_told() {
    let house = TestServer::new().await;
    let mut stream = TcpStream::connect(house.address).await.expect("connected");
    let token = house.token(domain::operator::Role::Operator);
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
