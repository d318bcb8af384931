//! One request and its answer over one connection: no redirects, no proxies, no decompression, bounded memory.

use std::{
    error::Error,
    future::Future,
    io, mem,
    sync::OnceLock,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{self, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;
use uuid::Uuid;

use super::{evidence::Sent, plan::invalid, text, web_address};
use crate::{
    kinds::{Cause, Failure, Target, encryption},
    tls::{self, PeerCertificate, TlsError, TlsPolicy},
};

/// Most of a body that is read, in bytes.
pub const MAX_BODY: usize = 1 << 20;
/// Most that the head of an answer may take, in bytes.
const MAX_HEAD: usize = 64 << 10;
const USER_AGENT: &str = concat!("Switchboard/", env!("CARGO_PKG_VERSION"));

/// What goes out.
pub struct Outgoing<'a> {
    pub method: Method,
    pub url: &'a Url,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// There was more than [`MAX_BODY`].
    pub cut: bool,
    /// From dialling to the end of the body.
    pub latency: Duration,
    pub certificate: Option<PeerCertificate>,
    /// For evidence: what was sent, and the certificates that the peer showed, as DER.
    pub sent: Sent,
    pub chain: Vec<Vec<u8>>,
    pub(super) document: OnceLock<Option<Value>>,
}

impl Answer {
    pub fn new(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self {
            status,
            headers,
            body,
            cut: false,
            latency: Duration::ZERO,
            certificate: None,
            sent: Sent::default(),
            chain: Vec::new(),
            document: OnceLock::new(),
        }
    }

    /// The body as a text.
    pub fn text(&self) -> String {
        text::decode(&self.headers, &self.body)
    }

    /// The body as JSON, if it is; read once, however many conditions ask.
    pub fn json(&self) -> Option<&Value> {
        self.document.get_or_init(|| text::json(&self.text())).as_ref()
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Sends one request and reads its answer. Everything it opens ends with the future.
///
/// # Errors
/// Dialling, TLS, and whatever is wrong with the answer; a status is never an error here.
pub async fn exchange(target: &Target, policy: &TlsPolicy, outgoing: Outgoing<'_>) -> Result<Answer, Failure> {
    let started = Instant::now();
    let url = outgoing.url;
    let request = request(target, outgoing)?;
    let sent = if target.keeps_evidence { Sent::of(&request, url) } else { Sent::default() };
    let tcp = target.dial(web_address::host(url), web_address::port(url)).await?;
    let (mut certificate, mut chain) = (None, Vec::new());
    let stream: Box<dyn Stream> = if url.scheme() == "https" {
        let stream = tls::handshake(tcp, web_address::host(url), policy).await?;
        certificate = PeerCertificate::of(&stream);
        if target.keeps_evidence {
            chain = encryption::chain(&stream);
        }
        Box::new(stream)
    } else {
        Box::new(tcp)
    };
    let (mut sender, connection) = http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await.map_err(classify)?;
    let conversation = async move {
        let response = sender.send_request(request).await.map_err(classify)?;
        read(response).await
    };
    let (status, headers, body, cut) = alongside(connection, conversation).await?;
    Ok(Answer { cut, latency: started.elapsed(), certificate, sent, chain, ..Answer::new(status, headers, body) })
}

/// Drives the connection without a task of its own, so that it is dropped with the caller. It may end before the body was read from it.
async fn alongside<T>(connection: impl Future, conversation: impl Future<Output = T>) -> T {
    tokio::pin!(conversation);
    tokio::select! {
        biased;
        done = &mut conversation => return done,
        _ = connection => {}
    }
    conversation.await
}

fn request(target: &Target, outgoing: Outgoing<'_>) -> Result<Request<Full<Bytes>>, Failure> {
    let Outgoing { method, url, mut headers, body } = outgoing;
    let own = [
        (header::HOST, web_address::host_header(url)),
        (header::USER_AGENT, USER_AGENT.to_owned()),
        (header::ACCEPT, "*/*".to_owned()),
        (header::CONNECTION, "close".to_owned()),
        (HeaderName::from_static("traceparent"), traceparent(target.correlation_id.as_str())),
        (HeaderName::from_static("x-correlation-id"), target.correlation_id.to_string()),
    ];
    for (name, value) in own {
        let value = HeaderValue::try_from(value).map_err(|_| invalid(format!("The header {name} cannot be sent.")))?;
        if name == header::USER_AGENT || name == header::ACCEPT {
            headers.entry(name).or_insert(value);
        } else {
            headers.insert(name, value);
        }
    }
    let uri = web_address::request_target(url).ok_or_else(|| invalid("The path cannot be sent.".into()))?;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// W3C trace context: the correlation ID as trace, or a digest of it where it is no UUID.
fn traceparent(correlation_id: &str) -> String {
    let digest = || u128::from_be_bytes(Sha256::digest(correlation_id)[..16].try_into().unwrap_or([1; 16]));
    let trace = correlation_id.parse::<Uuid>().map_or_else(|_| digest(), |uuid| uuid.as_u128());
    format!("00-{trace:032x}-{:016x}-01", rand::random::<u64>() | 1)
}

async fn read(response: Response<Incoming>) -> Result<(StatusCode, HeaderMap, Bytes, bool), Failure> {
    let (mut head, mut body) = response.into_parts();
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(classify)?.into_data() else { continue };
        let room = MAX_BODY - read.len();
        read.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Ok((head.status, mem::take(&mut head.headers), read.freeze(), true));
        }
    }
    Ok((head.status, mem::take(&mut head.headers), read.freeze(), false))
}

/// What the HTTP client's error means to a person. Its own text never quotes the answer.
#[expect(clippy::needless_pass_by_value, reason = "for use in map_err")]
fn classify(error: hyper::Error) -> Failure {
    // The client has no other way to tell; the hostile tests hold it to this.
    if error.is_parse() && error.to_string().contains("too large") {
        return Failure::new(Cause::AnswerTooLarge, format!("The head of the answer is larger than {} KB.", MAX_HEAD >> 10));
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return Failure::new(Cause::ConnectionClosed, "The connection was closed before the answer was complete.");
    }
    if error.is_parse() {
        return Failure::new(Cause::UnexpectedAnswer, "The answer is not HTTP.");
    }
    let Some(source) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) else {
        return Failure::new(Cause::UnexpectedAnswer, format!("The answer could not be read: {error}."));
    };
    match TlsError::from(source) {
        TlsError::Closed => Failure::new(Cause::ConnectionClosed, "The connection was closed before the answer was complete."),
        // How a chunk that is none is told.
        TlsError::Io(_) if matches!(source.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            Failure::new(Cause::UnexpectedAnswer, format!("The body could not be read: {source}."))
        }
        TlsError::Io(text) => Failure::new(Cause::Network, format!("The connection broke: {text}.")),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::traceparent;

    #[test]
    fn a_trace_is_named_after_the_correlation_id() {
        let of_uuid = traceparent("0198c0de-0000-7000-8000-000000000001");
        assert!(of_uuid.starts_with("00-0198c0de000070008000000000000001-") && of_uuid.len() == 55, "{of_uuid}");
        let other = traceparent("deploy-7");
        assert_eq!(other[..36], traceparent("deploy-7")[..36]);
        assert_ne!(other[..36], traceparent("deploy-8")[..36]);
    }
}
