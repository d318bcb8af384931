//! What the process does, as traces for a collector that speaks OTLP: one trace for each correlation ID, if the operator names a collector.
//!
//! The standard SDK keeps spans and sends them, a batch at a time, from a thread of its own; what its queue has no room for is lost, so nothing ever waits for
//! a collector. The spans are those of `tracing`; `Spans` tells of them rather than the usual bridge, because the id of a trace is ours to give, and because
//! nothing may leave but what stands in its list.

use std::{
    env,
    fmt::Display,
    sync::{Arc, LazyLock},
};

use opentelemetry::KeyValue;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchSpanProcessor, SpanProcessor},
};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};
use tokio::task::spawn_blocking;
use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};
use url::Url;

use crate::settings::{SettingError, table::OTLP_ENDPOINT};
use sending::{Counted, Sender};
use spans::Spans;

mod sending;
mod spans;

/// How the program calls itself, unless `OTEL_SERVICE_NAME` says otherwise.
const SERVICE: &str = "switchboard";
/// Below the address of a collector.
const PATH: &str = "v1/traces";

/// Of the process, as its log is.
pub static COUNTED: LazyLock<Family<OfSpans, Counter>> = LazyLock::new(Family::default);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OfSpans {
    /// `ended`, `sent` or `failed`; the first less the others is what waits, or had no room.
    outcome: &'static str,
}

fn count(outcome: &'static str, spans: usize) {
    COUNTED.get_or_create(&OfSpans { outcome }).inc_by(u64::try_from(spans).unwrap_or(u64::MAX));
}

/// The way to a collector. Clones share it.
#[derive(Clone, Debug)]
pub struct Traces(Arc<BatchSpanProcessor>);

impl Traces {
    /// To the collector at `address`, below which it takes traces. Must be called where tokio runs.
    ///
    /// # Errors
    /// One of the usual `OTEL_` variables cannot be understood.
    pub fn to(address: &Url) -> Result<Self, SettingError> {
        let wrong = |error: &dyn Display| SettingError::new(OTLP_ENDPOINT.variables[0], format!("cannot be used: {error}"), OTLP_ENDPOINT.write);
        let endpoint = format!("{}/{PATH}", address.as_str().trim_end_matches('/'));
        let sender = Sender::new().map_err(|error| wrong(&error))?;
        let exporter = SpanExporter::builder().with_http().with_http_client(sender).with_endpoint(endpoint).build().map_err(|error| wrong(&error))?;
        let mut processor = BatchSpanProcessor::builder(Counted(exporter)).build();
        let named = env::var_os("OTEL_SERVICE_NAME").is_some();
        let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        processor.set_resource(&if named { resource } else { resource.with_service_name(SERVICE) }.build());
        Ok(Self(Arc::new(processor)))
    }

    /// Tells of the spans of this process.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        Spans::new(Arc::clone(&self.0)).with_filter(filter_fn(Spans::are_told))
    }

    /// Sends what is left, for at most five seconds.
    pub async fn shut_down(self) {
        // What fails here is counted as any other time.
        let _ = spawn_blocking(move || self.0.shutdown()).await;
    }
}
