//! A web service that counts who asks and answers when a test lets it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};

/// Longer than any interval here.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often each path was asked for, and how often an answer was written.
type Counts = BTreeMap<String, usize>;

#[derive(Clone)]
pub struct HeldTarget {
    base: String,
    is_well: Arc<AtomicBool>,
    answers: watch::Sender<bool>,
    asked: watch::Sender<Counts>,
    answered: watch::Sender<Counts>,
}

impl HeldTarget {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (answers, asked, answered) = (watch::Sender::new(true), watch::Sender::default(), watch::Sender::default());
        let target = Self { base, is_well: Arc::new(true.into()), answers, asked, answered };
        let serving = target.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let target = serving.clone();
                tokio::spawn(async move { target.meet(stream).await });
            }
        });
        target
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// From now on its answers say that it is well, or that it is not.
    pub fn is_well(&self, is_well: bool) {
        self.is_well.store(is_well, Ordering::SeqCst);
    }

    /// Whether it answers what it was asked and what it will be.
    pub fn answers(&self, answers: bool) {
        self.answers.send_replace(answers);
    }

    pub fn asked(&self, path: &str) -> usize {
        of(&self.asked.borrow(), path)
    }

    pub fn answered(&self, path: &str) -> usize {
        of(&self.answered.borrow(), path)
    }

    /// Until `path` was asked for more than `times`.
    pub async fn asked_beyond(&self, path: &str, times: usize) {
        beyond(&self.asked, path, times).await;
    }

    /// Until `path` was answered more than `times`.
    pub async fn answered_beyond(&self, path: &str, times: usize) {
        beyond(&self.answered, path, times).await;
    }

    async fn meet(&self, mut stream: TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            // Who only looks whether the port is open asks for nothing.
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        let head = String::from_utf8_lossy(&head);
        let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        count(&self.asked, &path);
        let mut open = self.answers.subscribe();
        open.wait_for(|answers| *answers).await.expect("the test goes on");
        let status = if self.is_well.load(Ordering::SeqCst) { "200 OK" } else { "500 Internal Server Error" };
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
        if stream.write_all(answer.as_bytes()).await.is_ok() {
            count(&self.answered, &path);
        }
    }
}

fn of(counts: &Counts, path: &str) -> usize {
    counts.get(path).copied().unwrap_or_default()
}

fn count(counts: &watch::Sender<Counts>, path: &str) {
    counts.send_modify(|counts| *counts.entry(path.to_owned()).or_default() += 1);
}

async fn beyond(counts: &watch::Sender<Counts>, path: &str, times: usize) {
    let mut seen = counts.subscribe();
    let waited = timeout(PATIENCE, seen.wait_for(|counts| of(counts, path) > times)).await;
    waited.unwrap_or_else(|_| panic!("{path}: not more than {times}")).expect("it goes on");
}
