//! How spans travel: one POST a batch. What fails is counted, and not tried again.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{Resource, error::OTelSdkResult, trace::SpanData};
use probes::tls::TlsPolicy;
use reqwest::{Client, redirect::Policy};
use tokio::runtime::Handle;

use super::count;

/// Of one batch; as long as the next one is gathered.
const PATIENCE: Duration = Duration::from_secs(5);

/// Goes to the address that the operator named, and nowhere else. It is no target of a connection, so the egress policy has no say.
#[derive(Debug)]
pub struct Sender {
    client: Client,
    /// The SDK asks from a thread without one.
    runtime: Handle,
}

impl Sender {
    /// # Errors
    /// No client for HTTP can be made.
    pub fn new() -> Result<Self, HttpError> {
        let trust = TlsPolicy::default().client_config()?;
        let client = Client::builder().redirect(Policy::none()).timeout(PATIENCE).tls_backend_preconfigured((*trust).clone()).build()?;
        Ok(Self { client, runtime: Handle::current() })
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sending = async move { client.execute(request.try_into()?).await };
        let answer = self.runtime.spawn(sending).await??;
        // What it says beside is of no use here.
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        Ok(response)
    }
}

/// Counts what it sends.
#[derive(Debug)]
pub struct Counted(pub SpanExporter);

impl opentelemetry_sdk::trace::SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let exported = self.0.export(batch).await;
        count(if exported.is_ok() { "sent" } else { "failed" }, spans);
        exported
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
