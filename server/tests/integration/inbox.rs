//! A receiver of messages that keeps the id of each, and stops at a step of a send until a test lets it go on.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// How far a message has come, as its receiver sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It waits in the database.
    Written,
    /// Its sender has called.
    Connected,
    /// All of it is here, and no answer was given.
    Received,
    /// The answer was.
    Answered,
    /// The sender says that it was sent.
    Noted,
}

#[derive(Clone, Copy, Debug)]
pub enum Speaks {
    Webhook,
    PagerDuty,
    Mail,
}

#[derive(Clone, Debug)]
pub struct Arrived {
    pub id: String,
    /// By which receivers join messages about one incident.
    pub thread: String,
}

#[derive(Clone)]
pub struct Inbox {
    port: u16,
    speaks: Speaks,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    holds: watch::Sender<Option<Step>>,
    reached: watch::Sender<Option<Step>>,
}

impl Inbox {
    pub async fn open(speaks: Speaks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let inbox = Self { port, speaks, arrived: Arc::default(), holds: watch::Sender::default(), reached: watch::Sender::default() };
        let serving = inbox.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inbox = serving.clone();
                // Whoever is killed says no more.
                tokio::spawn(async move { inbox.meet(BufStream::new(stream)).await.ok() });
            }
        });
        inbox
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().expect("not poisoned").clone()
    }

    /// From now on the next message stops at that step.
    pub fn hold(&self, step: Option<Step>) {
        self.reached.send_replace(None);
        self.holds.send_replace(step);
    }

    /// Until a message has come to a step of this side.
    pub async fn reaches(&self, step: Step) {
        if !matches!(step, Step::Written | Step::Noted) {
            let reached = self.reached.subscribe().wait_for(|reached| *reached == Some(step)).await.map(drop);
            reached.expect("it is open");
        }
    }

    async fn at(&self, step: Step) {
        if *self.holds.borrow() == Some(step) {
            self.reached.send_replace(Some(step));
            let _ = self.holds.subscribe().wait_for(|held| *held != Some(step)).await;
        }
    }

    async fn meet(&self, mut stream: BufStream<TcpStream>) -> std::io::Result<()> {
        self.at(Step::Connected).await;
        match self.speaks {
            Speaks::Webhook | Speaks::PagerDuty => self.take_request(&mut stream).await?,
            Speaks::Mail => self.take_mail(&mut stream).await?,
        }
        stream.shutdown().await
    }

    async fn take_request(&self, stream: &mut BufStream<TcpStream>) -> std::io::Result<()> {
        let (mut id, mut length) = (String::new(), 0);
        loop {
            let line = line(stream).await?;
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("webhook-id") => value.clone_into(&mut id),
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap_or_default(),
                None if line.is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let body: Value = serde_json::from_slice(&body)?;
        let (id, thread) = match self.speaks {
            Speaks::PagerDuty => (body["payload"]["custom_details"]["delivery"].clone(), body["dedup_key"].clone()),
            _ => (id.into(), body["data"]["incident_id"].clone()),
        };
        self.keep(id.as_str().unwrap_or_default(), thread.as_str().unwrap_or_default()).await;
        say(stream, "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await?;
        self.at(Step::Answered).await;
        Ok(())
    }

    async fn take_mail(&self, stream: &mut BufStream<TcpStream>) -> std::io::Result<()> {
        say(stream, "220 mail.example.org\r\n").await?;
        loop {
            let command = line(stream).await?.to_uppercase();
            match command.get(..4).unwrap_or_default() {
                "DATA" => {
                    say(stream, "354 Go on\r\n").await?;
                    let mut mail = String::new();
                    while !mail.ends_with("\n.\n") {
                        mail += &line(stream).await?;
                        mail += "\n";
                    }
                    let mail = mail.replace("\n ", " ");
                    let header = |name: &str| mail.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
                    let id = header("Message-ID:").trim_start_matches('<').split('@').next().unwrap_or_default();
                    self.keep(id, header("References:")).await;
                    say(stream, "250 Taken\r\n").await?;
                    self.at(Step::Answered).await;
                }
                "QUIT" => return say(stream, "221 Bye\r\n").await,
                _ => say(stream, "250 Good\r\n").await?,
            }
        }
    }

    async fn keep(&self, id: &str, thread: &str) {
        self.arrived.lock().expect("not poisoned").push(Arrived { id: id.to_owned(), thread: thread.to_owned() });
        self.at(Step::Received).await;
    }
}

/// Without its end.
async fn line(stream: &mut BufStream<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn say(stream: &mut BufStream<TcpStream>, text: &str) -> std::io::Result<()> {
    stream.write_all(text.as_bytes()).await?;
    stream.flush().await
}
