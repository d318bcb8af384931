//! What a mail server answers: a code of three digits and lines of text (RFC 5321, section 4.2).

use std::collections::{BTreeMap, BTreeSet};

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::kinds::{Cause, Failure};

/// Most of one reply, in bytes.
const MAX_REPLY: usize = 16 << 10;
/// Longest text of a reply that is shown, in characters.
const MAX_SHOWN: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    pub lines: Vec<String>,
}

impl Reply {
    /// 2xx.
    pub const fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// 4xx: the same may succeed later.
    pub const fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// `530 Must issue a STARTTLS command first` (RFC 3207)
    pub fn wants_encryption(&self) -> bool {
        self.code == 530 && self.lines.iter().any(|line| line.to_ascii_uppercase().contains("STARTTLS"))
    }

    /// `530 Authentication required` (RFC 4954)
    pub fn wants_sign_in(&self) -> bool {
        self.code == 530 && !self.wants_encryption()
    }

    /// `550 no such recipient`
    pub fn shown(&self) -> String {
        let text: String = self.lines.join(" ").chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect();
        format!("{} {text}", self.code).trim_end().to_owned()
    }

    /// A refusal that no scenario has words of its own for.
    pub fn refusal(&self) -> Failure {
        let cause = match self.code {
            421 | 450..=459 => Cause::NotReady,
            530 | 534 | 535 | 538 => Cause::AuthRejected,
            550 | 554 => Cause::TurnedAway,
            500..=599 => Cause::ServiceFailed,
            _ => Cause::UnexpectedAnswer,
        };
        Failure::new(cause, format!("The server answered: {}.", self.shown().trim_end_matches('.')))
    }
}

/// What a server offers: keywords, each with its words, in upper case. A keyword that comes twice has the words of both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions(BTreeMap<String, BTreeSet<String>>);

impl Extensions {
    /// From the reply to EHLO, whose first line is a greeting.
    pub fn of(reply: &Reply) -> Self {
        let mut offered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in reply.lines.iter().skip(1) {
            // Older servers write `AUTH=LOGIN`.
            let line = line.to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1);
            let mut words = line.split_ascii_whitespace();
            if let Some(keyword) = words.next() {
                offered.entry(keyword.to_owned()).or_default().extend(words.map(str::to_owned));
            }
        }
        Self(offered)
    }

    /// The words of a keyword as `CRAM-MD5, XOAUTH2`; empty without it.
    pub fn words(&self, keyword: &str) -> String {
        self.0.get(keyword).map(|words| words.iter().map(String::as_str).collect::<Vec<_>>().join(", ")).unwrap_or_default()
    }

    pub fn has(&self, keyword: &str) -> bool {
        self.0.contains_key(keyword)
    }

    pub fn offer(&self, keyword: &str, word: &str) -> bool {
        self.0.get(keyword).is_some_and(|words| words.contains(word))
    }
}

/// Reads one reply; bytes after it stay in `buffer`.
///
/// # Errors
/// The connection broke, or what came is not SMTP.
pub async fn read<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Result<Reply, Failure> {
    let mut reply = Reply { code: 0, lines: Vec::new() };
    let mut total = 0;
    loop {
        let line = read_line(stream, buffer).await?;
        total += line.len();
        if total > MAX_REPLY {
            return Err(too_long());
        }
        let (code, last, text) = parse(&line).ok_or_else(not_smtp)?;
        if reply.code != 0 && reply.code != code {
            return Err(not_smtp());
        }
        reply.code = code;
        reply.lines.push(text);
        if last {
            return Ok(reply);
        }
    }
}

async fn read_line<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Result<Vec<u8>, Failure> {
    loop {
        if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            return Ok(buffer.drain(..=end).collect());
        }
        if buffer.len() > MAX_REPLY {
            return Err(too_long());
        }
        match stream.read_buf(buffer).await {
            Ok(0) => return Err(Failure::new(Cause::ConnectionClosed, "The server closed the connection.")),
            Ok(_) => {}
            Err(error) => return Err((&error).into()),
        }
    }
}

fn too_long() -> Failure {
    Failure::new(Cause::AnswerTooLarge, format!("The reply is longer than {} KB.", MAX_REPLY >> 10))
}

/// Code, whether it is the last line, and text.
fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\r', '\n']);
    let code = text.get(..3)?.parse().ok().filter(|code| (200..600).contains(code))?;
    match text.as_bytes().get(3) {
        None => Some((code, true, String::new())),
        Some(b' ') => Some((code, true, text[4..].to_owned())),
        Some(b'-') => Some((code, false, text[4..].to_owned())),
        Some(_) => None,
    }
}

pub fn not_smtp() -> Failure {
    Failure::new(Cause::UnexpectedAnswer, "The answer is not SMTP.")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(mut bytes: &[u8]) -> Result<Reply, Failure> {
        read(&mut bytes, &mut Vec::new()).await
    }

    #[tokio::test]
    async fn a_reply_has_one_code_and_one_or_more_lines() {
        let reply = of(b"250-mail.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n").await.expect("a reply");
        assert_eq!((reply.code, reply.lines.len(), reply.lines[2].as_str()), (250, 3, "STARTTLS"));
        assert_eq!(of(b"354\r\n").await.expect("a reply").shown(), "354");
    }

    #[tokio::test]
    async fn what_is_offered_is_read_as_keywords_and_words() {
        let offered = of(b"250-auth.smtp.example Hello starttls\r\n250-AUTH NTLM\r\n250-auth=plain LOGIN \r\n250-STARTTLS \r\n250 SIZE 1000\r\n").await;
        let offered = Extensions::of(&offered.expect("a reply"));
        for mechanism in ["NTLM", "PLAIN", "LOGIN"] {
            assert!(offered.offer("AUTH", mechanism), "{mechanism}");
        }
        assert!(offered.has("STARTTLS") && offered.offer("SIZE", "1000"));
        assert!(!offered.offer("AUTH", "HELLO") && !offered.has("AUTH.SMTP.EXAMPLE"));
        let greeting_alone = of(b"250 STARTTLS.example AUTH PLAIN\r\n").await.expect("a reply");
        assert_eq!(Extensions::of(&greeting_alone), Extensions::default());
    }

    #[tokio::test]
    async fn what_is_no_reply_is_refused() {
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"250-a\r\n251 b\r\n",
            b"99 x\r\n",
            b"2500 x\r\n",
            b"-ERR\r\n",
            b"\r\n",
            b"\xff\xfe\xfd\xfc\n",
            "2é0 x\n".as_bytes(),
        ] {
            assert_eq!(of(bytes).await, Err(not_smtp()), "{bytes:?}");
        }
        assert_eq!(of(b"250-a\r\n").await.expect_err("unfinished").cause, Cause::ConnectionClosed);
        assert_eq!(of(&[b'2'; 20_000]).await.expect_err("endless").cause, Cause::AnswerTooLarge);
        assert_eq!(of(&b"250-x\r\n".repeat(5_000)).await.expect_err("endless").cause, Cause::AnswerTooLarge);
    }
}
