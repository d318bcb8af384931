//! The kind `smtp` against Exim: what a good one shows, and which step fails for each way of breaking it.

use domain::{correlation_id::CorrelationId, environment::Environment};
use probes::{
    dispatch::{self, MailRefused, MailSecurity, MailServer},
    egress::{Egress, EgressPolicy, Resolver},
    kinds::{Cause, ConnectionKind, Target, smtp::Smtp},
    runner,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::{
    breakage::{Breakage, each_breaks_one_and_each_is_broken},
    fake_listener, leaks,
    probe::{self, artefact, deep_passes, merged},
    scripted::Server,
    services::{SmtpService, services},
};

fn service() -> &'static SmtpService {
    &services().smtp
}

fn target(changes: Value, password: &str) -> Target {
    let SmtpService { host, port, user, from, recipient, .. } = service();
    let good = json!({ "host": host, "port": port, "user": user, "from": from, "recipient": recipient, "ca_pem": services().nginx.ca_pem });
    probe::target(&Smtp::new(), merged(good, changes), &[("password", password)])
}

#[tokio::test]
async fn a_good_server_passes_every_scenario_in_every_way_to_encrypt() {
    let SmtpService { tls_port, plain_port, password, .. } = service();
    let table = [
        (json!({}), "TLS 1.", "Accepted the user orders."),
        (json!({ "security": "tls", "port": tls_port }), "TLS 1.", "Accepted the user orders."),
        (json!({ "security": "none", "port": plain_port, "user": "" }), "Not used", "Not used: no user is set."),
    ];
    for (changes, tls, sign_in) in table {
        let found = deep_passes(&Smtp::new(), &target(changes, password)).await;
        assert!(found["tls"].found.starts_with(tls), "{found:?}");
        assert_eq!(found["sign_in"].found, sign_in);
        assert_eq!(found["recipient"].found, "Would take mail from console@orders.test for desk@orders.test; none was sent.");
        assert!(found["foreign_sender"].found.contains("550 mail from this sender is not taken"), "{found:?}");
        let conversation = artefact(&found["recipient"], "conversation");
        assert!(conversation.contains("→ RSET") && !conversation.contains("DATA"), "{conversation}");
        assert_eq!(leaks::find(password, &conversation), None, "{conversation}");
    }
}

#[tokio::test]
async fn each_way_of_breaking_it_breaks_one_scenario() {
    let (_held, closed) = fake_listener::closed_port();
    let SmtpService { tls_port, plain_port, lax_port, password, .. } = service();
    let table = [
        ("unknown host", json!({ "host": "nowhere.invalid" }), password.as_str(), ("resolve", Cause::NameNotFound)),
        ("closed port", json!({ "port": closed }), password, ("connect", Cause::Refused)),
        ("no STARTTLS", json!({ "port": plain_port }), password, ("tls", Cause::NoTls)),
        ("no TLS there", json!({ "security": "tls" }), password, ("tls", Cause::NotTls)),
        ("unknown authority", json!({ "ca_pem": "" }), password, ("tls", Cause::CertificateUntrusted)),
        ("unknown authority, TLS from the start", json!({ "security": "tls", "port": tls_port, "ca_pem": "" }), password, ("tls", Cause::CertificateUntrusted)),
        ("wrong password", json!({}), "wrong", ("sign_in", Cause::AuthRejected)),
        ("unknown user", json!({ "user": "nobody" }), password, ("sign_in", Cause::AuthRejected)),
        ("no sign-in", json!({ "security": "none", "port": plain_port }), password, ("sign_in", Cause::SignInNotOffered)),
        ("unknown recipient", json!({ "recipient": "nobody@orders.test" }), password, ("recipient", Cause::RecipientRefused)),
        ("foreign sender of ours", json!({ "from": "someone@elsewhere.test" }), password, ("recipient", Cause::SenderRefused)),
        ("takes any sender", json!({ "security": "none", "port": lax_port, "user": "" }), password, ("foreign_sender", Cause::ForeignSenderAccepted)),
    ];
    let mut ways: Vec<_> = table.into_iter().map(|(how, changes, password, breaks)| Breakage::new(how, target(changes, password), breaks)).collect();
    let busy = scripted("421 shutting down\r\n", &[]).await;
    let of_busy = target(json!({ "host": "127.0.0.1", "port": busy.port(), "security": "none" }), "");
    ways.push(Breakage::new("shutting down", of_busy, ("greeting", Cause::NotReady)));
    each_breaks_one_and_each_is_broken(Smtp::new(), ways).await;
}

#[tokio::test]
async fn a_server_that_asks_to_come_back_warns_only() {
    let target = target(json!({ "recipient": "later@orders.test" }), &service().password);
    let failure = probe::run_within(probe::DEADLINE, &Smtp::new(), "recipient", &target).await.expect_err("greylisted");
    assert!(failure.warns && failure.cause == Cause::NotReady, "{failure:?}");
    assert!(failure.found.contains("451 come back later"), "{failure:?}");
}

#[tokio::test]
async fn a_server_that_asks_to_come_back_has_not_refused_a_foreign_sender() {
    let server = scripted("220 here\r\n", &["250 here\r\n", "250 well\r\n", "450 come back later\r\n", "250 well\r\n", "221 bye\r\n"]).await;
    let target = target(json!({ "host": "127.0.0.1", "port": server.port(), "security": "none", "user": "" }), "");
    let finding = probe::run_within(probe::DEADLINE, &Smtp::new(), "foreign_sender", &target).await.expect("no failure");
    assert!(finding.is_unused && finding.found.contains("450 come back later"), "{finding:?}");
}

/// Greets, then speaks as `script` says, whatever it is asked.
async fn scripted(greeting: &'static str, script: &'static [&'static str]) -> Server {
    Server::start(move |mut stream| async move {
        let _ = stream.write_all(greeting.as_bytes()).await;
        for answer in script {
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_server_in_trouble_is_told_at_the_greeting() {
    let table = [
        (scripted("421 shutting down\r\n", &[]).await, Cause::NotReady),
        (scripted("554 no service for you\r\n", &[]).await, Cause::TurnedAway),
        (scripted("HTTP/1.1 400 Bad Request\r\n", &[]).await, Cause::UnexpectedAnswer),
        (scripted("220 here\r\n", &["500 what?\r\n", "500 what?\r\n"]).await, Cause::ServiceFailed),
        (scripted("220 here\r\n", &["550 not you\r\n"]).await, Cause::TurnedAway),
        (scripted("220 here\r\n", &[""]).await, Cause::ConnectionClosed),
    ];
    for (server, expected) in table {
        let target = target(json!({ "host": "127.0.0.1", "port": server.port(), "security": "none" }), "");
        assert_eq!(probe::failures(&Smtp::new(), &target).await, [("greeting", expected)]);
        assert_eq!(runner::beat(&Smtp::new(), &target, probe::DEADLINE).await.1.expect_err("as at verification").cause, expected);
    }
}

#[tokio::test]
async fn a_server_without_extensions_is_well_and_so_is_one_that_takes_no_leave() {
    let without = scripted("220 here\r\n", &["502 what?\r\n", "250 here\r\n", "250 well\r\n", "221 bye\r\n"]).await;
    let rude = Server::start(|mut stream| async move {
        for said in ["220 here\r\n", "250 here\r\n", "250 well\r\n"] {
            let _ = stream.write_all(said.as_bytes()).await;
            let _ = stream.read(&mut [0; 512]).await;
        }
        std::future::pending().await
    })
    .await;
    for server in [without, rude] {
        let target = target(json!({ "host": "127.0.0.1", "port": server.port(), "security": "none", "user": "" }), "");
        assert_eq!(probe::failures(&Smtp::new(), &target).await, []);
        assert_eq!(runner::beat(&Smtp::new(), &target, probe::DEADLINE).await.1, Ok(()));
    }
}

#[tokio::test]
async fn why_nobody_is_signed_in_is_told_apart() {
    let table: [(&'static [&'static str], Cause, &str); 11] = [
        (&["250-here\r\n250 AUTH PLAIN\r\n", "530 5.7.0 Must issue a STARTTLS command first\r\n"], Cause::SignInWantsTls, "530 5.7.0"),
        (&["250-here\r\n250 STARTTLS\r\n"], Cause::SignInWantsTls, "STARTTLS"),
        (&["250-here\r\n250 AUTH CRAM-MD5 XOAUTH2\r\n"], Cause::SignInNotOffered, "CRAM-MD5, XOAUTH2"),
        (&["250-here\r\n250 AUTH PLAIN\r\n", "535 5.7.8 no\r\n"], Cause::AuthRejected, "535 5.7.8"),
        (&["250-here\r\n250 AUTH PLAIN\r\n", "535 5.7.139 SmtpClientAuthentication is disabled\r\n"], Cause::SignInForbidden, "5.7.139"),
        (
            &["250-here\r\n250 AUTH PLAIN\r\n", "534-5.7.9 Application-specific password required\r\n534 5.7.9 see there\r\n"],
            Cause::SignInForbidden,
            "534 5.7.9",
        ),
        (&["250-here\r\n250 AUTH PLAIN\r\n", "525 account disabled\r\n"], Cause::SignInForbidden, "525"),
        (&["250-here\r\n250 AUTH PLAIN\r\n", "503 not now\r\n"], Cause::SignInNotOffered, "503"),
        (&["250-here\r\n250 AUTH PLAIN\r\n", "454 later\r\n"], Cause::NotReady, "454"),
        (&["250-here\r\n250 AUTH PLAIN\r\n", "432 4.7.12 a password transition is needed\r\n"], Cause::SignInForbidden, "432 4.7.12"),
        (&["250-here\r\n250 AUTH PLAIN\r\n", "550 account disabled\r\n"], Cause::AuthRejected, "550"),
    ];
    for (script, expected, told) in table {
        let server = scripted("220 here\r\n", script).await;
        let target = target(json!({ "host": "127.0.0.1", "port": server.port(), "security": "none" }), "orders-pw");
        let failure = probe::run_within(probe::DEADLINE, &Smtp::new(), "sign_in", &target).await.expect_err("nobody is");
        assert!(failure.cause == expected && failure.found.contains(told), "{script:?}: {failure:?}");
    }
    let second = scripted("220 here\r\n", &["250-here\r\n250 AUTH PLAIN LOGIN\r\n", "504 what?\r\n", "334 \r\n", "334 \r\n", "235 in\r\n"]).await;
    let target = target(json!({ "host": "127.0.0.1", "port": second.port(), "security": "none" }), "orders-pw");
    assert!(probe::run_within(probe::DEADLINE, &Smtp::new(), "sign_in", &target).await.is_ok(), "by the other way that is offered");
}

#[tokio::test]
async fn a_server_that_does_not_greet_is_told_of_tls() {
    let silent = Server::start(|stream| async move {
        let _held = stream;
        std::future::pending().await
    })
    .await;
    let target = target(json!({ "host": "127.0.0.1", "port": silent.port(), "security": "none" }), "");
    let failure = runner::beat(&Smtp::new(), &target, std::time::Duration::from_millis(300)).await.1.expect_err("silent");
    assert!(failure.cause == Cause::TimedOut && failure.found.contains("expects TLS from the first byte"), "{failure:?}");
}

#[tokio::test]
async fn a_server_that_falls_silent_later_is_told_by_what_it_did_not_answer() {
    for (script, scenario, told) in [
        (&["250-here\r\n250 AUTH PLAIN\r\n"][..], "sign_in", "The server greeted, but did not answer AUTH within 0.3 s."),
        (&["250-here\r\n250 STARTTLS\r\n", "220 go on\r\n"], "tls", "The TLS handshake did not end within 0.3 s."),
    ] {
        let silent = Server::start(move |mut stream| async move {
            let _ = stream.write_all(b"220 here\r\n").await;
            for answer in script {
                let _ = stream.read(&mut [0; 512]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            std::future::pending().await
        })
        .await;
        let security = if scenario == "tls" { "starttls" } else { "none" };
        let target = target(json!({ "host": "127.0.0.1", "port": silent.port(), "security": security }), "orders-pw");
        let time = std::time::Duration::from_millis(300);
        let ended = tokio::time::timeout(time, Smtp::new().run(scenario, &target)).await;
        assert!(ended.is_err(), "{scenario}");
        assert_eq!(target.so_far.out_of_time(time).found, told);
    }
}

#[tokio::test]
async fn what_is_said_at_the_recipient_may_be_about_somebody_else() {
    for (command, answer, expected) in [
        ("RCPT TO", "550 5.1.1 no such user", Cause::RecipientRefused),
        ("RCPT TO", "554 5.7.1 Relay access denied", Cause::RecipientRefused),
        ("RCPT TO", "550 5.1.1 <blocked-sender@orders.test>: Recipient address rejected: User unknown", Cause::RecipientRefused),
        ("RCPT TO", "553 5.7.1 <a@orders.test>: Sender address rejected: not owned by user", Cause::SenderRefused),
        ("RCPT TO", "550 5.7.1 Service unavailable; client blocked using zen.spamhaus.org", Cause::TurnedAway),
        ("MAIL FROM", "530 5.7.0 Authentication required", Cause::AuthRejected),
    ] {
        let server = refusing(command, answer).await;
        let settings = json!({ "host": "127.0.0.1", "port": server.port(), "security": "none", "user": "", "recipient": "blocked-sender@orders.test" });
        let failure = probe::run_within(probe::DEADLINE, &Smtp::new(), "recipient", &target(settings, "")).await.expect_err("refused");
        assert_eq!(failure.cause, expected, "{failure:?}");
        assert_eq!(failure.found.starts_with("The server wants a sign-in, and no user is set."), expected == Cause::AuthRejected, "{failure:?}");
    }
}

#[tokio::test]
async fn what_is_slipped_in_before_encryption_is_not_believed() {
    let server = scripted("220 here\r\n", &["250-here\r\n250 STARTTLS\r\n", "220 go on\r\n250 AUTH PLAIN\r\n"]).await;
    let target = target(json!({ "host": "127.0.0.1", "port": server.port() }), "");
    assert_eq!(probe::failures(&Smtp::new(), &target).await, [("tls", Cause::UnexpectedAnswer)]);
}

#[test]
fn the_credential_is_bound_to_where_it_is_sent() {
    assert_eq!(Smtp::new().sealed_to(&target(json!({ "host": "Mail.Example" }), "").settings), format!("smtp://mail.example:{}", service().port));
}

/// Answers what begins with `command` with `answer`, and takes everything else.
async fn refusing(command: &'static str, answer: &'static str) -> Server {
    Server::start(move |stream| async move {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 mail.test\r\n").await.expect("greeted");
        let (mut line, mut in_mail) = (String::new(), false);
        while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
            let said = line.trim_end();
            in_mail &= said != ".";
            let reply = match said {
                _ if in_mail => "",
                _ if said.starts_with(command) => answer,
                "DATA" => "354 go on",
                _ => "250 well",
            };
            in_mail |= reply.starts_with("354");
            if !reply.is_empty() {
                stream.write_all(format!("{reply}\r\n").as_bytes()).await.expect("answered");
            }
            line.clear();
        }
    })
    .await
}

#[tokio::test]
async fn a_mail_is_given_up_only_for_what_is_said_to_its_receiver_or_to_the_mail_itself() {
    let table = [
        ("EHLO", "554 not now", false),
        ("MAIL FROM", "550 who are you", false),
        ("MAIL FROM", "530 sign in first", false),
        ("RCPT TO", "530 sign in first", false),
        ("RCPT TO", "451 later", false),
        ("RCPT TO", "550 nobody of that name", true),
        ("DATA", "554 no", true),
        (".", "552 too large", true),
    ];
    let way = dispatch::SendContext {
        egress: Egress::new(EgressPolicy::default(), Resolver::System),
        environment: Environment::Development,
        correlation_id: CorrelationId::mint(),
    };
    for (command, answer, for_good) in table {
        let server = refusing(command, answer).await;
        let (host, port, from) = ("127.0.0.1".to_owned(), server.port(), "console@orders.test".to_owned());
        let server = MailServer { host, port, security: MailSecurity::None, user: String::new(), password: String::new().into(), from };
        let refused = dispatch::mail(&way, &server, "desk@orders.test", b"Subject: x\r\n\r\nx\r\n").await.expect_err("refused");
        assert_eq!(matches!(refused, MailRefused::ForGood(_)), for_good, "{command}: {refused:?}");
    }
}
