//! Carries the requests of the protocol to the provider.

use std::pin::Pin;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use domain::correlation_id::CorrelationId;
use probes::web::{NoAnswer, Web};

/// For the requests of one thread.
pub struct HttpClient<'a> {
    pub web: &'a Web,
    pub thread: &'a CorrelationId,
}

impl<'c> AsyncHttpClient<'c> for HttpClient<'_> {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.web.send(self.thread, request))
    }
}
