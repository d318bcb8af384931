//! One request and its answer over one connection: no redirects, no proxies, no decompression, bounded memory.

use std::{
    borrow::Cow,
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
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use super::{
    http_url,
    opening::{Noted, Opening},
    packing::{self, MAX_BODY, Unreadable},
    plan::invalid,
    sent::Sent,
    status,
    text::{self, Document},
};
use crate::{
    kinds::{Cause, Failure, Target, encryption},
    tls::{self, PeerCertificate, TlsError, TlsPolicy},
    trace,
};

/// Most that the head of an answer may take, in bytes and in lines.
const MAX_HEAD: usize = 64 << 10;
const MAX_LINES: usize = 1_000;
const HTTP2: &str = "The service speaks HTTP/2 alone on this port, and the console asks by HTTP/1.1.";
const BROKEN_HEAD: &str = "The answer begins as HTTP, but its head breaks the rules of HTTP, for example by two different lengths.";
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
    /// Whether the peer asked for a client certificate; if so, whether it was shown one.
    pub was_asked: Option<bool>,
    /// Where redirects led, if any were followed.
    pub led_to: Option<Url>,
    /// One of them led to another origin, so that no credential was sent any more.
    pub has_left: bool,
    /// For evidence: what was sent, and the certificates that the peer showed, as DER.
    pub sent: Sent,
    pub chain: Vec<Vec<u8>>,
    pub(super) unpacked: OnceLock<Result<Bytes, Unreadable>>,
    pub(super) document: OnceLock<Result<Document, Unreadable>>,
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
            was_asked: None,
            led_to: None,
            has_left: false,
            sent: Sent::default(),
            chain: Vec::new(),
            unpacked: OnceLock::new(),
            document: OnceLock::new(),
        }
    }

    /// The body as a text.
    ///
    /// # Errors
    /// It cannot be unpacked, or is too large.
    pub fn text(&self) -> Result<String, Unreadable> {
        if self.cut {
            return Err(Unreadable::TooLarge);
        }
        let unpacked = self.unpacked.get_or_init(|| match packing::unpack(&self.headers, &self.body)? {
            Cow::Borrowed(_) => Ok(self.body.clone()),
            Cow::Owned(unpacked) => Ok(unpacked.into()),
        });
        unpacked.as_ref().map(|body| text::decode(&self.headers, body)).map_err(Clone::clone)
    }

    /// The body as JSON; read once, however many conditions ask.
    ///
    /// # Errors
    /// It is no JSON, or cannot be read at all.
    pub fn json(&self) -> Result<&Document, Unreadable> {
        let read = || {
            let text = self.text()?;
            text::document(&text).ok_or(Unreadable::Broken(if text.trim().is_empty() { "the body is empty" } else { "the body is not JSON" }))
        };
        self.document.get_or_init(read).as_ref().map_err(Clone::clone)
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
    let tcp = target.dial(http_url::host(url), http_url::port(url)).await?;
    let (mut certificate, mut was_asked, mut chain) = (None, None, Vec::new());
    let stream: Box<dyn Stream> = if url.scheme() == "https" {
        let stream = tls::handshake(tcp, http_url::host(url), policy).await?;
        certificate = PeerCertificate::of(&stream);
        was_asked = stream.was_asked();
        if target.keeps_evidence {
            chain = encryption::chain(&stream);
        }
        Box::new(stream)
    } else {
        Box::new(tcp)
    };
    let noted = Noted::default();
    let (mut sender, connection) = lenient().handshake(TokioIo::new(Opening::new(stream, noted.clone()))).await.map_err(|error| classify(&error, false))?;
    let begun = &noted;
    let conversation = async move {
        let response = sender.send_request(request).await.map_err(|error| classify(&error, begun.is_http1()))?;
        target
            .so_far
            .note(Failure::new(Cause::TimedOut, format!("{} answered {}, but the body did not end", http_url::host(url), status::in_words(response.status()))));
        read(response).await
    };
    let told = |failure| if noted.is_http2() { Failure::new(Cause::UnexpectedAnswer, HTTP2) } else { failure };
    let (status, headers, body, cut) = alongside(connection, conversation).await.map_err(told)?;
    Ok(Answer { cut, latency: started.elapsed(), certificate, was_asked, sent, chain, ..Answer::new(status, headers, body) })
}

/// Takes what browsers take: folded lines (RFC 9112, section 5.2), a space before the colon, and a line that is none of HTTP's is left out.
fn lenient() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_LINES)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    builder
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
        (header::HOST, http_url::host_header(url)),
        (header::USER_AGENT, USER_AGENT.to_owned()),
        (header::ACCEPT, "*/*".to_owned()),
        (header::CONNECTION, "close".to_owned()),
        (HeaderName::from_static("traceparent"), trace::parent_of(&target.correlation_id)),
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
    // Without it, some servers wait for a body or answer 411.
    if body.is_empty() && matches!(method, Method::POST | Method::PUT | Method::PATCH) {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    let uri = http_url::request_target(url).ok_or_else(|| invalid("The path cannot be sent.".into()))?;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

async fn read(response: Response<Incoming>) -> Result<(StatusCode, HeaderMap, Bytes, bool), Failure> {
    let (mut head, mut body) = response.into_parts();
    let mut read = BytesMut::new();
    let ends_with_connection = !head.headers.contains_key(header::CONTENT_LENGTH) && !head.headers.contains_key(header::TRANSFER_ENCODING);
    while let Some(frame) = body.frame().await {
        let data = match frame {
            Ok(frame) => frame.into_data(),
            // Old servers leave TLS without a goodbye, which browsers take for the end as well.
            Err(error) if ends_with_connection && is_unannounced_end(&error) => break,
            Err(error) => return Err(classify(&error, true)),
        };
        let Ok(data) = data else { continue };
        let room = MAX_BODY - read.len();
        read.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Ok((head.status, mem::take(&mut head.headers), read.freeze(), true));
        }
    }
    Ok((head.status, mem::take(&mut head.headers), read.freeze(), false))
}

fn is_unannounced_end(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
}

/// What the HTTP client's error means to a person, of an answer that began as HTTP or has not. Its own text never quotes the answer.
fn classify(error: &hyper::Error, begins_as_http: bool) -> Failure {
    // The client has no other way to tell; the hostile tests hold it to this.
    if error.is_parse() && error.to_string().contains("too large") {
        return Failure::new(
            Cause::AnswerTooLarge,
            format!("The head of the answer has more than {} KB or {MAX_LINES} lines, which is all that the console reads.", MAX_HEAD >> 10),
        );
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return Failure::new(Cause::ConnectionClosed, "The connection was closed before the answer was complete.");
    }
    if error.is_parse() {
        return Failure::new(Cause::UnexpectedAnswer, if begins_as_http { BROKEN_HEAD } else { "The answer is not HTTP." });
    }
    let Some(source) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) else {
        return Failure::new(Cause::UnexpectedAnswer, "The answer could not be read to its end.");
    };
    match TlsError::from(source) {
        TlsError::Closed => Failure::new(Cause::ConnectionClosed, "The connection was closed before the answer was complete."),
        // How a chunk that is none is told.
        TlsError::Io(_) if matches!(source.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            Failure::new(Cause::UnexpectedAnswer, "The body could not be read: its parts are not told as HTTP tells them.")
        }
        TlsError::Io(text) => Failure::new(Cause::Network, format!("The connection broke: {text}.")),
        other => other.into(),
    }
}
