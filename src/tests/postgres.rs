//! The kind `postgres` against real servers: what a good one shows, and which step fails for each way of breaking it.

use probes::{
    egress::Resolver,
    kinds::{Cause, ConnectionKind, Target, postgres::Postgres},
    runner,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    breakage::Breakage,
    fake_listener, probe,
    scripted::Server,
    services::{PostgresService, services},
    standby::Standby,
};

fn service() -> &'static PostgresService {
    &services().postgres
}

/// The good settings with `changes` over them.
pub fn target(changes: Value, password: &str) -> Target {
    let PostgresService { host, port, database, user, .. } = service();
    let good = json!({ "host": host, "port": port, "database": database, "user": user });
    let secret = [("password", password)];
    probe::target(&Postgres::new(), probe::merged(good, changes), if password.is_empty() { &[] } else { &secret })
}

/// A new role with these attributes and settings, and the password of the usual one.
pub async fn role(attributes: &str, setting: &str) -> String {
    let role = probe::unique("role");
    superuser(&format!("create role {role} {attributes} password '{}'", service().password)).await;
    if !setting.is_empty() {
        superuser(&format!("alter role {role} set {setting}")).await;
    }
    role
}

pub async fn superuser(statement: &str) {
    let pool = sqlx_postgres::PgPool::connect(&service().superuser_url).await.expect("PostgreSQL answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&pool).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    pool.close().await;
}

#[tokio::test]
async fn a_good_server_passes_every_scenario_in_every_tls_mode() {
    let ca_pem = &services().nginx.ca_pem;
    let modes = [
        ("disable", "", "Not used: TLS is set to disable."),
        ("prefer", "", "not verified (mode prefer)."),
        ("require", "", "not verified (mode require)."),
        ("require", ca_pem.as_str(), "days (mode require)."),
        ("verify-full", ca_pem.as_str(), "days (mode verify-full)."),
    ];
    for (mode, ca_pem, expected) in modes {
        let found = probe::passes(&Postgres::new(), &target(json!({ "tls": mode, "ca_pem": ca_pem }), &service().password)).await;
        assert!(found["tls"].ends_with(expected), "{}", found["tls"]);
        assert!(found["version"].starts_with("PostgreSQL "), "{}", found["version"]);
        assert_eq!(found["resolve"], service().host);
        assert_eq!(found["sign_in"], "Accepted the role orders.");
        assert_eq!(found["database"], "Opened the database orders.");
        assert_eq!(found["not_in_recovery"], "A primary that accepts writes.");
    }
}

#[tokio::test]
async fn a_name_is_as_good_as_an_address() {
    let settings = json!({ "host": "LocalHost", "tls": "verify-full", "ca_pem": services().nginx.ca_pem });
    probe::passes(&Postgres::new(), &target(settings, &service().password)).await;
}

/// What breaks a scenario of verification.
pub async fn ways() -> Vec<Breakage> {
    let (held, closed) = fake_listener::closed_port();
    let password = service().password.as_str();
    let nginx = probe::port_of(&services().nginx.plain);
    let table = [
        ("unknown host", json!({ "host": "nowhere.invalid" }), password, ("resolve", Cause::NameNotFound)),
        ("no authority to verify by", json!({ "tls": "verify-full" }), password, ("tls", Cause::CertificateUntrusted)),
        ("another protocol", json!({ "port": nginx }), password, ("tls", Cause::UnexpectedAnswer)),
        ("another protocol, plain", json!({ "port": nginx, "tls": "disable" }), password, ("sign_in", Cause::UnexpectedAnswer)),
        ("wrong password", json!({}), "wrong", ("sign_in", Cause::AuthRejected)),
        ("no password", json!({}), "", ("sign_in", Cause::AuthRejected)),
        ("no password, plain", json!({ "tls": "disable" }), "", ("sign_in", Cause::AuthRejected)),
        ("unknown user", json!({ "user": "nobody" }), password, ("sign_in", Cause::AuthRejected)),
        ("wrong database", json!({ "database": "nothing" }), password, ("database", Cause::DatabaseMissing)),
        ("reads only", json!({ "user": role("login", "default_transaction_read_only = on").await }), password, ("not_in_recovery", Cause::ReadOnly)),
    ];
    let mut ways: Vec<_> = table.into_iter().map(|(how, changes, password, breaks)| Breakage::new(how, target(changes, password), breaks)).collect();
    for (how, from, to, breaks) in [
        ("a pooler that answers something else", "select 1".to_owned(), "select 2".to_owned(), ("select_one", Cause::UnexpectedAnswer)),
        ("out of support", major().await, "13.".to_owned(), ("version", Cause::VersionOutdated)),
    ] {
        let server = Server::rewriting(format!("{}:{}", service().host, service().port), from, to).await;
        ways.push(Breakage::new(how, target(json!({ "port": server.port(), "tls": "disable" }), password), breaks));
    }
    ways.push(Breakage::new("closed port", target(json!({ "port": closed }), password), ("connect", Cause::Refused)).holding(held));
    ways
}

/// How the version of the real server begins.
async fn major() -> String {
    let pool = sqlx_postgres::PgPool::connect(&service().superuser_url).await.expect("PostgreSQL answers");
    let version: String = sqlx::query_scalar("show server_version").fetch_one(&pool).await.expect("a version");
    version.get(..3).expect("two digits and a dot").to_owned()
}

#[tokio::test]
async fn what_a_role_may_not_do_is_told_where_it_matters() {
    let closed = probe::unique("closed");
    superuser(&format!("create database {closed}")).await;
    superuser(&format!("revoke connect on database {closed} from public")).await;
    let shut = probe::unique("shut");
    superuser(&format!("create database {shut} allow_connections false")).await;
    let table = [
        ("may not log in", json!({ "user": role("nologin", "").await }), ("sign_in", Cause::SignInForbidden)),
        ("no place left", json!({ "user": role("login connection limit 0", "").await }), ("sign_in", Cause::TooManyConnections)),
        ("may not connect", json!({ "database": closed }), ("database", Cause::PermissionDenied)),
        ("nobody may connect", json!({ "database": shut }), ("database", Cause::PermissionDenied)),
    ];
    for (how, changes, expected) in table {
        assert_eq!(probe::failures(&Postgres::new(), &target(changes, &service().password)).await, [expected], "{how}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused_unless_nothing_is_verified() {
    let answers = [("other.test".to_owned(), vec![vec!["127.0.0.1".parse().expect("an address")]])];
    for (mode, expected) in [("verify-full", vec![("tls", Cause::CertificateWrongHost)]), ("prefer", vec![])] {
        let ca_pem = if mode == "verify-full" { services().nginx.ca_pem.as_str() } else { "" };
        let mut target = target(json!({ "host": "other.test", "tls": mode, "ca_pem": ca_pem }), &service().password);
        target.egress = probe::egress(Resolver::Scripted(answers.clone().into()));
        assert_eq!(probe::failures(&Postgres::new(), &target).await, expected, "{mode}");
    }
}

#[tokio::test]
async fn a_replica_passes_only_where_it_is_allowed() {
    let standby = Standby::start().await;
    let at = |changes| target(probe::merged(json!({ "port": standby.port, "user": "postgres", "database": "postgres" }), changes), "");
    let found = probe::verify(&Postgres::new(), &at(json!({}))).await;
    assert!(
        found.iter().any(|(scenario, outcome)| *scenario == "tls" && outcome.as_deref() == Ok("Not encrypted: the server offers no TLS (mode prefer).")),
        "{found:?}"
    );
    let table = [
        (json!({}), vec![("not_in_recovery", Cause::OnReplica)]),
        (json!({ "allow_replica": true }), vec![]),
        (json!({ "tls": "require" }), vec![("tls", Cause::NoTls)]),
        (json!({ "tls": "verify-full" }), vec![("tls", Cause::NoTls)]),
    ];
    for (changes, expected) in table {
        assert_eq!(probe::failures(&Postgres::new(), &at(changes.clone())).await, expected, "{changes}");
    }
}

#[tokio::test]
async fn a_session_says_who_it_is_and_is_gone_afterwards() {
    let target = target(json!({}), &service().password);
    let name = format!("switchboard {}", target.correlation_id);
    probe::run_within(probe::DEADLINE, &Postgres::new(), "select_one", &target).await.expect("select 1 passes");
    let pool = sqlx_postgres::PgPool::connect(&service().superuser_url).await.expect("PostgreSQL answers");
    for _ in 0..50 {
        let left: i64 =
            sqlx::query_scalar("select count(*) from pg_stat_activity where application_name = $1").bind(&name).fetch_one(&pool).await.expect("a count");
        if left == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the session is still open");
}

#[test]
fn the_credential_is_bound_to_where_it_is_sent() {
    let target = target(json!({ "host": "DB.Example", "port": 5433 }), "");
    assert_eq!(Postgres::new().sealed_to(&target.settings), "postgres://db.example:5433");
}

#[tokio::test]
async fn behind_a_pooler_everything_is_as_before_and_its_refusals_are_understood() {
    let port = service().pgbouncer_port;
    let password = service().password.as_str();
    let pooled = |changes: Value| probe::merged(json!({ "port": port }), changes);
    let found = probe::passes(&Postgres::new(), &target(pooled(json!({})), password)).await;
    assert_eq!(found["tls"], "Not encrypted: the server offers no TLS (mode prefer).");
    for (changes, password, breaks) in [
        (json!({}), "wrong", ("sign_in", Cause::AuthRejected)),
        (json!({ "user": "nobody" }), password, ("sign_in", Cause::AuthRejected)),
        (json!({ "database": "nowhere" }), password, ("database", Cause::DatabaseMissing)),
        (json!({ "tls": "require" }), password, ("tls", Cause::NoTls)),
    ] {
        let target = target(pooled(changes.clone()), password);
        assert_eq!(probe::failures(&Postgres::new(), &target).await, [breaks], "{changes}");
        assert_eq!(runner::beat(&Postgres::new(), &target, probe::DEADLINE).await.1.expect_err("refused").cause, breaks.1, "{changes}");
    }
}

/// Refuses every session at its beginning, as poolers do, by this code and these words.
async fn refusing(code: &'static str, words: &'static str) -> Server {
    Server::start(move |mut stream| async move {
        let _ = stream.read(&mut [0; 1_024]).await;
        let fields = format!("SFATAL\0VFATAL\0C{code}\0M{words}\0\0");
        let length = u32::try_from(fields.len() + 4).expect("a short message");
        let _ = stream.write_all(&[b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat()).await;
    })
    .await
}

#[tokio::test]
async fn a_pooler_that_looks_for_the_database_first_says_nothing_of_the_role() {
    for (code, words) in [
        ("08P01", "no such database: nowhere"),
        ("08P01", "database \"nowhere\" is disabled"),
        ("58000", "No pool configured for database: \"nowhere\", user: \"orders\""),
    ] {
        let server = refusing(code, words).await;
        let target = target(json!({ "host": "127.0.0.1", "port": server.port(), "tls": "disable" }), "whatever");
        let sign_in = probe::run_within(probe::DEADLINE, &Postgres::new(), "sign_in", &target).await.expect("no failure");
        assert!(sign_in.is_unused, "{words}: {sign_in:?}");
        assert!(matches!(probe::failures(&Postgres::new(), &target).await[..], [("database", _)]), "{words}");
    }
    let real = target(json!({ "database": "nowhere" }), &service().password);
    let sign_in = probe::run_within(probe::DEADLINE, &Postgres::new(), "sign_in", &real).await.expect("accepted");
    assert!(!sign_in.is_unused, "PostgreSQL looks for the database last");
    let unknown = refusing("XX000", "Tenant or user not found").await;
    let target = target(json!({ "host": "127.0.0.1", "port": unknown.port(), "tls": "disable" }), "whatever");
    assert_eq!(probe::failures(&Postgres::new(), &target).await, [("sign_in", Cause::AuthRejected)]);
}

#[tokio::test]
async fn what_a_server_refuses_at_the_beginning_has_a_cause_of_its_own() {
    for (code, words, cause) in [
        ("28000", "role \"nobody\" does not exist", Cause::AuthRejected),
        ("28000", "role \"orders\" is not permitted to log in", Cause::SignInForbidden),
        ("28000", "SSL connection is required. Please specify SSL options and retry.", Cause::SignInWantsTls),
        ("28000", "This RDS Proxy requires TLS connections", Cause::SignInWantsTls),
        ("28000", "no pg_hba.conf entry for host \"10.0.0.7\", user \"orders\", database \"orders\", no encryption", Cause::SignInForbidden),
        ("53100", "could not extend file \"base/5/1249\": No space left on device", Cause::NearLimit),
        ("53200", "out of memory", Cause::NearLimit),
    ] {
        let server = refusing(code, words).await;
        let target = target(json!({ "host": "127.0.0.1", "port": server.port(), "tls": "disable" }), "whatever");
        assert_eq!(probe::failures(&Postgres::new(), &target).await, [("sign_in", cause)], "{words}");
    }
}
