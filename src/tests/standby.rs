//! A PostgreSQL in recovery, without TLS and passwords, for one test.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub struct Standby {
    pub port: u16,
    server: Child,
    _folder: TempDir,
}

impl Standby {
    /// A new cluster that waits for a primary which does not exist, and answers reads meanwhile.
    ///
    /// # Panics
    /// PostgreSQL is missing, or does not start within 30 s.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        run(program("initdb", folder.path()).arg("--pgdata").arg(&data).args(["--no-sync", "--auth=trust", "--username=postgres"]));
        run(as_postgres("touch", folder.path()).arg(data.join("standby.signal")));
        let port = free_port();
        let server = program("postgres", folder.path())
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-p", &port.to_string()])
            .spawn()
            .expect("postgres starts");
        let standby = Self { port, server, _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !standby.answers() {
            assert!(Instant::now() < deadline, "the standby does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        standby
    }

    fn answers(&self) -> bool {
        let port = self.port.to_string();
        let ready = Command::new(programs().join("pg_isready")).args(["--quiet", "--host=127.0.0.1", "--port", &port]).status();
        ready.is_ok_and(|status| status.success())
    }
}

impl Drop for Standby {
    /// An interrupt, so that it takes its own processes and shared memory with it.
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

fn run(command: &mut Command) {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn program(name: &str, folder: &Path) -> Command {
    as_postgres(&programs().join(name).display().to_string(), folder)
}

/// PostgreSQL refuses to run as root, so root becomes the user that its package made.
fn as_postgres(program: &str, folder: &Path) -> Command {
    let id = Command::new("id").arg("-u").output().expect("id answers");
    let mut command = if id.stdout == b"0\n" {
        run(Command::new("chown").arg("postgres:").arg(folder));
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--", program]);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Debian keeps the server's programs off `PATH`, a folder for each version: the newest.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is missing: run script/setup test");
    let newest = versions.flatten().filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok()).max();
    PathBuf::from(format!("/usr/lib/postgresql/{}/bin", newest.expect("a version of PostgreSQL")))
}
