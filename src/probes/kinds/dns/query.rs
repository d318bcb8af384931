//! One question to one name server, over TCP, because that leaves through the one dialer and is never cut short.

use std::{collections::BTreeSet, net::IpAddr};

use hickory_resolver::proto::{
    op::{Message, MessageType, Query, ResponseCode},
    rr::{Name, RData, Record, RecordType},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{ascii, server::Server};
use crate::kinds::{Artefact, Cause, Failure, Target};

/// What a server answered to one question.
pub struct Answer {
    pub message: Message,
    record_type: RecordType,
}

/// Asks `server` for the records of `name`. `recursive` is for resolvers; an authoritative server answers from its own zone.
///
/// # Errors
/// Dialling, a broken connection, or an answer that is not DNS or not to this question.
pub async fn ask(target: &Target, server: &Server, name: &Name, record_type: RecordType, recursive: bool) -> Result<Answer, Failure> {
    let mut question = Message::query();
    question.metadata.recursion_desired = recursive;
    question.add_query(Query::query(name.clone(), record_type));
    let bytes = question.to_vec().map_err(|_| Failure::new(Cause::ConfigurationInvalid, "This name cannot be asked for."))?;
    let length = u16::try_from(bytes.len()).unwrap_or_default();
    let mut stream = target.dial(&server.host, server.port).await?;
    let exchange = async {
        stream.write_all(&[&length.to_be_bytes(), bytes.as_slice()].concat()).await?;
        let length = stream.read_u16().await?;
        let mut answer = vec![0; usize::from(length)];
        stream.read_exact(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = exchange.await.map_err(|error| Failure::from(&error)).map_err(closed)?;
    let message = Message::from_vec(&answer).map_err(|_| not_dns())?;
    let fits = message.metadata.id == question.metadata.id && message.metadata.message_type == MessageType::Response && message.queries == question.queries;
    if fits { Ok(Answer { message, record_type }) } else { Err(not_dns()) }
}

fn closed(failure: Failure) -> Failure {
    if failure.cause == Cause::ConnectionClosed {
        Failure::new(Cause::ConnectionClosed, "The name server closed the connection without an answer.")
    } else {
        failure
    }
}

fn not_dns() -> Failure {
    Failure::new(Cause::UnexpectedAnswer, "The answer is not DNS, or not to what was asked.")
}

impl Answer {
    pub const fn is_authoritative(&self) -> bool {
        self.message.metadata.authoritative
    }

    /// The records of the type that was asked for, at the name that was asked for or where its aliases lead.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        let owner = self.led_to();
        self.message.answers.iter().filter(move |record| record.record_type() == self.record_type && Some(&record.name) == owner)
    }

    /// The name at the end of the aliases that were answered; the one that was asked for without any.
    fn led_to(&self) -> Option<&Name> {
        let mut owner = self.message.queries.first()?.name();
        if self.record_type == RecordType::CNAME {
            return Some(owner);
        }
        // Each alias is followed once at most, so a circle of them ends too.
        for _ in 0..self.message.answers.len() {
            let alias = self.message.answers.iter().find(|record| record.name == *owner).and_then(|record| match &record.data {
                RData::CNAME(name) => Some(&name.0),
                _ => None,
            });
            match alias {
                Some(name) => owner = name,
                None => break,
            }
        }
        Some(owner)
    }

    /// Its aliases lead to one another, and to no name of records.
    fn is_circle(&self) -> bool {
        let is_alias = |record: &&Record| record.record_type() == RecordType::CNAME;
        self.record_type != RecordType::CNAME && self.message.answers.iter().filter(is_alias).any(|record| Some(&record.name) == self.led_to())
    }

    /// `The name`, or the one that its aliases lead to.
    fn subject(&self) -> String {
        let asked = self.message.queries.first().map(Query::name);
        match self.led_to() {
            Some(name) if Some(name) != asked => format!("The name leads to {}, which", name.to_string().trim_end_matches('.')),
            _ => "The name".to_owned(),
        }
    }

    /// It names servers that are responsible instead of answering.
    fn is_referral(&self) -> bool {
        let is_delegation = self.message.authorities.iter().any(|record| record.record_type() == RecordType::NS);
        self.message.answers.is_empty() && !self.is_authoritative() && is_delegation
    }

    /// The same as a person writes them, in order, each once.
    pub fn texts(&self) -> BTreeSet<String> {
        self.records().map(|record| spelled(record, self.record_type)).collect()
    }

    /// The records, or why there are none.
    ///
    /// # Errors
    /// The server's own error, or [`Cause::RecordMissing`].
    pub fn found(&self) -> Result<BTreeSet<String>, Failure> {
        let (cause, found) = match self.message.metadata.response_code {
            ResponseCode::NoError => {
                let texts = self.texts();
                if !texts.is_empty() {
                    return Ok(texts);
                }
                if self.message.metadata.truncation {
                    (Cause::UnexpectedAnswer, "The name server cut its answer short, though it was asked over TCP.".to_owned())
                } else if self.is_circle() {
                    (Cause::RecordMissing, "The name's aliases (CNAME) lead in a circle.".to_owned())
                } else if self.is_referral() {
                    (Cause::LookupRefused, "The name server does not answer for this name; it refers to the servers of its zone.".to_owned())
                } else {
                    (Cause::RecordMissing, format!("{} has no {} record.", self.subject(), self.record_type))
                }
            }
            ResponseCode::NXDomain => (Cause::RecordMissing, format!("{} does not exist (NXDOMAIN).", self.subject())),
            ResponseCode::Refused => (Cause::LookupRefused, "The name server refuses to answer for this name (REFUSED).".to_owned()),
            other => (Cause::ServiceFailed, format!("The name server answered {other}.")),
        };
        Err(Failure::new(cause, found).with(self.evidence("answer")))
    }

    /// Everything that was answered, one record a line.
    pub fn evidence(&self, name: &str) -> Artefact {
        let metadata = &self.message.metadata;
        let head = format!("; {}{}\n", metadata.response_code, if metadata.authoritative { ", authoritative" } else { "" });
        let lines = self.message.answers.iter().chain(&self.message.authorities).map(|record| format!("{record}\n"));
        Artefact::text(name, lines.fold(head, |text, line| text + &line))
    }
}

/// The spelling that two equal records share: addresses in their usual one, names in lower case and without the dot at the
/// end, texts and values without quotes.
pub fn normal(text: &str, record_type: RecordType) -> String {
    match record_type {
        RecordType::TXT => return character_strings(text),
        RecordType::AAAA | RecordType::A => {
            if let Ok(address) = text.trim().parse::<IpAddr>() {
                return address.to_string();
            }
        }
        RecordType::CAA => {
            let word = |text: &str| text.trim_start().split_once(char::is_whitespace).map(|(word, rest)| (word.to_lowercase(), rest.to_owned()));
            if let Some((flags, rest)) = word(text)
                && let Some((tag, value)) = word(&rest)
            {
                return format!("{flags} {tag} {}", authority(&tag, &character_strings(value.trim())));
            }
        }
        _ => {}
    }
    let has_numbers = matches!(record_type, RecordType::MX | RecordType::SRV);
    let word = |word: &str| word.parse::<u16>().ok().filter(|_| has_numbers).map_or_else(|| host(word), |number| number.to_string());
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

/// A name as all its spellings come to.
fn host(text: &str) -> String {
    let text = text.trim_end_matches('.');
    ascii(text).unwrap_or_else(|| text.to_lowercase())
}

/// The value of a CAA record: the name of an authority, and what is asked of it after semicolons (RFC 8659, section 4.2).
fn authority(tag: &str, value: &str) -> String {
    if !tag.starts_with("issue") {
        return value.to_owned();
    }
    let (name, parameters) = value.split_once(';').unwrap_or((value, ""));
    let parameters = parameters.split(';').map(str::trim).filter(|parameter| !parameter.is_empty());
    std::iter::once(host(name.trim())).chain(parameters.map(str::to_owned)).collect::<Vec<_>>().join(";")
}

/// A text as it is, or as `dig` writes it: strings in quotes, joined, with `\"`, `\\` and `\065` for what quotes cannot hold.
fn character_strings(text: &str) -> String {
    let quoted = text.trim();
    if quoted.len() < 2 || !quoted.starts_with('"') || !quoted.ends_with('"') {
        return text.to_owned();
    }
    let (mut bytes, mut inside) = (Vec::new(), false);
    let mut rest = quoted.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, rest) {
            (b'"', _) => inside = !inside,
            (b'\\', [a, b, c, after @ ..]) if [a, b, c].into_iter().all(u8::is_ascii_digit) => {
                let code = [a, b, c].into_iter().fold(0_u16, |code, digit| code * 10 + u16::from(digit - b'0'));
                bytes.push(u8::try_from(code).unwrap_or(b'?'));
                rest = after;
            }
            (b'\\', [escaped, after @ ..]) => {
                bytes.push(*escaped);
                rest = after;
            }
            (byte, _) if inside => bytes.push(*byte),
            // Between two strings.
            _ => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A TXT record as the texts it holds, joined; anything else as it is written.
fn spelled(record: &Record, record_type: RecordType) -> String {
    match &record.data {
        RData::TXT(txt) => String::from_utf8_lossy(&txt.txt_data.concat()).into_owned(),
        other => normal(&other.to_string(), record_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_records_are_spelled_alike() {
        assert_eq!(normal("010 \tMail.Example.COM.", RecordType::MX), "10 mail.example.com");
        assert_eq!(normal("\"v=spf1 \" \"-all\"", RecordType::TXT), "v=spf1 -all");
        assert_eq!(normal("Case Matters.", RecordType::TXT), "Case Matters.");
        assert_eq!(normal("  leading", RecordType::TXT), "  leading");
        assert_eq!(normal("\"  leading\"", RecordType::TXT), "  leading");
        assert_eq!(normal(r#""say \"hi\" \\ \195\164 \065" "b""#, RecordType::TXT), "say \"hi\" \\ ä Ab");
        assert_eq!(normal("2001:0db8:0:0:0:0:0:1", RecordType::AAAA), "2001:db8::1");
        assert_eq!(normal(" 2001:DB8::1 ", RecordType::AAAA), "2001:db8::1");
        assert_eq!(normal("0 issue \"letsencrypt.org\"", RecordType::CAA), normal("0 ISSUE letsencrypt.org", RecordType::CAA));
        let caa = normal("0 issue \"letsencrypt.org\"", RecordType::CAA);
        for written in ["0  issue   letsencrypt.org", "0\tissue \"LetsEncrypt.org\"", " 0 issue letsencrypt.org. "] {
            assert_eq!(normal(written, RecordType::CAA), caa, "{written}");
        }
        assert_eq!(normal("0 issue \"CA.test; accounturi=https://ca.test/A\"", RecordType::CAA), "0 issue ca.test;accounturi=https://ca.test/A");
        assert_eq!(normal("0 iodef mailto:Desk@ca.test", RecordType::CAA), "0 iodef mailto:Desk@ca.test");
        for (written, record_type) in [("Bücher.example.", RecordType::CNAME), ("10 Bücher.example", RecordType::MX), ("bücher.example", RecordType::NS)] {
            assert!(normal(written, record_type).ends_with("xn--bcher-kva.example"), "{written}");
        }
        assert_eq!(normal("_sip.bücher.example", RecordType::PTR), "_sip.xn--bcher-kva.example");
        assert_eq!(normal("10 0 5060 SIP.example.com.", RecordType::SRV), "10 0 5060 sip.example.com");
    }
}
