//! HTTP as services speak it: odd heads, packed bodies, tokens that last, redirects, and ways to sign in that the console does not know.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use probes::{
    kinds::{Cause, ConnectionKind, Failure, Target, http::Http},
    runner,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use crate::{
    probe::{self, merged},
    scripted::{Server, read_request},
    services::services,
};

fn target(url: &str, more: Value, credential: &[(&str, &str)]) -> Target {
    probe::target(&Http::new(), merged(json!({ "url": url }), more), credential)
}

async fn beat(target: &Target) -> Result<(), Failure> {
    runner::beat(&Http::new(), target, probe::DEADLINE).await.1
}

async fn run(scenario: &str, target: &Target) -> Result<String, Failure> {
    probe::run_within(probe::DEADLINE, &Http::new(), scenario, target).await.map(|finding| finding.found)
}

/// Answers each request by its head, and counts them.
async fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (Server, Arc<AtomicUsize>) {
    let (answer, count) = (Arc::new(answer), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    let server = Server::start(move |mut stream| {
        let (answer, counted) = (Arc::clone(&answer), Arc::clone(&counted));
        async move {
            let request = read_request(&mut stream).await;
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(&answer(&request)).await;
            let _ = stream.shutdown().await;
        }
    })
    .await;
    (server, count)
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into()
}

fn redirect(status: u16, to: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Over There\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into()
}

#[tokio::test]
async fn heads_that_browsers_take_are_taken() {
    let many = |lines: usize| (0..lines).map(|line| format!("X-{line}: y\r\n")).collect::<String>();
    for (what, lines, condition) in [
        ("a folded line", "X-Long: one\r\n  two\r\n".to_owned(), "header:x-long matches one\\s+two"),
        ("150 lines", many(150), "header:x-149 == y"),
        ("900 lines", many(900), "header:x-899 == y"),
        ("a control character in a cookie", "Set-Cookie: a=\u{1}b\r\nX-After: y\r\n".to_owned(), "header:x-after == y"),
        ("a letter that is no ASCII", "Set-Cookie: a=ü\r\nX-After: y\r\n".to_owned(), "header:set-cookie contains ü"),
        ("a space before the colon", "X-Odd : y\r\n".to_owned(), "header:x-odd == y"),
        ("a line without a colon", "nonsense\r\nX-After: y\r\n".to_owned(), "header:x-after == y"),
    ] {
        let server = Server::answering(format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 2\r\n\r\nok")).await;
        let outcome = beat(&target(&server.url(), json!({ "conditions": [condition, "body == ok"] }), &[])).await;
        assert_eq!(outcome, Ok(()), "{what}");
    }
}

#[tokio::test]
async fn a_limit_of_ours_is_not_the_services_fault() {
    let server = Server::answering(format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(2_000))).await;
    let failure = beat(&target(&server.url(), json!({}), &[])).await.expect_err("too many");
    assert_eq!(failure.cause, Cause::AnswerTooLarge);
    assert!(failure.found.ends_with("lines, which is all that the console reads."), "{}", failure.found);
}

#[tokio::test]
async fn what_begins_as_http_is_not_called_something_else() {
    for (answer, is_http) in
        [("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", true), ("HTTP/1.1 OK\r\n\r\n", true), ("220 mail.example ESMTP\r\n", false)]
    {
        let server = Server::answering(answer).await;
        let failure = beat(&target(&server.url(), json!({}), &[])).await.expect_err("no good head");
        assert_eq!(failure.found.starts_with("The answer begins as HTTP, but its head breaks the rules of HTTP"), is_http, "{answer}: {failure:?}");
    }
}

#[tokio::test]
async fn who_asks_to_come_again_later_is_quoted() {
    let server = Server::answering("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n").await;
    let failure = beat(&target(&server.url(), json!({}), &[])).await.expect_err("503");
    assert_eq!(failure.found, "Expected 200-299, got 503 Service Unavailable (Retry-After: 120).");
}

#[tokio::test]
async fn a_token_of_another_type_is_not_sent() {
    for (kind, is_taken) in [("mac", false), ("bearer", true), ("Bearer", true)] {
        let (tokens, _) = answering(move |_| ok(&json!({ "access_token": "token-1", "token_type": kind }).to_string())).await;
        let service = Server::answering(ok("{}")).await;
        let outcome = beat(&by_token(&service, &tokens)).await;
        assert_eq!(outcome.is_ok(), is_taken, "{kind}");
        if let Err(failure) = outcome {
            assert_eq!((failure.cause, service.accepted().await), (Cause::TokenRefused, 0));
            assert_eq!(failure.found, "The token server gives tokens of the type mac, and the console sends only Bearer.");
        }
    }
}

#[tokio::test]
async fn a_redirect_with_a_user_in_it_says_why_it_is_not_followed() {
    let (server, _) = answering(|_| redirect(302, "http://orders:open-sesame@127.0.0.1/")).await;
    let failure = beat(&target(&server.url(), json!({ "follow_redirects": true }), &[])).await.expect_err("a user");
    assert_eq!(failure.found, "302 Found leads to an address with a user in it, which is not followed.");
}

#[tokio::test]
async fn a_service_that_speaks_http2_alone_is_told_as_such() {
    // Its settings, and that it goes away.
    for (answer, is_told) in
        [(&b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01"[..], true), (b"\0\0\0\x05", false), (b"SSH-2.0-OpenSSH\r\n", false)]
    {
        let server = Server::answering(answer).await;
        let failure = beat(&target(&server.url(), json!({}), &[])).await.expect_err("no HTTP/1.1");
        assert_eq!(failure.found.contains("HTTP/2 alone"), is_told, "{failure:?}");
    }
}

#[tokio::test]
async fn a_post_without_a_body_says_so() {
    for (method, expected) in [("POST", true), ("GET", false)] {
        let (server, _) = answering(|request| {
            if request.to_lowercase().contains("content-length: 0\r\n") {
                ok("{}")
            } else {
                b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\n\r\n".into()
            }
        })
        .await;
        assert_eq!(beat(&target(&server.url(), json!({ "method": method }), &[])).await.is_ok(), expected, "{method}");
    }
}

#[tokio::test]
async fn a_heartbeat_looks_at_what_verification_looked_at() {
    let server = Server::answering(ok(r#"{"status":"down"}"#)).await;
    let failure = beat(&target(&server.url(), json!({ "conditions": ["json:$.status == ok"] }), &[])).await.expect_err("it is down");
    assert_eq!((failure.cause, failure.scenario), (Cause::ConditionFailed, Some("conditions")));
    let fine = target(&server.url(), json!({ "conditions": ["json:$.status == down", "body matches d.wn"] }), &[]);
    assert_eq!((beat(&fine).await, beat(&fine).await), (Ok(()), Ok(())));
    assert_eq!(server.accepted().await, 3, "one request a heartbeat");
}

/// A service that wants a token, and the server that gives out `1`, `2`, …, each for so long.
async fn guarded(lives: Value) -> (Server, Server, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let turn = Arc::new(AtomicUsize::new(0));
    let given = Arc::clone(&turn);
    let (tokens, fetched) = answering(move |_| {
        let token = given.fetch_add(1, Ordering::SeqCst) + 1;
        ok(&json!({ "access_token": format!("token-{token}"), "expires_in": lives }).to_string())
    })
    .await;
    // Every token from this number on is good.
    let oldest = Arc::new(AtomicUsize::new(1));
    let good = Arc::clone(&oldest);
    let (service, _) = answering(move |request| {
        let token = request.split("token-").nth(1).and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok()).unwrap_or_default();
        if token >= good.load(Ordering::SeqCst) { ok("{}") } else { b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".into() }
    })
    .await;
    (service, tokens, fetched, oldest)
}

fn by_token(service: &Server, tokens: &Server) -> Target {
    let settings = json!({ "auth": "oauth2", "token_url": tokens.url(), "client_id": "orders" });
    target(&service.url(), settings, &[("client_secret", "open sesame")])
}

#[tokio::test]
async fn a_token_is_fetched_once_while_it_lives() {
    for (lives, heartbeats, expected) in
        [(json!(3600), 5, 1), (json!("3600"), 5, 1), (json!(0), 3, 3), (Value::Null, 3, 3), (json!(-5), 2, 2), (json!(1e300), 2, 2)]
    {
        let (service, tokens, fetched, _) = guarded(lives.clone()).await;
        let target = by_token(&service, &tokens);
        for _ in 0..heartbeats {
            assert_eq!(beat(&target.clone()).await, Ok(()), "{lives}");
        }
        assert_eq!(fetched.load(Ordering::SeqCst), expected, "{lives}");
    }
}

#[tokio::test]
async fn a_token_that_was_revoked_is_dropped_at_once() {
    let (service, tokens, fetched, oldest) = guarded(json!(3600)).await;
    let target = by_token(&service, &tokens);
    assert_eq!(beat(&target).await, Ok(()));
    oldest.store(2, Ordering::SeqCst);
    assert_eq!(beat(&target).await, Ok(()), "the second token is good");
    oldest.store(9, Ordering::SeqCst);
    assert_eq!(beat(&target).await.expect_err("none is good").cause, Cause::AuthRejected);
    assert_eq!(fetched.load(Ordering::SeqCst), 3, "one try with a new token");
}

#[tokio::test]
async fn a_token_is_for_one_credential_and_one_address() {
    let (service, tokens, fetched, _) = guarded(json!(3600)).await;
    let first = by_token(&service, &tokens);
    assert_eq!(beat(&first).await, Ok(()));
    let (elsewhere, ..) = guarded(json!(3600)).await;
    let url = json!({ "url": elsewhere.url(), "auth": "oauth2", "token_url": tokens.url(), "client_id": "orders" });
    let other_address = Target { memory: first.memory.clone(), ..target(&elsewhere.url(), url, &[("client_secret", "open sesame")]) };
    let settings = json!({ "auth": "oauth2", "token_url": tokens.url(), "client_id": "orders" });
    let other_secret = Target { memory: first.memory.clone(), ..target(&service.url(), settings, &[("client_secret", "another")]) };
    for (count, target) in [(2, other_address), (3, other_secret)] {
        assert_eq!(beat(&target).await, Ok(()));
        assert_eq!(fetched.load(Ordering::SeqCst), count);
    }
    assert_eq!(beat(&by_token(&service, &tokens)).await, Ok(()));
    assert_eq!(fetched.load(Ordering::SeqCst), 4, "another version of the connection begins anew");
}

#[tokio::test]
async fn a_way_to_sign_in_that_is_not_known_is_said() {
    let asks = |challenge: &str| format!("HTTP/1.1 401 Unauthorized\r\n{challenge}Content-Length: 0\r\n\r\n");
    for (challenge, cause, told) in [
        ("WWW-Authenticate: Digest realm=\"x\", qop=\"auth\", nonce=\"a,b\"\r\n", Cause::SchemeNotSpoken, ", and asks for Digest."),
        ("WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n", Cause::SchemeNotSpoken, ", and asks for Negotiate, NTLM."),
        ("WWW-Authenticate: Digest realm=\"x\"\r\nWWW-Authenticate: Basic realm=\"x\"\r\n", Cause::AuthRejected, ", and asks for Digest, Basic."),
        ("", Cause::AuthRejected, "401 Unauthorized."),
    ] {
        let server = Server::answering(asks(challenge)).await;
        let basic = target(&server.url(), json!({ "auth": "basic", "username": "orders" }), &[("password", "open sesame")]);
        for failure in [run("sign_in", &basic).await.expect_err("refused"), beat(&basic).await.expect_err("refused")] {
            assert_eq!(failure.cause, cause, "{challenge}");
            assert!(failure.found.ends_with(told), "{}", failure.found);
        }
    }
    let server = Server::answering(asks("WWW-Authenticate: Digest realm=\"x\"\r\n")).await;
    let found = beat(&target(&server.url(), json!({}), &[])).await.expect_err("401").found;
    assert_eq!(found, "Expected 200-299, got 401 Unauthorized, and asks for Digest.");
}

#[tokio::test]
async fn redirects_are_followed_where_that_is_asked_for() {
    let (server, count) = answering(|request| match request.split(' ').nth(1) {
        Some("/") => redirect(301, "one#part"),
        Some("/one") => redirect(307, "/two?secret=1"),
        Some("/two?secret=1") => ok(r#"{"status":"ok"}"#),
        _ => redirect(302, "/again"),
    })
    .await;
    let following = json!({ "follow_redirects": true, "conditions": ["json:$.status == ok"] });
    assert_eq!(beat(&target(&server.url(), following.clone(), &[])).await, Ok(()));
    let found = run("request", &target(&server.url(), following, &[])).await.expect("200");
    assert!(found.starts_with(&format!("200 OK from {}two in ", server.url())), "{found}");
    assert_eq!(beat(&target(&server.url(), json!({}), &[])).await.expect_err("not asked for").cause, Cause::UnexpectedStatus);
    let wanted = json!({ "follow_redirects": true, "expected_status": "301" });
    assert_eq!(beat(&target(&server.url(), wanted, &[])).await, Ok(()), "a status that is expected is not followed");
    let before = count.load(Ordering::SeqCst);
    let round = target(&format!("{}again", server.url()), json!({ "follow_redirects": true }), &[]);
    assert_eq!(beat(&round).await.expect_err("round and round").cause, Cause::TooManyRedirects);
    assert_eq!(count.load(Ordering::SeqCst) - before, 6, "the request and five redirects");
}

#[tokio::test]
async fn a_redirect_may_be_written_in_any_letters() {
    let (server, _) = answering(|request| match request.split(' ').nth(1) {
        Some("/") => redirect(302, "/straße"),
        Some("/latin") => b"HTTP/1.1 302 Over There\r\nLocation: /stra\xdfe\r\nContent-Length: 0\r\n\r\n".into(),
        Some("/stra%C3%9Fe" | "/stra%DFe") => ok("{}"),
        _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(),
    })
    .await;
    for path in ["", "latin"] {
        let followed = target(&format!("{}{path}", server.url()), json!({ "follow_redirects": true }), &[]);
        assert_eq!(beat(&followed).await, Ok(()), "{path}");
    }
}

/// Ends TLS with the good certificate, answers with `answer`, and leaves without a goodbye.
async fn curt(answer: &'static str) -> u16 {
    let certificate = CertificateDer::from_pem_file(&services().nginx.certificate_file).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(&services().nginx.key_file).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).expect("a pair");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let _ = stream.read(&mut [0; 4_096]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.flush().await;
            let _ = stream.get_mut().0.shutdown().await;
        }
    })
    .await;
    server.port()
}

#[tokio::test]
async fn a_body_may_end_with_its_connection_and_no_other() {
    let table = [
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"status\":\"ok\"}", None),
        ("HTTP/1.0 200 OK\r\n\r\n{\"status\":\"ok\"}", None),
        ("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"status\":\"ok\"}", Some(Cause::ConnectionClosed)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Some(Cause::ConnectionClosed)),
        ("HTTP/1.1 200 OK\r\nContent-", Some(Cause::ConnectionClosed)),
    ];
    for (answer, expected) in table {
        let url = format!("https://localhost:{}", curt(answer).await);
        let settings = json!({ "ca_pem": services().nginx.ca_pem, "conditions": ["json:$.status == ok"] });
        let outcome = beat(&target(&url, settings, &[])).await;
        assert_eq!(outcome.err().map(|failure| failure.cause), expected, "{answer}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_carries_no_credential_nor_does_one_back() {
    let heads = Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = Arc::clone(&heads);
    let (other, _) = answering(move |request| {
        noted.lock().expect("not poisoned").push(request.to_owned());
        match request.split(' ').nth(1) {
            Some("/back") => redirect(302, request.split("back-to: ").nth(1).unwrap_or("/end")),
            _ => b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".into(),
        }
    })
    .await;
    let to = other.url();
    let (server, _) = answering(move |request| if request.starts_with("GET / ") { redirect(302, &format!("{to}end")) } else { ok("{}") }).await;
    let settings = json!({ "follow_redirects": true, "auth": "header", "header_name": "X-Api-Key" });
    let failure = beat(&target(&server.url(), settings, &[("header_value", "canary-of-the-key")])).await.expect_err("401");
    assert_eq!(
        (failure.cause, failure.found),
        (Cause::UnexpectedStatus, format!("Expected 200-299, got 401 Unauthorized from {}end, where no credential is sent.", other.url()))
    );
    let heads = heads.lock().expect("not poisoned");
    assert!(heads.len() == 1 && !heads[0].contains("canary-of-the-key") && !heads[0].to_lowercase().contains("referer"), "{heads:?}");
}

#[tokio::test]
async fn who_was_led_away_and_back_shows_no_credential_any_more() {
    let (seen, home) = (Arc::new(std::sync::Mutex::new(Vec::new())), Arc::new(std::sync::OnceLock::<String>::new()));
    let (noted, back) = (Arc::clone(&seen), Arc::clone(&home));
    let (other, _) = answering(move |_| redirect(302, &format!("{}admin", back.get().map_or("", String::as_str)))).await;
    let away = other.url();
    let (server, _) = answering(move |request| {
        noted.lock().expect("not poisoned").push((request.split(' ').nth(1).unwrap_or_default().to_owned(), request.contains("open sesame")));
        if request.starts_with("GET / ") { redirect(302, &away) } else { ok("{}") }
    })
    .await;
    home.set(server.url()).expect("once");
    let settings = json!({ "follow_redirects": true, "auth": "bearer" });
    assert_eq!(beat(&target(&server.url(), settings, &[("token", "open sesame")])).await, Ok(()));
    assert_eq!(*seen.lock().expect("not poisoned"), [("/".to_owned(), true), ("/admin".to_owned(), false)]);
}

#[tokio::test]
async fn each_hop_is_checked_by_the_dialer() {
    let decoy = Server::answering(ok("{}")).await;
    for to in [
        decoy.url(),
        format!("//127.1:{}/", decoy.port()),
        format!("http://user@127.0.0.1:{}/", decoy.port()),
        "file:///etc/passwd".to_owned(),
        "http://169.254.169.254/latest".to_owned(),
    ] {
        let there = to.clone();
        let (server, _) = answering(move |_| redirect(302, &there)).await;
        let target = target(&server.url(), json!({ "follow_redirects": true }), &[]);
        target.egress.deny_listener(decoy.address);
        let failure = beat(&target).await.expect_err("led where it must not go");
        assert!(matches!(failure.cause, Cause::Denied | Cause::UnexpectedAnswer), "{to}: {failure:?}");
    }
    assert_eq!(decoy.accepted().await, 0);
}

#[tokio::test]
async fn a_post_becomes_a_get_as_in_browsers() {
    for (status, expected) in [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")] {
        let (server, _) =
            answering(
                move |request| {
                    if request.contains(" / ") { redirect(status, "/there") } else { ok(&json!({ "method": request.split(' ').next() }).to_string()) }
                },
            )
            .await;
        let settings = json!({ "method": "POST", "follow_redirects": true, "conditions": [format!("json:$.method == {expected}")] });
        assert_eq!(beat(&target(&server.url(), settings, &[])).await, Ok(()), "{status}");
    }
}

#[tokio::test]
async fn a_diagnosis_lets_a_followed_redirect_leave_the_origin() {
    let (server, _) = answering(|_| redirect(302, "http://elsewhere.example/")).await;
    let outcome = async |follows: bool| run("redirect", &target(&server.url(), json!({ "follow_redirects": follows }), &[])).await;
    assert_eq!(outcome(false).await.expect_err("it leaves").cause, Cause::RedirectLeavesOrigin);
    assert_eq!(outcome(true).await, Ok("Leads to http://elsewhere.example/, without the credential.".into()));
    assert_eq!(Http::new().descriptor().field("follow_redirects").map(|field| field.default.clone()), Some(Some(json!(false))));
}

#[tokio::test]
async fn a_credential_that_the_body_refuses_is_refused() {
    let judged =
        |good: &'static str| move |request: &str| if request.contains(good) { ok(r#"{"ok":true}"#) } else { ok(r#"{"ok":false,"error":"invalid_auth"}"#) };
    let (server, _) = answering(judged("open sesame")).await;
    let settings = json!({ "auth": "bearer", "conditions": ["json:$.ok == true"] });
    let slow = json!({ "auth": "bearer", "conditions": ["latency_ms < 0"] });
    let failure = run("wrong_credential", &target(&server.url(), slow, &[("token", "open sesame")])).await.expect_err("slow is not refused");
    assert_eq!(failure.cause, Cause::WrongCredentialAccepted);
    let found = run("wrong_credential", &target(&server.url(), settings.clone(), &[("token", "open sesame")])).await.expect("refused");
    assert!(found.starts_with("Refused with 200 OK: "), "{found}");
    let (careless, _) = answering(|_| ok(r#"{"ok":true}"#)).await;
    let failure = run("wrong_credential", &target(&careless.url(), settings.clone(), &[("token", "open sesame")])).await.expect_err("anyone gets in");
    assert_eq!(failure.cause, Cause::WrongCredentialAccepted);
    let busy = Server::answering("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n").await;
    let found = run("wrong_credential", &target(&busy.url(), settings, &[("token", "open sesame")])).await.expect("nothing is known");
    assert_eq!(found, "Not tried: the service answered 429 Too Many Requests, which says nothing of a credential.");
}

#[tokio::test]
async fn a_path_made_up_is_asked_for_with_the_credential_and_may_be_refused() {
    let (server, _) = answering(|request| {
        let status = if request.starts_with("GET /switchboard-") && request.contains("?k=open+sesame ") { "404 Not Found" } else { "400 Bad Request" };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into()
    })
    .await;
    let settings = json!({ "auth": "query", "query_name": "k" });
    let found = run("unknown_path", &target(&server.url(), settings, &[("query_value", "open sesame")])).await;
    assert_eq!(found, Ok("Answered 404 Not Found.".into()));
    let closed = Server::answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(run("unknown_path", &target(&closed.url(), json!({}), &[])).await, Ok("Refused with 403 Forbidden.".into()));
}

#[tokio::test]
async fn a_status_without_a_name_is_its_number_and_a_challenge_is_no_refusal() {
    let odd = Server::answering("HTTP/1.1 522 \r\nContent-Length: 0\r\n\r\n").await;
    let failure = run("unknown_path", &target(&odd.url(), json!({}), &[])).await.expect_err("522");
    assert_eq!(failure.found, "Answered 522 to a path made up on the spot.");
    let challenge = Server::answering("HTTP/1.1 403 Forbidden\r\ncf-mitigated: challenge\r\nContent-Length: 0\r\n\r\n").await;
    let bearer = target(&challenge.url(), json!({ "auth": "bearer" }), &[("token", "open sesame")]);
    assert_eq!(beat(&bearer).await.expect_err("403").cause, Cause::TurnedAway);
}
