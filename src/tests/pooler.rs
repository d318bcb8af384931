//! PostgreSQL behind a pooler.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::Connection;
use sqlx_postgres::{PgConnectOptions, PgConnection};
use store::{Db, StoreError, notifications, teams};
use tokio::net::TcpStream;
use url::Url;

use crate::{services::services, test_console::TestConsole};

/// A pgbouncer until it is dropped.
struct Pooler {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Before a database, to which it signs everybody in as one user.
async fn pooler(pool_mode: &str, server_url: &str) -> Pooler {
    let server: PgConnectOptions = server_url.parse().expect("an address");
    let password = Url::parse(server_url).expect("an address").password().expect("a password").to_owned();
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("pgbouncer.ini");
    let (host, at, user, database) = (server.get_host(), server.get_port(), server.get_username(), server.get_database().expect("a database"));
    let settings = format!(
        "[databases]\n{database} = host={host} port={at} dbname={database} user={user} password={password}\n\
         [pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={port}\nunix_socket_dir=\nauth_type=any\npool_mode={pool_mode}\n"
    );
    fs::write(&file, settings).expect("written");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("readable");
    let mut command = Command::new("pgbouncer");
    // Which it refuses to run as; nobody's rights are enough.
    if fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0) {
        command.args(["-u", "nobody"]);
    }
    let child = command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pgbouncer");
    let answers = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), answers).await.expect("pgbouncer answers");
    Pooler { child, url: format!("postgres://{user}@127.0.0.1:{port}/{database}"), _folder: folder }
}

#[tokio::test]
async fn a_pooler_that_forgets_statements_is_refused_with_what_to_change() {
    let postgres = &services().postgres;
    let server_url = format!("postgres://{}:{}@{}:{}/{}", postgres.user, postgres.password, postgres.host, postgres.port, postgres.database);
    let pooler = pooler("transaction", &server_url).await;
    let refused = Db::open(&pooler.url.clone().into()).await.err().expect("refused");
    let StoreError::Settings(said) = &refused else { panic!("{refused:?}") };
    assert!(said.contains("max_prepared_statements") && said.contains("pool_mode = session"), "{said}");
}

/// Where two nodes share a pooler, each may meet its own connections at the start, and the other's later.
#[tokio::test]
async fn a_statement_that_is_lost_later_is_told_as_the_poolers() {
    let mut connection = PgConnection::connect(&services().postgres.superuser_url).await.expect("a connection");
    sqlx::query("select 1").execute(&mut connection).await.expect("prepared");
    sqlx::raw_sql("deallocate all").execute(&mut connection).await.expect("forgotten");
    let lost = StoreError::from(sqlx::query("select 1").execute(&mut connection).await.expect_err("forgotten"));
    assert!(matches!(&lost, StoreError::Settings(said) if said.contains("max_prepared_statements")), "{lost:?}");
}

#[tokio::test]
async fn a_pooler_of_sessions_is_as_good_as_none() {
    let owned = TestConsole::postgres_of_an_owner().await;
    let pooler = pooler("session", &owned.server_url).await;
    let db = Db::open(&pooler.url.clone().into()).await.expect("open");
    db.ping().await.expect("answers");
    let tx = db.begin().await.expect("begun");
    tx.commit().await.expect("committed");
    assert!(teams::by_slug(&db, teams::DEFAULT_SLUG).await.expect("read").is_some());
    assert_eq!(notifications::unread(&db.for_team(owned.test.actor.team), owned.test.actor.who).await.expect("read"), 0);
    db.close().await;
}
