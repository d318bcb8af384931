//! The runbooks that come with the console, each carried out on a service that is broken in its way: a step of the console says what is wrong, and all of
//! them are green once it is mended.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{
    ids::ProfileId,
    profile::Transition,
    runbook::{
        StepAction,
        execution::{Execution, ExecutionStatus, Next, Outcome, Reported},
    },
};
use engine::{
    connections,
    evidence::inspect::inspect,
    runbooks::{
        self,
        carry_out::carry_on,
        executions::{self, NewExecution},
    },
    transition,
};
use futures_util::{FutureExt, future::BoxFuture};
use probes::kinds::{ConnectionKind, Kinds, dns::Dns, http::Http, postgres::Postgres, redis::Redis, s3::S3, smtp::Smtp, supabase::Supabase};
use serde_json::{Value, json};
use tokio::{io::copy_bidirectional, net::TcpStream};

use crate::{
    active_connections::FIRST,
    breakage::Held,
    fake_listener::{self, FakeListener},
    fault_proxy::{FaultProxy, Flow},
    postgres, postgres_playbook, probe, redis_diagnostic_checks,
    runbooks::{another, found, report, start},
    scripted::Server,
    services::{PostgresService, S3Key, S3Service, SmtpService, services},
    supabase,
    test_console::{TestConsole, refused},
};

const MINUTE: Duration = Duration::from_secs(60);

/// The pool that is exhausted has a test of its own.
const ELSEWHERE: &str = "Database connections are exhausted";

/// A way to be broken, and what mends it.
struct Case {
    runbook: &'static str,
    kind: &'static str,
    /// While it is broken.
    settings: Value,
    credential: Value,
    /// Part of what a step of the console finds then.
    says: &'static str,
    mend: Mend,
    held: Held,
}

impl Case {
    fn holding(self, held: impl Send + 'static) -> Self {
        Self { held: Box::new(held), ..self }
    }
}

enum Mend {
    /// The connection leads to a service that is well, or has what that asks for.
    Edit(Value),
    /// The service itself, which lives as long as what this answers.
    Service(BoxFuture<'static, Held>),
}

fn case(runbook: &'static str, kind: &'static str, settings: Value, credential: Value, says: &'static str, mend: Mend) -> Case {
    Case { runbook, kind, settings, credential, says, mend, held: Box::new(()) }
}

/// A port behind which another service stands once it is mended.
struct Facade {
    port: u16,
    is_mended: Arc<AtomicBool>,
}

impl Facade {
    async fn before(broken: SocketAddr, well: SocketAddr) -> Self {
        let is_mended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_mended);
        let server = Server::start(move |mut client| {
            let to = if seen.load(Ordering::SeqCst) { well } else { broken };
            async move {
                if let Ok(mut service) = TcpStream::connect(to).await {
                    let _ = copy_bidirectional(&mut client, &mut service).await;
                }
            }
        })
        .await;
        Self { port: server.port(), is_mended }
    }

    /// An HTTP service that answers this, and that.
    async fn http(broken: &str, well: &str) -> Self {
        let answer = |(status, body): (&str, &str)| format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        let answering = async |text: &str| Server::answering(answer(text.split_once('|').unwrap_or((text, "")))).await;
        Self::before(answering(broken).await.address, answering(well).await.address).await
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    fn mend(self) -> Mend {
        let mended = async move {
            self.is_mended.store(true, Ordering::SeqCst);
            Box::new(()) as Held
        };
        Mend::Service(mended.boxed())
    }
}

async fn cases() -> Vec<Case> {
    let mut cases = of_http();
    cases.extend(of_answers().await);
    cases.extend(of_postgres().await);
    cases.extend(of_dns());
    cases.extend(of_others().await);
    cases
}

fn of_http() -> Vec<Case> {
    let nginx = &services().nginx;
    let at_nginx = |path: &str, more: Value| probe::merged(json!({ "url": format!("{}{path}", nginx.plain), "ca_pem": nginx.ca_pem }), more);
    vec![
        case(
            "Certificate is invalid or expires",
            "http",
            json!({ "url": nginx.expired, "ca_pem": nginx.ca_pem }),
            json!({}),
            "expired",
            Mend::Edit(json!({ "settings": { "url": nginx.tls } })),
        ),
        case(
            "An OAuth connection fails",
            "http",
            at_nginx("/oauth", json!({ "auth": "oauth2", "token_url": format!("{}/token", nginx.plain), "client_id": nginx.client_id })),
            json!({ "client_secret": "withdrawn" }),
            "invalid_client",
            Mend::Edit(json!({ "credential": { "client_secret": nginx.client_secret } })),
        ),
        case(
            "Emergency rotation of a secret",
            "http",
            at_nginx("/bearer", json!({ "auth": "bearer" })),
            json!({ "token": "revoked" }),
            "401",
            Mend::Edit(json!({ "credential": { "token": nginx.bearer_token } })),
        ),
        case(
            "This console reaches nothing",
            "http",
            json!({ "url": "http://169.254.169.254/" }),
            json!({}),
            "169.254.169.254",
            Mend::Edit(json!({ "settings": { "url": nginx.plain } })),
        ),
    ]
}

/// By what a service answers, or that it does not.
async fn of_answers() -> Vec<Case> {
    let table = [
        ("The application does not answer", "503 Away", "200 OK", json!({}), "503"),
        ("Generation by an external API fails", "429 Too Many Requests", "200 OK", json!({}), "429"),
        ("Emergency stop of traffic", "500 Broken", "200 OK", json!({}), "500"),
        ("Fast roll back", "500 Broken", "200 OK", json!({}), "500"),
        ("Post-deploy validation", "502 Bad Gateway", "200 OK", json!({}), "502"),
        ("Security patches", "503 Away", "200 OK", json!({}), "503"),
        ("Weekly dependency updates", "503 Away", "200 OK", json!({}), "503"),
        ("Monthly upgrade", "503 Away", "200 OK", json!({}), "503"),
        ("Browsers show an old version", "200 OK|release 1", "200 OK|release 2", json!({ "conditions": ["body contains release 2"] }), "release 2"),
        (
            "The payment queue is late",
            "200 OK|{\"oldest_minutes\":45}",
            "200 OK|{\"oldest_minutes\":3}",
            json!({ "conditions": ["json:$.oldest_minutes < 30"] }),
            "45",
        ),
    ];
    let mut cases = Vec::new();
    for (runbook, broken, well, more, says) in table {
        let service = Facade::http(broken, well).await;
        cases.push(case(runbook, "http", probe::merged(json!({ "url": service.url() }), more), json!({}), says, service.mend()));
    }
    // Its disk is so slow that it takes requests and answers none.
    let at = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let slow = Facade::before(at(FakeListener::Silent.listen().await), at(probe::port_of(&services().nginx.plain))).await;
    cases.push(case("The application does not answer", "http", json!({ "url": slow.url() }), json!({}), "but no answer within", slow.mend()));
    cases
}

fn opened(proxy: FaultProxy) -> BoxFuture<'static, Held> {
    let opened = async move {
        proxy.set(Flow::Open);
        Box::new(proxy) as Held
    };
    opened.boxed()
}

async fn of_postgres() -> Vec<Case> {
    let PostgresService { host, port, database, user, password, .. } = &services().postgres;
    let settings = |more: Value| probe::merged(json!({ "host": host, "port": port, "database": database, "user": user, "tls": "disable" }), more);
    let credential = || json!({ "password": password });
    let proxy = FaultProxy::before(format!("{host}:{port}")).await;
    proxy.set(Flow::Shut);
    let through = settings(json!({ "host": proxy.address.ip().to_string(), "port": proxy.address.port() }));
    let reads_only = postgres::role("login", "default_transaction_read_only = on").await;
    let of_reads_only = settings(json!({ "user": reads_only }));
    let allowed = async move {
        postgres::superuser(&format!("alter role {reads_only} reset default_transaction_read_only")).await;
        Box::new(()) as Held
    };
    let waiting = postgres_playbook::waiting().await;
    let of_waiting = json!(*waiting.target.settings);
    let released = async move {
        drop(waiting);
        Box::new(()) as Held
    };
    vec![
        case("The database refuses connections", "postgres", through, credential(), "closed", Mend::Service(opened(proxy))),
        case(
            "Sign-in fails",
            "postgres",
            settings(json!({})),
            json!({ "password": "rotated elsewhere" }),
            "assword authentication failed",
            Mend::Edit(json!({ "credential": credential() })),
        ),
        case("Database roll back", "postgres", of_reads_only, credential(), "read", Mend::Service(allowed.boxed())),
        case("The database is slow", "postgres", of_waiting, credential(), "waits", Mend::Service(released.boxed())),
    ]
}

fn of_dns() -> Vec<Case> {
    let (listening, closed) = fake_listener::closed_port();
    let dns = |more: Value| probe::merged(json!({ "name": "www.orders.test", "resolver": services().dns.resolver }), more);
    vec![
        case(
            "A name leads nowhere",
            "dns",
            dns(json!({ "name": "missing.orders.test" })),
            json!({}),
            "NXDOMAIN",
            Mend::Edit(json!({ "settings": { "name": "www.orders.test" } })),
        ),
        case(
            "The name server does not answer",
            "dns",
            dns(json!({ "resolver": format!("127.0.0.1:{closed}") })),
            json!({}),
            "refused",
            Mend::Edit(json!({ "settings": { "resolver": services().dns.resolver } })),
        )
        .holding(listening),
        case(
            "Cutover of a domain",
            "dns",
            dns(json!({ "expected": ["192.0.2.6"] })),
            json!({}),
            "192.0.2.7",
            Mend::Edit(json!({ "settings": { "expected": ["192.0.2.6", "192.0.2.7"] } })),
        ),
    ]
}

async fn of_others() -> Vec<Case> {
    let (redis, nginx) = (&services().redis_open, &services().nginx);
    let key = |key: &S3Key| json!({ "access_key_id": key.access_key_id, "secret_access_key": key.secret_access_key });
    let S3Service { endpoint, checked_endpoint, region, bucket, open_bucket, writer, reader } = &services().s3;
    let s3 = |endpoint: &str, bucket: &str| json!({ "endpoint": endpoint, "region": region, "bucket": bucket, "prefix": "probes/" });
    let SmtpService { host, port, user, password, from, recipient, .. } = &services().smtp;
    let smtp = json!({ "host": host, "port": port, "user": user, "from": from, "recipient": "later@orders.test", "ca_pem": nginx.ca_pem });
    let (full, emptied) = redis_diagnostic_checks::full();
    let (project, of_project) = (supabase::good().await.url(), supabase::credential());
    let away = Facade::before(supabase::without_auth().await.address, supabase::good().await.address).await;
    vec![
        case(
            "The settings do not fit the service",
            "redis",
            json!({ "host": redis.host, "port": probe::port_of(&nginx.plain) }),
            json!({}),
            "not Redis's protocol",
            Mend::Edit(json!({ "settings": { "port": redis.port } })),
        ),
        case("Memory is short", "redis", full, json!({}), "97 %", Mend::Service(emptied)),
        case("Object storage refuses", "s3", s3(checked_endpoint, bucket), key(reader), "AccessDenied", Mend::Edit(json!({ "credential": key(writer) }))),
        case(
            "The service lets too much through",
            "s3",
            s3(endpoint, open_bucket),
            key(writer),
            "without",
            Mend::Edit(json!({ "settings": { "bucket": bucket } })),
        ),
        case("Mail is refused", "smtp", smtp, json!({ "password": password }), "451", Mend::Edit(json!({ "settings": { "recipient": recipient } }))),
        case(
            "Functions fail",
            "supabase",
            json!({ "url": project, "function": "missing" }),
            of_project.clone(),
            "404",
            Mend::Edit(json!({ "settings": { "function": "hello" } })),
        ),
        case("People cannot sign in", "supabase", json!({ "url": away.url() }), of_project, "503", away.mend()),
    ]
}

#[tokio::test]
async fn each_says_what_is_wrong_and_turns_green_once_it_is_mended() {
    let mut test = TestConsole::sqlite().await;
    test.console.kinds = Kinds::new([
        Arc::new(Http::new()) as Arc<dyn ConnectionKind>,
        Arc::new(Postgres::new()),
        Arc::new(Redis::new()),
        Arc::new(S3::new()),
        Arc::new(Smtp::new()),
        Arc::new(Supabase::new()),
        Arc::new(Dns::asking_authorities_at(services().dns.port)),
    ]);
    let all = runbooks::list(&test.scope()).await.expect("runbooks");
    let is_automatic = |runbook: &&domain::runbook::KeptRunbook| runbook.document.steps.iter().any(|step| !step.action.is_by_a_person());
    let mut untried: BTreeSet<_> = all.iter().filter(is_automatic).map(|runbook| runbook.name.as_str()).collect();
    untried.remove(ELSEWHERE);
    for (number, case) in cases().await.into_iter().enumerate() {
        let runbook = all.iter().find(|runbook| runbook.name == case.runbook).unwrap_or_else(|| panic!("{} is not shipped", case.runbook));
        untried.remove(case.runbook);
        carried_out(&test, runbook.id, case, number).await;
    }
    assert_eq!(untried, BTreeSet::new(), "carried out on nothing");
}

async fn carried_out(test: &TestConsole, runbook: domain::ids::RunbookId, case: Case, number: usize) {
    let (name, scope) = (case.runbook, test.scope());
    let connection = begun_on(test, case.kind, &format!("{number}"), case.settings, case.credential).await;
    let mut execution = start(test, NewExecution { runbook_id: runbook, incident_id: None, connection_id: Some(connection) }).await;
    // As far as a person comes who mends nothing.
    let wrong = loop {
        assert_ne!(execution.next(), Next::End, "{name} is green though nothing was mended");
        match execution.steps.iter().find(|step| step.outcome == Outcome::Failed) {
            Some(step) => break step.n,
            None => execution = go_on(test, &execution).await,
        }
    };
    println!("{name}: {}", found(&execution, wrong));
    assert!(found(&execution, wrong).contains(case.says), "{name}: {}", found(&execution, wrong));
    let _held = match case.mend {
        Mend::Service(mended) => mended.await,
        Mend::Edit(edit) => {
            connections::edit(&scope, connection, 1, serde_json::from_value(edit).expect("an edit")).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            Box::new(())
        }
    };
    // Watched, so that heartbeats say how long an answer takes.
    let profile = connections::get(&scope, connection).await.expect("found");
    let verification = test.verify(&profile).await;
    transition::apply(&scope, connection, Transition::Activate).await.unwrap_or_else(|error| panic!("{name}: {error:?} {verification:#?}"));
    test.pass_time(FIRST).await;
    for _ in 0..40 {
        if execution.next() != Next::End {
            execution = go_on(test, &execution).await;
        }
    }
    let green = execution.steps.iter().all(|step| step.outcome == Outcome::Done);
    assert!(green && execution.status == ExecutionStatus::Done, "{name}: {execution:#?}");
    executions::sign_off(&scope, execution.id).await.expect("signed off");
    transition::apply(&scope, connection, Transition::Archive).await.expect("archived");
    drop(case.held);
}

async fn begun_on(test: &TestConsole, kind: &str, name: &str, settings: Value, credential: Value) -> ProfileId {
    let heartbeat = json!({ "interval_seconds": 60, "timeout_seconds": 2, "retries": 0 });
    let new = json!({
        "name": name, "kind": kind, "environment": "development", "settings": settings, "credential": credential, "heartbeat": heartbeat
    });
    let new = serde_json::from_value(new).expect("a connection");
    connections::create(&test.scope(), new).await.unwrap_or_else(|error| panic!("{kind} {name}: {error:?}")).id
}

/// One step further: what is a person's is done by someone else than who began, what failed is tried again, and time passes for what waits.
async fn go_on(test: &TestConsole, execution: &Execution) -> Execution {
    let someone = another(test);
    match execution.next() {
        Next::Person(n) if execution.step(n).is_some_and(|step| step.step.action.is_by_a_person()) => {
            report(&someone, execution, n, Reported::Done, "Done.").await.expect("reported");
        }
        Next::Person(_) => _ = executions::resume(&someone, execution.id).await.expect("resumed"),
        Next::Console(_) => test.advance(Duration::from_secs(10)),
        Next::End => {}
    }
    carry_on(&test.console).await.expect("carried on");
    executions::get(&someone, execution.id).await.expect("found")
}

#[tokio::test]
async fn a_full_pool_is_watched_until_it_has_room_and_its_pack_has_the_evidence() {
    let mut test = TestConsole::sqlite().await;
    test.console.kinds = Kinds::new([Arc::new(Postgres::new()) as Arc<dyn ConnectionKind>]);
    let PostgresService { host, port, database, password, .. } = &services().postgres;
    let role = postgres::role("login connection limit 6", "").await;
    let url = format!("postgres://{role}:{password}@{host}:{port}/{database}");
    let mut held = Vec::new();
    for _ in 0..5 {
        held.push(<sqlx_postgres::PgConnection as sqlx::Connection>::connect(&url).await.expect("a connection"));
    }
    let settings = json!({ "host": host, "port": port, "database": database, "user": role });
    let connection = begun_on(&test, "postgres", "Orders", settings, json!({ "password": password })).await;
    let all = runbooks::list(&test.scope()).await.expect("runbooks");
    let runbook = all.into_iter().find(|runbook| runbook.name == ELSEWHERE).expect("shipped");
    let mut execution = start(&test, NewExecution { runbook_id: runbook.id, incident_id: None, connection_id: Some(connection) }).await;
    assert_eq!(execution.steps[0].outcome, Outcome::Failed);
    assert!(found(&execution, 1).contains("6 of 6 connections of the role are in use (100 %)"), "{}", found(&execution, 1));
    let checks = execution.steps.iter().find(|step| step.step.title == "The pool is below 80 %").expect("a check").n;
    while execution.next().step().is_some_and(|n| n < checks) {
        execution = go_on(&test, &execution).await;
    }
    assert_eq!(execution.step(checks).expect("a step").outcome, Outcome::Running, "it looks for five minutes: {execution:#?}");
    held.clear();
    // The server takes a moment to see that they have gone.
    let is_over = tokio::time::timeout(MINUTE, async {
        while execution.next() != Next::End {
            execution = go_on(&test, &execution).await;
        }
    });
    is_over.await.expect("it holds once they have gone");
    assert_eq!(execution.status, ExecutionStatus::Done, "{execution:#?}");
    executions::sign_off(&test.scope(), execution.id).await.expect("signed off");
    let intact = inspect(&executions::packed(&test.scope(), execution.id).await.expect("a pack"), None);
    assert!(intact.is_intact() && intact.files > 3, "with the evidence of its runs: {intact:?}");
}

#[tokio::test]
async fn those_without_a_step_of_the_console_are_carried_out_by_two_people() {
    for test in TestConsole::both().await {
        let people = [test.scope(), another(&test)];
        let all = runbooks::list(&people[0]).await.expect("runbooks");
        let manual: Vec<_> = all.iter().filter(|runbook| runbook.document.steps.iter().all(|step| step.action.is_by_a_person())).collect();
        assert!(manual.iter().any(|runbook| runbook.document.steps.iter().any(|step| step.action == StepAction::Approve)), "{manual:?}");
        for runbook in manual {
            let name = &runbook.name;
            let mut execution = start(&test, NewExecution { runbook_id: runbook.id, incident_id: None, connection_id: None }).await;
            for n in (1..).take(execution.steps.len()) {
                assert_eq!(execution.next(), Next::Person(n), "{name}");
                let approves = execution.step(n).is_some_and(|step| step.step.action == StepAction::Approve);
                if approves {
                    assert_eq!(refused(report(&people[0], &execution, n, Reported::Done, "").await), "another_person_needed", "{name}");
                }
                let by = if approves || n % 2 == 0 { &people[1] } else { &people[0] };
                execution = report(by, &execution, n, Reported::Done, "Seen.").await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            }
            let signed = executions::sign_off(&people[1], execution.id).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let by: BTreeSet<_> = signed.steps.iter().filter_map(|step| step.by.as_deref()).collect();
            assert_eq!(by, people.iter().map(|scope| scope.actor().name.as_str()).collect(), "{name}");
            let pack = executions::packed(&people[0], execution.id).await.expect("a pack");
            assert!(inspect(&pack, None).is_intact(), "{name}");
        }
    }
}
