//! PostgreSQL behind a pooler.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

use store::{Db, StoreError};
use tokio::net::TcpStream;

use crate::services::services;

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

async fn pooler(pool_mode: &str) -> Pooler {
    let postgres = &services().postgres;
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("pgbouncer.ini");
    let (host, server, user, password) = (&postgres.host, postgres.port, &postgres.user, &postgres.password);
    let settings = format!(
        "[databases]\n{0} = host={host} port={server} dbname={0} user={user} password={password}\n\
         [pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port={port}\nunix_socket_dir=\nauth_type=any\npool_mode={pool_mode}\n",
        postgres.database
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
    Pooler { child, url: format!("postgres://{user}@127.0.0.1:{port}/{}", postgres.database), _folder: folder }
}

#[tokio::test]
async fn a_pooler_that_forgets_statements_is_refused_with_what_to_change() {
    let pooler = pooler("transaction").await;
    let refused = Db::open(&pooler.url.clone().into()).await.err().expect("refused");
    let StoreError::Settings(said) = &refused else { panic!("{refused:?}") };
    assert!(said.contains("max_prepared_statements") && said.contains("pool_mode = session"), "{said}");
}

#[tokio::test]
async fn a_pooler_of_sessions_is_as_good_as_none() {
    let pooler = pooler("session").await;
    let db = Db::open(&pooler.url.clone().into()).await.expect("open");
    db.ping().await.expect("answers");
    let tx = db.begin().await.expect("begun");
    tx.commit().await.expect("committed");
    db.close().await;
}
