//! One HTTP request of the console itself, to a service that it works with: over the one dialer, without redirects, bounded in size and in time.

use std::time::Duration;

use bytes::Bytes;
use hyper::{Request, Response};
use tokio::time::timeout;

use super::{
    egress::Egress,
    kinds::{
        Target,
        http::{
            exchange::{Outgoing, exchange},
            http_url,
        },
    },
    tls::TlsPolicy,
};
use domain::{correlation_id::CorrelationId, environment::Environment};

/// Longest that one request may take, from resolving the name to the end of the answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why there is no answer, in words for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(String);

/// Sends requests on behalf of the console. Clones share the dialer.
#[derive(Clone, Debug)]
pub struct Web {
    egress: Egress,
    /// Which decides what may be reached, as for a connection of that environment.
    environment: Environment,
}

impl Web {
    pub const fn new(egress: Egress, environment: Environment) -> Self {
        Self { egress, environment }
    }

    /// The answer, whatever its status. A redirect is an answer like any other.
    ///
    /// # Errors
    /// An address that is none or may not be reached; nothing whole within the time; more than a megabyte.
    pub async fn send(&self, correlation_id: &CorrelationId, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoAnswer> {
        let (head, body) = request.into_parts();
        let url = http_url::parse(&head.uri.to_string()).map_err(NoAnswer)?;
        let target = Target::of_the_console(self.egress.clone(), self.environment, correlation_id.clone());
        let (policy, outgoing) = (TlsPolicy::default(), Outgoing { method: head.method, url: &url, headers: head.headers, body: Bytes::from(body) });
        let answer = timeout(PATIENCE, exchange(&target, &policy, outgoing)).await;
        let answer = answer.map_err(|_elapsed| NoAnswer(format!("{url} gave no whole answer within {} s", PATIENCE.as_secs())))?;
        let answer = answer.map_err(|failure| NoAnswer(format!("{url}: {}", failure.found)))?;
        let text = answer.text().map_err(|unreadable| NoAnswer(format!("{url}: the answer cannot be read: {unreadable:?}")))?;
        let mut response = Response::new(text.into_bytes());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}
