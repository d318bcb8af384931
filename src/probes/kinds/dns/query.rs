//! One question to one name server, over TCP, because that leaves through the one dialer and is never cut short.

use std::collections::BTreeSet;

use hickory_resolver::proto::{
    op::{Message, MessageType, Query, ResponseCode},
    rr::{Name, Record, RecordType},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server::Server;
use crate::{
    kinds::{Artefact, Cause, Failure, Target},
    tls::TlsError,
};

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
    let answer = exchange.await.map_err(|error| Failure::from(TlsError::from(&error))).map_err(closed)?;
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

    /// The records of the type that was asked for, at whatever name an alias led to.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.message.answers.iter().filter(|record| record.record_type() == self.record_type)
    }

    /// The same as a person writes them, in order, each once.
    pub fn texts(&self) -> BTreeSet<String> {
        self.records().map(|record| normal(&record.data.to_string(), self.record_type)).collect()
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
                (Cause::RecordMissing, format!("The name has no {} record.", self.record_type))
            }
            ResponseCode::NXDomain => (Cause::RecordMissing, "The name does not exist (NXDOMAIN).".to_owned()),
            ResponseCode::Refused => (Cause::PermissionDenied, "The name server refuses to answer for this name (REFUSED).".to_owned()),
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

/// The spelling that two equal records share: lower case, no dot at the end, no quotes. The text of a TXT record keeps its case.
pub fn normal(text: &str, record_type: RecordType) -> String {
    let text = text.trim();
    if record_type == RecordType::TXT {
        return text.trim_matches('"').replace("\" \"", "");
    }
    text.split_whitespace().map(|part| part.trim_end_matches('.').to_lowercase()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_records_are_spelled_alike() {
        assert_eq!(normal("10  Mail.Example.COM.", RecordType::MX), "10 mail.example.com");
        assert_eq!(normal("\"v=spf1 \" \"-all\"", RecordType::TXT), "v=spf1 -all");
        assert_eq!(normal("Case Matters.", RecordType::TXT), "Case Matters.");
    }
}
