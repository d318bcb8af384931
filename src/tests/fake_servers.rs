//! Services that mean harm or are broken: each probe ends in time with a classified outcome and bounded memory.

use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use probes::{
    kinds::{Cause, Failure, Finding, Target, http::Http, tcp::Tcp},
    runner,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{
    probe,
    scripted::{Server, read_request},
};

/// As short as a heartbeat's can be.
const DEADLINE: Duration = Duration::from_secs(1);

fn target(url: &str, more: Value) -> Target {
    let mut settings = json!({ "url": url });
    settings.as_object_mut().expect("object").extend(more.as_object().cloned().unwrap_or_default());
    probe::target(&Http::new(), settings, &[])
}

async fn run(scenario: &str, target: &Target) -> Result<Finding, Failure> {
    let started = Instant::now();
    let outcome = probe::run_within(DEADLINE, &Http::new(), scenario, target).await;
    assert!(started.elapsed() < DEADLINE + Duration::from_millis(500), "{scenario} took {:?}", started.elapsed());
    outcome
}

/// The cause of a failed `request` to a service that gives this answer and closes.
async fn cause_of(answer: impl Into<Vec<u8>>) -> Cause {
    let server = Server::answering(answer).await;
    run("request", &target(&server.url(), json!({}))).await.expect_err("fails").cause
}

/// Sends `head`, then `part` with `pause` between, until the other side goes away; then reports how many bytes it took.
async fn drip(mut stream: TcpStream, head: &'static str, part: &'static [u8], pause: Duration, gone: mpsc::UnboundedSender<usize>) {
    read_request(&mut stream).await;
    let mut sent = 0;
    let _ = stream.write_all(head.as_bytes()).await;
    let mut probe = [0; 1];
    loop {
        tokio::select! {
            read = stream.read(&mut probe) => if !matches!(read, Ok(1)) { break },
            () = sleep(pause) => {}
        }
        if stream.write_all(part).await.is_err() {
            break;
        }
        sent += part.len();
    }
    let _ = gone.send(sent);
}

/// A service that drips, and the number of bytes it was let send, once its client has gone.
async fn dripping(head: &'static str, part: &'static [u8], pause: Duration) -> (Server, mpsc::UnboundedReceiver<usize>) {
    let (gone, when_gone) = mpsc::unbounded_channel();
    (Server::start(move |stream| drip(stream, head, part, pause, gone.clone())).await, when_gone)
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    let (server, mut gone) = dripping("HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 65_536], Duration::ZERO).await;
    let found = run("request", &target(&server.url(), json!({}))).await.expect("its status is as expected").found;
    assert!(found.contains("larger than 1 MB"), "{found}");
    let failure = run("conditions", &target(&server.url(), json!({"conditions": ["body contains y"]}))).await.expect_err("too large");
    assert_eq!(failure.cause, Cause::AnswerTooLarge);
    for _ in 0..2 {
        let sent = timeout(DEADLINE, gone.recv()).await.expect("the connection is given up").expect("sent");
        assert!(sent < 16 << 20, "{sent} bytes were taken");
    }
}

#[tokio::test]
async fn one_byte_at_a_time_ends_at_the_deadline_and_the_connection_with_it() {
    let slow = [
        ("HTTP/1.1 200 O", &b"K"[..]),
        ("HTTP/1.1 200 OK\r\nX: ", b"y"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"y"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\ny\r\n"),
    ];
    for (head, part) in slow {
        let (server, mut gone) = dripping(head, part, Duration::from_millis(100)).await;
        let failure = run("request", &target(&server.url(), json!({}))).await.expect_err("never ends");
        assert_eq!(failure.cause, Cause::TimedOut, "{head:?}");
        timeout(DEADLINE, gone.recv()).await.expect("the connection ends with the probe").expect("sent");
    }
}

#[tokio::test]
async fn interim_answers_without_end_do_not_hold_the_probe() {
    let (server, _gone) = dripping("", b"HTTP/1.1 100 Continue\r\n\r\n", Duration::ZERO).await;
    assert_eq!(run("request", &target(&server.url(), json!({}))).await.expect_err("never ends").cause, Cause::TimedOut);
}

#[tokio::test]
async fn a_giant_head_is_refused() {
    assert_eq!(cause_of(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(1 << 20))).await, Cause::AnswerTooLarge);
    assert_eq!(cause_of(format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(20_000))).await, Cause::AnswerTooLarge);
    let (server, _gone) = dripping("HTTP/1.1 200 OK\r\n", &[b'x'; 4_096], Duration::ZERO).await;
    assert_eq!(run("request", &target(&server.url(), json!({}))).await.expect_err("fails").cause, Cause::AnswerTooLarge);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_a_closed_connection() {
    for answer in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
    ] {
        assert_eq!(cause_of(answer).await, Cause::ConnectionClosed, "{answer:?}");
    }
    let server = Server::start(|stream| async move { drop(stream) }).await;
    assert_eq!(run("request", &target(&server.url(), json!({}))).await.expect_err("fails").cause, Cause::ConnectionClosed);
}

#[tokio::test]
async fn what_is_not_http_is_an_unexpected_answer() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
        b"220 mail.example ESMTP\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 999999 Eh\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
    ] {
        assert_eq!(cause_of(answer).await, Cause::UnexpectedAnswer, "{:?}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn a_compressed_body_is_unpacked_only_to_look_at_it_and_no_further_than_a_megabyte() {
    let (server, head_seen) = packed(100_000).await;
    assert!(run("request", &target(&server.url(), json!({}))).await.is_ok());
    assert!(run("conditions", &target(&server.url(), json!({"conditions": ["body contains xxx"]}))).await.is_ok());
    // The head of an answer, packed, is under the limit.
    let (bomb, _heads) = packed(200 << 20).await;
    assert!(run("request", &target(&bomb.url(), json!({}))).await.is_ok(), "nobody asked about its body");
    let failure = run("conditions", &target(&bomb.url(), json!({"conditions": ["body contains xxx"]}))).await.expect_err("too large");
    assert_eq!(failure.cause, Cause::AnswerTooLarge);
    let head = { head_seen }.recv().await.expect("a request").to_lowercase();
    assert!(!head.contains("accept-encoding") && !head.contains("referer"), "{head}");
}

/// A service that sends so many times `x` as gzip, and each request's head.
async fn packed(length: u64) -> (Server, mpsc::UnboundedReceiver<String>) {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b'x'), length), &mut packed).expect("packed");
    let packed = packed.finish().expect("packed");
    let (sender, heads) = mpsc::unbounded_channel();
    let server = Server::start(move |mut stream| {
        let (packed, sender) = (packed.clone(), sender.clone());
        async move {
            let _ = sender.send(read_request(&mut stream).await);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
            let _ = stream.write_all(&[head.as_bytes(), &packed].concat()).await;
        }
    })
    .await;
    (server, heads)
}

#[tokio::test]
async fn a_redirect_is_a_status_and_nothing_more() {
    let server = Server::answering("HTTP/1.1 302 Found\r\nLocation: /again?token=secret\r\nContent-Length: 0\r\n\r\n").await;
    let failure = run("request", &target(&server.url(), json!({}))).await.expect_err("302 is not 200-299");
    assert_eq!(failure.cause, Cause::UnexpectedStatus);
    assert_eq!(failure.found, format!("Expected 200-299, got 302 Found, which leads to {}again.", server.url()));
    assert!(failure.evidence.iter().all(|artefact| !String::from_utf8_lossy(&artefact.bytes).contains("token=")), "{:?}", failure.evidence);
    assert!(run("request", &target(&server.url(), json!({"expected_status": "302"}))).await.is_ok());
    assert_eq!(server.accepted().await, 2);
}

#[tokio::test]
async fn what_is_not_tls_says_so() {
    let plain = Server::answering("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let https = format!("https://127.0.0.1:{}/", plain.port());
    for scenario in ["tls", "request"] {
        // The stand-in waits for an HTTP request, and a TLS greeting has no empty line in it.
        let failure = run(scenario, &target(&https, json!({}))).await.expect_err("no TLS");
        assert_eq!(failure.cause, Cause::TimedOut, "{scenario}");
    }
    let hasty = Server::start(|mut stream| async move { drop(stream.write_all(b"220 mail.example ESMTP\r\n").await) }).await;
    let failure = run("tls", &target(&format!("https://127.0.0.1:{}/", hasty.port()), json!({}))).await.expect_err("no TLS");
    assert_eq!(failure.cause, Cause::NotTls);
}

#[tokio::test]
async fn a_token_server_without_an_end_is_no_better() {
    let (server, _gone) = dripping("HTTP/1.1 200 OK\r\n\r\n", &[b'{'; 65_536], Duration::ZERO).await;
    let settings = json!({"url": server.url(), "auth": "oauth2", "token_url": server.url(), "client_id": "a"});
    let failure = run("sign_in", &probe::target(&Http::new(), settings, &[("client_secret", "b")])).await.expect_err("no token");
    assert_eq!(failure.cause, Cause::TokenRefused);
}

#[tokio::test]
async fn expected_text_is_looked_for_in_the_beginning_only() {
    let (server, _gone) = dripping("", &[b'x'; 4_096], Duration::ZERO).await;
    let of = |expect: &str| probe::target(&Tcp::new(), json!({"host": "127.0.0.1", "port": server.port(), "send": "\\r\\n\\r\\n", "expect": expect}), &[]);
    assert!(probe::run_within(DEADLINE, &Tcp::new(), "expect", &of("xxx")).await.is_ok());
    let failure = probe::run_within(DEADLINE, &Tcp::new(), "expect", &of("y")).await.expect_err("not there");
    assert_eq!(failure.cause, Cause::AnswerTooLarge);

    let banner = Server::start(|mut stream| async move { drop(stream.write_all(b"220 mail\r\n").await) }).await;
    let of = |expect: &str| probe::target(&Tcp::new(), json!({"host": "127.0.0.1", "port": banner.port(), "expect": expect}), &[]);
    let found = probe::run_within(DEADLINE, &Tcp::new(), "expect", &of("220 ")).await.expect("there").found;
    assert_eq!(found, r#"Answered "220 mail\r\n"."#);
    let failure = probe::run_within(DEADLINE, &Tcp::new(), "expect", &of("221")).await.expect_err("not there");
    assert_eq!(failure, Failure::new(Cause::UnexpectedAnswer, r#"Answered "220 mail\r\n", then closed the connection."#));
}

#[tokio::test]
async fn when_time_runs_out_what_came_till_then_is_told() {
    let soon = Duration::from_millis(400);
    let talks = Server::start(|mut stream| async move {
        let _ = stream.write_all(b"220 mail\r\n").await;
        std::future::pending().await
    })
    .await;
    let expecting = probe::target(&Tcp::new(), json!({"host": "127.0.0.1", "port": talks.port(), "expect": "221"}), &[]);
    let failure = runner::beat(&Tcp::new(), &expecting, soon).await.1.expect_err("another text");
    let found = r#"Answered "220 mail\r\n", and not what is expected within 0.4 s."#;
    assert_eq!(failure, Failure::new(Cause::UnexpectedAnswer, found).of("expect"));

    let silent = Server::start(|stream| async move {
        let _held = stream;
        std::future::pending().await
    })
    .await;
    let failure = runner::beat(&Http::new(), &target(&silent.url(), json!({})), soon).await.1.expect_err("silent");
    assert_eq!(failure, Failure::new(Cause::TimedOut, format!("Connected to 127.0.0.1:{}, but no answer within 0.4 s.", silent.port())));

    let endless = Server::start(|mut stream| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").await;
        std::future::pending().await
    })
    .await;
    let failure = runner::beat(&Http::new(), &target(&endless.url(), json!({})), soon).await.1.expect_err("no end");
    assert_eq!(failure.found, "127.0.0.1 answered 200 OK, but the body did not end within 0.4 s.");
}
