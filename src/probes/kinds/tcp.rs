//! Anything that listens on a TCP port: it accepts a connection, encrypts it if asked, and says what it should.

use std::borrow::Cow;

use async_trait::async_trait;
use futures_util::FutureExt;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

use super::{Cause, ConnectionKind, Failure, Finding, KindDefinition, Origin, Probe, SoFar, Target, address, encryption};
use crate::tls::{self, TlsStream};
use domain::{
    error::FieldError,
    kind::{Depth, Field},
    profile::Settings,
    settings::text,
};

mod escape;

/// Most that is read while waiting for the expected text, in bytes.
const MAX_ANSWER: usize = 64 << 10;
/// Most of an unexpected answer that is shown, in bytes.
const MAX_SHOWN: usize = 120;

pub struct Tcp(KindDefinition);

impl Tcp {
    pub fn new() -> Self {
        let probes = vec![
            Probe::blocking("resolve", "Host name resolves", Depth::Verify, |target| address::resolve(target).boxed()),
            Probe::blocking("connect", "Accepts a connection", Depth::Heartbeat, |target| address::connect(target).boxed()),
            Probe::blocking("tls", "Encrypts as asked", Depth::Verify, |target| encrypt(target).boxed()),
            Probe::blocking("expect", "Says what is expected", Depth::Verify, |target| expect(target).boxed()),
            Probe::advisory("certificate", "Certificate lasts another two weeks", Depth::Diagnose, |target| certificate(target).boxed()),
        ];
        Self(KindDefinition::new("tcp", "TCP", "Anything that listens on a port: it accepts a connection and says what it should.", fields(), probes))
    }
}

impl Default for Tcp {
    fn default() -> Self {
        Self::new()
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field::text("host", "Host").required().hint("A name or an IP address."),
        Field::number("port", "Port", 1, 65_535).required(),
        Field::boolean("tls", "TLS").hint("The service must speak TLS from the first byte, with a certificate for this host."),
        Field::multiline("ca_pem", "Certificate authority").hint("PEM, for a certificate that public authorities did not sign. Only used with TLS."),
        Field::text("send", "Send").hint(r"Sent once connected, such as PING\r\n. Leave it empty to only listen."),
        Field::text("expect", "Expect").hint(r"What the answer must contain, such as 220. Understands \r \n \t \\ and \x00."),
    ]
}

#[async_trait]
impl ConnectionKind for Tcp {
    fn definition(&self) -> &KindDefinition {
        &self.0
    }

    fn origins(&self, settings: &Settings) -> Vec<Origin> {
        vec![address::origin("tcp", settings)]
    }

    fn check(&self, settings: &Settings) -> Vec<FieldError> {
        let mut errors = address::check(settings);
        for field in ["send", "expect"] {
            if let Err(message) = escape::unescape(text(settings, field)) {
                errors.push(FieldError::new(format!("settings.{field}"), message));
            }
        }
        errors
    }

    async fn heartbeat(&self, target: &Target) -> Result<(), Failure> {
        if is_talked_to(target)? {
            expect(target).await.map(drop).map_err(|failure| failure.of("expect"))
        } else if target.flag("tls") {
            encrypt(target).await.map(drop).map_err(|failure| failure.of("tls"))
        } else {
            address::connect(target).await.map(drop)
        }
    }
}

async fn encrypt(target: &Target) -> Result<Finding, Failure> {
    let Some(stream) = handshake(target).await? else { return Ok(Finding::not_used("TLS is off.")) };
    let found: Finding = format!("{}.", encryption::describe(&stream, &encryption::policy(target)?)).into();
    Ok(found.with_all(encryption::evidence(&encryption::chain(&stream))))
}

async fn certificate(target: &Target) -> Result<Finding, Failure> {
    match handshake(target).await? {
        Some(stream) => encryption::expiry(&stream),
        None => Ok(Finding::not_used("TLS is off.")),
    }
}

async fn handshake(target: &Target) -> Result<Option<TlsStream<TcpStream>>, Failure> {
    if !target.flag("tls") {
        return Ok(None);
    }
    let stream = target.dial(target.text("host"), target.port()).await?;
    Ok(Some(tls::handshake(stream, target.text("host"), &encryption::policy(target)?).await?))
}

fn bytes(target: &Target, name: &str) -> Result<Vec<u8>, Failure> {
    escape::unescape(target.text(name)).map_err(|message| Failure::new(Cause::ConfigurationInvalid, message))
}

fn is_talked_to(target: &Target) -> Result<bool, Failure> {
    Ok(!bytes(target, "send")?.is_empty() || !bytes(target, "expect")?.is_empty())
}

async fn expect(target: &Target) -> Result<Finding, Failure> {
    if !is_talked_to(target)? {
        return Ok(Finding::not_used("nothing is expected."));
    }
    let (send, expected) = (bytes(target, "send")?, bytes(target, "expect")?);
    let stream = target.dial(target.text("host"), target.port()).await?;
    if target.flag("tls") {
        converse(tls::handshake(stream, target.text("host"), &encryption::policy(target)?).await?, &send, &expected, &target.so_far).await
    } else {
        converse(stream, &send, &expected, &target.so_far).await
    }
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, send: &[u8], expected: &[u8], so_far: &SoFar) -> Result<Finding, Failure> {
    stream.write_all(send).await.map_err(|error| Failure::from(&error))?;
    stream.flush().await.map_err(|error| Failure::from(&error))?;
    if expected.is_empty() {
        return Ok(Finding::not_used(&format!("{} bytes were sent, and nothing is expected.", send.len())));
    }
    let mut answer = Vec::with_capacity(1_024);
    loop {
        if answer.windows(expected.len()).any(|window| window == expected) {
            return Ok(format!("Answered {}.", shown(&answer)).into());
        }
        if answer.len() >= MAX_ANSWER {
            return Err(Failure::new(Cause::AnswerTooLarge, format!("Not in the first {} KB, which begin {}.", MAX_ANSWER >> 10, shown(&answer))));
        }
        match stream.read_buf(&mut answer).await {
            Ok(0) if answer.is_empty() => return Err(Failure::new(Cause::ConnectionClosed, "The connection was closed without an answer.")),
            Ok(0) => return Err(Failure::new(Cause::UnexpectedAnswer, format!("Answered {}, then closed the connection.", shown(&answer)))),
            Ok(_) => so_far.note(Failure::new(Cause::UnexpectedAnswer, format!("Answered {}, and not what is expected", shown(&answer))).of("expect")),
            Err(error) => return Err((&error).into()),
        }
    }
}

/// The beginning of an answer, in quotes, with what is not printable escaped.
fn shown(answer: &[u8]) -> String {
    let (start, more) = answer.split_at_checked(MAX_SHOWN).map_or((answer, ""), |(start, rest)| (start, if rest.is_empty() { "" } else { "…" }));
    let text: Cow<'_, str> = String::from_utf8_lossy(start);
    format!("{text:?}{more}")
}
