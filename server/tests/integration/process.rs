//! The program itself, started as a person would.

use std::{
    io::{BufRead, BufReader, Lines, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    thread::{self, JoinHandle},
    time::Duration,
};

use tempfile::TempDir;

use crate::test_server::client;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_switchboard");

/// Runs a command to its end with nothing of this environment but `PATH`.
pub fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(folder).env_clear().envs(variables.iter().copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    // The program may end without reading.
    let _ = child.stdin.take().expect("input").write_all(input.as_bytes());
    child.wait_with_output().expect("ended")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server that runs until it is dropped.
pub struct Server {
    pub child: Child,
    pub base: String,
    lines: Lines<BufReader<ChildStdout>>,
    /// Reads the log to its end: a server whose log nobody reads waits some time for a reader.
    log: Option<JoinHandle<String>>,
}

impl Server {
    pub fn start(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("serve").current_dir(folder).env_clear().env("SWITCHBOARD_LISTEN", "127.0.0.1:0").envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let lines = BufReader::new(child.stdout.take().expect("output")).lines();
        let mut stderr = child.stderr.take().expect("log");
        let log = thread::spawn(move || {
            let mut read = Vec::new();
            stderr.read_to_end(&mut read).expect("read");
            text(&read)
        });
        let mut server = Self { child, base: String::new(), lines, log: Some(log) };
        let ready = server.line().unwrap_or_else(|| panic!("it ended: {}", server.read_log()));
        server.base = ready.strip_prefix("listening on ").unwrap_or_else(|| panic!("{ready}")).to_owned();
        server
    }

    /// The next line of standard output; none when the server has ended.
    pub fn line(&mut self) -> Option<String> {
        self.lines.next().map(|line| line.expect("read"))
    }

    /// Asks it to stop and waits; answers its exit code and its log.
    pub fn stop(&mut self) -> (Option<i32>, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        let log = self.read_log();
        (self.child.wait().expect("ended").code(), log)
    }

    /// All of its log, once it has ended.
    fn read_log(&mut self) -> String {
        self.log.take().expect("read once").join().expect("read")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_server_whose_log_is_more_than_a_pipe_holds_goes_on() {
    const PIPE: usize = 64 * 1024;
    let folder = TempDir::new().expect("folder");
    let mut server = Server::start(folder.path(), &[]);
    for number in 0..600 {
        let asked = client().get(format!("{}/nothing/{number}", server.base)).timeout(Duration::from_secs(10)).send();
        asked.await.unwrap_or_else(|error| panic!("{number}: {error}"));
    }
    let (_, log) = server.stop();
    assert!(log.len() > PIPE, "{} bytes prove nothing", log.len());
}
