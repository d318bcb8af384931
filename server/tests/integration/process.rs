//! The program itself, started as a person would.

use std::{
    io::{BufRead, BufReader, Lines, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

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
}

impl Server {
    pub fn start(folder: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("serve").current_dir(folder).env_clear().env("SWITCHBOARD_LISTEN", "127.0.0.1:0").envs(variables.iter().copied());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let lines = BufReader::new(child.stdout.take().expect("output")).lines();
        let mut server = Self { child, base: String::new(), lines };
        let ready = server.line().expect("a line");
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
        let mut log = String::new();
        self.child.stderr.take().expect("log").read_to_string(&mut log).expect("read");
        (self.child.wait().expect("ended").code(), log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
