//! Questions of the health protocol, over a stream that our dialer opened.

use std::{
    error::Error,
    io,
    time::{Duration, Instant},
};

use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::{
    Code, Request, Status,
    metadata::MetadataValue,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use url::Url;

use crate::{
    kinds::{Artefact, Cause, Failure, Target, encryption, http::http_url, limited_stream::LimitedStream},
    tls::{self, TlsError, Trouble},
};

/// Most of an answer, in bytes; it holds one number.
const MAX_ANSWER: usize = 4 << 10;
/// Most that the head of an answer may take, in bytes.
const MAX_HEAD: u32 = 16 << 10;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What the server said of a service.
pub struct Health {
    pub serving: ServingStatus,
    pub latency: Duration,
    pub evidence: Artefact,
}

/// A connection to ask over.
pub struct Client<'a> {
    target: &'a Target,
    health: HealthClient<Channel>,
    begun: Instant,
    trouble: Trouble,
}

impl<'a> Client<'a> {
    /// # Errors
    /// Dialling and TLS.
    pub async fn connect(target: &'a Target, url: &Url) -> Result<Self, Failure> {
        let begun = Instant::now();
        let mut trouble = Trouble::default();
        let channel = channel(target, url, &mut trouble).await.map_err(|failure| explained(&trouble, failure))?;
        Ok(Self { target, health: HealthClient::new(channel).max_decoding_message_size(MAX_ANSWER), begun, trouble })
    }

    /// Asks for the health of `service`; the empty name is the server itself. None when the server does not know it.
    ///
    /// # Errors
    /// Whatever the server answered instead.
    pub async fn check(&mut self, service: &str) -> Result<Option<Health>, Failure> {
        let mut request = Request::new(HealthCheckRequest { service: service.to_owned() });
        if let Some(token) = self.target.secret("token").map(str::trim).filter(|token| !token.is_empty()) {
            let mut value = MetadataValue::try_from(format!("Bearer {token}"))
                .map_err(|_| Failure::new(Cause::ConfigurationInvalid, "The token has characters that no request can carry."))?;
            value.set_sensitive(true);
            request.metadata_mut().insert("authorization", value);
        }
        if let Ok(id) = self.target.correlation_id.as_str().parse() {
            request.metadata_mut().insert("x-correlation-id", id);
        }
        let outcome = self.health.check(request).await;
        let latency = self.begun.elapsed();
        let told = |code: Code, status: &str| {
            let milliseconds = latency.as_secs_f64() * 1_000.0;
            Artefact::json("health", &json!({ "service": service, "code": code_name(code), "status": status, "milliseconds": milliseconds }))
        };
        match outcome {
            Ok(answer) => {
                let serving = answer.into_inner().status();
                Ok(Some(Health { serving, latency, evidence: told(Code::Ok, serving.as_str_name()) }))
            }
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(explained(&self.trouble, classify(&status)).with(told(status.code(), ""))),
        }
    }
}

/// As the protocol's documents spell it.
const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// HTTP/2 keeps no more of what broke its stream than that it did; the stream knows.
fn explained(trouble: &Trouble, failure: Failure) -> Failure {
    match trouble.get() {
        None | Some(TlsError::Closed | TlsError::Io(_)) => failure,
        Some(error) => error.clone().into(),
    }
}

async fn channel(target: &Target, url: &Url, trouble: &mut Trouble) -> Result<Channel, Failure> {
    let host = http_url::host(url);
    let tcp = LimitedStream::new(target.dial(host, http_url::port(url)).await?);
    let stream: Box<dyn Stream> = if url.scheme() == "https" {
        let stream = tls::handshake_for(tcp, host, &encryption::policy(target)?, b"h2").await?;
        *trouble = stream.trouble();
        Box::new(stream)
    } else {
        Box::new(tcp)
    };
    let endpoint = Endpoint::from_shared(http_url::origin(url).to_string()).map_err(|_| not_grpc())?.http2_max_header_list_size(MAX_HEAD);
    // There is one stream for one question: were the channel to connect again, it would not go through the dialer.
    let mut stream = Some(TokioIo::new(stream));
    let connector = tower::service_fn(move |_| std::future::ready(stream.take().ok_or_else(|| io::Error::other("the connection was lost"))));
    endpoint.connect_with_connector(connector).await.map_err(|error| broken(&error))
}

fn classify(status: &Status) -> Failure {
    // A status that the server sent has no source; one that was made up here from a broken connection has.
    if status.source().is_some() {
        return broken(status);
    }
    if let Some(failure) = made_up(status.message()) {
        return failure;
    }
    let cause = match status.code() {
        Code::Unauthenticated => Cause::AuthRejected,
        Code::PermissionDenied => Cause::PermissionDenied,
        Code::Unavailable | Code::ResourceExhausted => Cause::NotReady,
        Code::Unimplemented => Cause::HealthNotOffered,
        _ => Cause::ServiceFailed,
    };
    Failure::new(cause, format!("The server answered {}.", code_name(status.code())))
}

/// What the client says in a status of its own, as though the server had sent it; the hostile tests hold its words to this.
fn made_up(message: &str) -> Option<Failure> {
    if let Some(code) = http_status(message) {
        return Some(Failure::new(cause_of_http(code), format!("The server answered HTTP {code}, and not gRPC.")));
    }
    if message.starts_with("Content is compressed with") {
        return Some(Failure::new(Cause::UnexpectedAnswer, "The server compressed its answer, though it was not asked to."));
    }
    if message.starts_with("Missing response message") {
        return Some(Failure::new(Cause::UnexpectedAnswer, "The server said OK, and sent no answer with it."));
    }
    let own = [
        "protocol error: ",
        "failed to decode Protobuf message",
        "Error, decoded message length too large",
        "Error decompressing",
        "Unexpected EOF decoding stream",
    ];
    if own.iter().any(|own| message.starts_with(own)) { Some(not_grpc()) } else { None }
}

/// The status of an answer that is HTTP alone, such as a proxy gives.
fn http_status(message: &str) -> Option<u16> {
    let (_, status) = message.split_once(" HTTP status code ").or_else(|| message.split_once(" while receiving response with status: "))?;
    status.get(..3)?.parse().ok().filter(|status| *status != 200)
}

/// As gRPC maps them ("HTTP to gRPC Status Code Mapping").
const fn cause_of_http(status: u16) -> Cause {
    match status {
        401 => Cause::AuthRejected,
        403 => Cause::PermissionDenied,
        404 => Cause::HealthNotOffered,
        429 | 502 | 503 | 504 => Cause::NotReady,
        _ => Cause::UnexpectedAnswer,
    }
}

fn broken(error: &(dyn Error + 'static)) -> Failure {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return match TlsError::from(error) {
                TlsError::Closed => Failure::new(Cause::ConnectionClosed, "The server closed the connection."),
                TlsError::Io(_) => not_grpc(),
                other => other.into(),
            };
        }
        next = error.source();
    }
    not_grpc()
}

fn not_grpc() -> Failure {
    Failure::new(Cause::UnexpectedAnswer, "The answer is not gRPC.")
}
