//! How a bucket of evidence is spoken to: by the rules of the one dialer, without redirects, and through no proxy that the settings do not name.
//!
//! The administrator of the server wrote its address, so it may be private everywhere. What may not be reached even so is what is forbidden in
//! development: link-local and metadata addresses, the console itself. The library asks for a machine's credentials by addresses of its own, which
//! no answer can change.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::environment::Environment;
use object_store::{
    ClientConfigKey, ClientOptions,
    client::{HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService},
};
use probes::egress::{DialError, Egress};
use reqwest::{
    Client, Proxy,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use url::Url;

const TIMEOUT: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Makes the client of one bucket.
#[derive(Debug)]
pub struct BucketConnector {
    pub egress: Egress,
    /// Where the bucket is, unless it is Amazon's.
    pub endpoint: Option<Url>,
}

#[derive(Debug)]
struct BucketClient {
    client: Client,
    egress: Egress,
    endpoint: Option<Url>,
}

/// Answers what the dialer would dial.
struct JudgedNames {
    egress: Egress,
    port: u16,
}

impl HttpConnector for BucketConnector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let port = self.endpoint.as_ref().and_then(Url::port_or_known_default).unwrap_or(443);
        let names = JudgedNames { egress: self.egress.clone(), port };
        let trusts_all = options.get_config_value(&ClientConfigKey::AllowInvalidCertificates).is_some_and(|value| value == "true");
        let builder = Client::builder().redirect(Policy::none()).dns_resolver(Arc::new(names)).danger_accept_invalid_certs(trusts_all);
        let builder = builder.timeout(TIMEOUT).connect_timeout(CONNECT_TIMEOUT);
        let client = match options.get_config_value(&ClientConfigKey::ProxyUrl) {
            Some(proxy) => Proxy::all(proxy).and_then(|proxy| builder.proxy(proxy).build()),
            None => builder.no_proxy().build(),
        };
        let client = client.map_err(|error| object_store::Error::Generic { store: "S3", source: error.into() })?;
        Ok(HttpClient::new(BucketClient { client, egress: self.egress.clone(), endpoint: self.endpoint.clone() }))
    }
}

#[async_trait]
impl HttpService for BucketClient {
    /// What is refused here is not tried again.
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let url = Url::parse(&request.uri().to_string()).map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        // An address is dialled without asking for a name.
        if self.endpoint.as_ref().is_some_and(|endpoint| endpoint.host() == url.host()) {
            let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
            resolve(&self.egress, host, port).await.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        }
        self.client.call(request).await
    }
}

impl Resolve for JudgedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (egress, port) = (self.egress.clone(), self.port);
        Box::pin(async move {
            let addresses = resolve(&egress, name.as_str(), port).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

async fn resolve(egress: &Egress, host: &str, port: u16) -> Result<Vec<SocketAddr>, DialError> {
    egress.resolve(Environment::Development, host, port).await
}
