//! A session with a mail server, over a stream that our dialer opened. The commands are few, and no client takes our stream and our TLS.

use std::{net::SocketAddr, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

use super::{
    MailSecurity,
    reply::{self, Extensions, Reply},
};
use crate::{
    kinds::{Artefact, Cause, Failure, Target, encryption, so_far::SoFar},
    tls,
};

/// How long the answer to QUIT is waited for.
const GOODBYE: Duration = Duration::from_millis(300);

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

pub struct Session {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
    local: Option<SocketAddr>,
    /// What the server offers, as it said to EHLO.
    extensions: Extensions,
    /// Both sides, without what signs in.
    transcript: String,
    /// The encryption in words, and the certificates as DER; none without.
    pub encryption: Option<(String, Vec<Vec<u8>>)>,
    so_far: SoFar,
}

impl Session {
    /// Connects, encrypts at once if the settings say so, and reads the greeting.
    ///
    /// # Errors
    /// The first of these that failed.
    async fn greeted(target: &Target) -> Result<Self, Failure> {
        let tcp = target.dial(target.text("host"), target.port()).await?;
        let local = tcp.local_addr().ok();
        let mut session = Self {
            stream: Box::new(tcp),
            buffer: Vec::new(),
            local,
            extensions: Extensions::default(),
            transcript: String::new(),
            encryption: None,
            so_far: target.so_far.clone(),
        };
        if MailSecurity::of(target)? == MailSecurity::Tls {
            session.encrypt(target).await?;
        }
        session.waits_for(match session.encryption {
            Some(_) => "Encrypted, but the server did not greet: no greeting",
            None => "Connected, but the server did not greet; one that expects TLS from the first byte (port 465) waits like this: no greeting",
        });
        let greeting = session.reply().await?;
        if greeting.is_positive() { Ok(session) } else { Err(greeting.refusal()) }
    }

    /// Greeted, introduced, and encrypted as the settings say.
    ///
    /// # Errors
    /// The first of these that failed; [`Cause::NoTls`] when the server does not offer STARTTLS.
    pub async fn open(target: &Target) -> Result<Self, Failure> {
        let mut session = Self::greeted(target).await?;
        session.introduce().await?;
        if MailSecurity::of(target)? != MailSecurity::StartTls {
            return Ok(session);
        }
        if !session.extensions.has("STARTTLS") {
            return Err(Failure::new(Cause::NoTls, "The server does not offer STARTTLS.").with(session.transcript()));
        }
        let answer = session.ask("STARTTLS").await?;
        if answer.code != 220 {
            return Err(answer.refusal());
        }
        // Whatever came before the handshake could be anyone's.
        if !session.buffer.is_empty() {
            return Err(Failure::new(Cause::UnexpectedAnswer, "The server sent more than its answer before encryption began."));
        }
        session.encrypt(target).await?;
        session.introduce().await?;
        Ok(session)
    }

    /// What is said should the time run out now.
    fn waits_for(&self, silent: &str) {
        self.so_far.note(Failure::new(Cause::TimedOut, silent));
    }

    async fn encrypt(&mut self, target: &Target) -> Result<(), Failure> {
        self.waits_for("The TLS handshake did not end");
        let policy = encryption::policy(target)?;
        let plain = std::mem::replace(&mut self.stream, Box::new(tokio::io::empty()));
        let stream = tls::handshake(plain, target.text("host"), &policy).await?;
        self.encryption = Some((encryption::describe(&stream, &policy), encryption::chain(&stream)));
        self.stream = Box::new(stream);
        Ok(())
    }

    async fn introduce(&mut self) -> Result<(), Failure> {
        let name = match self.local {
            Some(SocketAddr::V4(address)) => format!("[{}]", address.ip()),
            Some(SocketAddr::V6(address)) => format!("[IPv6:{}]", address.ip()),
            None => "[127.0.0.1]".to_owned(),
        };
        let mut answer = self.ask(&format!("EHLO {name}")).await?;
        // What servers without extensions say of it (RFC 5321, section 3.2).
        if matches!(answer.code, 500 | 502 | 504) {
            answer = self.ask(&format!("HELO {name}")).await?;
        }
        if !answer.is_positive() {
            return Err(answer.refusal());
        }
        self.extensions = Extensions::of(&answer);
        Ok(())
    }

    /// Signs in where a user is set.
    ///
    /// # Errors
    /// The server offers no sign-in that is known here, or refused it.
    pub async fn sign_in(&mut self, target: &Target) -> Result<(), Failure> {
        let (user, password) = (target.text("user"), target.secret("password").unwrap_or_default());
        if user.is_empty() {
            return Ok(());
        }
        let [plain, login] = ["PLAIN", "LOGIN"].map(|mechanism| self.extensions.offer("AUTH", mechanism));
        let mut answer = match (plain, login) {
            (true, _) => self.sign_in_plain(user, password).await?,
            (false, true) => self.sign_in_login(user, password).await?,
            (false, false) => return Err(self.no_sign_in().with(self.transcript())),
        };
        // Offered, and not known after all.
        if plain && login && answer.code == 504 {
            answer = self.sign_in_login(user, password).await?;
        }
        if answer.code == 235 {
            return Ok(());
        }
        Err(refused_sign_in(&answer, self.encryption.is_some()))
    }

    async fn sign_in_plain(&mut self, user: &str, password: &str) -> Result<Reply, Failure> {
        let both = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
        self.ask_hidden("AUTH PLAIN …", &format!("AUTH PLAIN {both}")).await
    }

    async fn sign_in_login(&mut self, user: &str, password: &str) -> Result<Reply, Failure> {
        match self.ask("AUTH LOGIN").await? {
            asked if asked.code != 334 => Ok(asked),
            _ => match self.ask_hidden("(user)", &BASE64_STANDARD.encode(user)).await? {
                asked if asked.code != 334 => Ok(asked),
                _ => self.ask_hidden("(password)", &BASE64_STANDARD.encode(password)).await,
            },
        }
    }

    fn no_sign_in(&self) -> Failure {
        let offered = self.extensions.words("AUTH");
        if !offered.is_empty() {
            return Failure::new(Cause::SignInNotOffered, format!("The server offers {offered}, and neither PLAIN nor LOGIN, which the console knows."));
        }
        if self.encryption.is_none() && self.extensions.has("STARTTLS") {
            return Failure::new(Cause::SignInWantsTls, "The server offers STARTTLS, and no sign-in before it.");
        }
        Failure::new(Cause::SignInNotOffered, "The server offers no sign-in (AUTH).")
    }

    /// Sends one command and reads its reply.
    ///
    /// # Errors
    /// The connection broke, or what came is not SMTP.
    pub async fn ask(&mut self, command: &str) -> Result<Reply, Failure> {
        self.ask_hidden(command, command).await
    }

    async fn ask_hidden(&mut self, shown: &str, command: &str) -> Result<Reply, Failure> {
        self.transcript.push_str(&format!("→ {shown}\n"));
        // What signs in is sent in lines of its own.
        let verb = shown.split(' ').next().filter(|verb| !verb.starts_with('(')).unwrap_or("AUTH");
        self.waits_for(&format!("The server greeted, but did not answer {verb}"));
        let line = format!("{command}\r\n");
        let sent = async {
            self.stream.write_all(line.as_bytes()).await?;
            self.stream.flush().await
        };
        sent.await.map_err(|error| Failure::from(&error))?;
        self.reply().await
    }

    async fn reply(&mut self) -> Result<Reply, Failure> {
        let reply = reply::read(&mut self.stream, &mut self.buffer).await?;
        for line in &reply.lines {
            self.transcript.push_str(&format!("← {} {line}\n", reply.code));
        }
        Ok(reply)
    }

    /// Hands over a message whose envelope was taken, and reads what becomes of it.
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub async fn send(&mut self, message: &[u8]) -> Result<Reply, Failure> {
        let ready = self.ask("DATA").await?;
        if ready.code != 354 {
            return Ok(ready);
        }
        let sent = async {
            self.stream.write_all(&stuffed(message)).await?;
            self.stream.flush().await
        };
        sent.await.map_err(|error| Failure::from(&error))?;
        self.reply().await
    }

    /// Says goodbye. All that was asked is answered by then, so a server that does not answer this is not waited for.
    pub async fn quit(mut self) -> Artefact {
        let _ = timeout(GOODBYE, self.ask("QUIT")).await;
        self.transcript()
    }

    /// The conversation so far.
    pub fn transcript(&self) -> Artefact {
        Artefact::text("conversation", self.transcript.as_str())
    }
}

/// What a server says that signs nobody in. Its text may repeat what was sent, so of it only the enhanced code is told (RFC 3463).
fn refused_sign_in(answer: &Reply, is_encrypted: bool) -> Failure {
    let enhanced = answer.lines.first().and_then(|line| line.split_whitespace().next()).filter(|word| is_enhanced_code(word));
    let code = enhanced.map_or_else(|| answer.code.to_string(), |enhanced| format!("{} {enhanced}", answer.code));
    let (cause, found) = match answer.code {
        530 | 538 if !is_encrypted => (Cause::SignInWantsTls, format!("The server signs nobody in without encryption ({code}).")),
        500..=504 => (Cause::SignInNotOffered, format!("The server does not know this way of signing in ({code}).")),
        525 => (Cause::SignInForbidden, format!("The server says that this account may not sign in ({code}).")),
        535 if enhanced == Some("5.7.139") => {
            (Cause::SignInForbidden, format!("The server says that sign-in by password is switched off for this account ({code})."))
        }
        534 => (Cause::SignInForbidden, format!("The server wants a password made for applications, or another way of signing in ({code}).")),
        530 | 535 | 538 => (Cause::AuthRejected, format!("The server refused the user or the password ({code}).")),
        432 => (Cause::SignInForbidden, format!("The server wants the password to be set anew before it signs this user in ({code}).")),
        505.. => (Cause::AuthRejected, format!("The server does not sign this user in ({code}).")),
        _ => (Cause::NotReady, format!("The server could not sign anyone in ({code}).")),
    };
    Failure::new(cause, found)
}

/// `5.7.139`
fn is_enhanced_code(word: &str) -> bool {
    word.len() <= 9 && word.split('.').count() == 3 && word.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The message as it goes over the wire: no line of it is the one that ends it (RFC 5321, section 4.5.2).
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut stuffed = Vec::with_capacity(message.len() + 16);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            stuffed.push(b'.');
        }
        stuffed.extend_from_slice(line);
    }
    if !stuffed.ends_with(b"\r\n") {
        stuffed.extend_from_slice(b"\r\n");
    }
    stuffed.extend_from_slice(b".\r\n");
    stuffed
}

#[cfg(test)]
mod tests {
    use super::stuffed;

    #[test]
    fn no_line_of_a_message_ends_it() {
        assert_eq!(stuffed(b"a\r\n.\r\n..b"), b"a\r\n..\r\n...b\r\n.\r\n");
        assert_eq!(stuffed(b"a\r\n"), b"a\r\n.\r\n");
    }
}
