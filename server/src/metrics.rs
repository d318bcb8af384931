//! What the process counts, as collectors read it: OpenMetrics, or the older text format of Prometheus for whoever asks for that.

use std::{collections::BTreeSet, fmt, time::Duration};

use axum::http::{HeaderMap, Method, StatusCode, header};
use engine::Console;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::ConstGauge, histogram::Histogram},
    registry::Registry,
};

use crate::traces;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Seconds: what is quick on a page, the budgets of the API (100, 300, 500 ms), and what takes as long as a verification may.
const BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1.0, 5.0, 30.0];

/// For an address that leads nowhere: what strangers try would be without end.
const NOWHERE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

/// Of requests, and all that the engine counts.
pub struct Metrics {
    registry: Registry,
    requests: Family<OfRequest, Counter>,
    durations: Family<OfRoute, Histogram>,
}

impl Metrics {
    pub fn new(console: &Console) -> Self {
        let mut registry = Registry::default();
        let requests = Family::default();
        let durations = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        registry.register("switchboard_http_requests", "Requests that were answered", requests.clone());
        registry.register("switchboard_http_request_duration_seconds", "How long it took to begin the answer", durations.clone());
        registry.register("switchboard_trace_spans", "Spans that ended, and what the collector of traces took of them", traces::COUNTED.clone());
        console.metrics.register(&mut registry);
        let build = registry.sub_registry_with_label(("version".into(), env!("CARGO_PKG_VERSION").into()));
        build.register("switchboard_build", "The version that runs", ConstGauge::new(1));
        Self { registry, requests, durations }
    }

    /// `route` is what the address matched, with its parameters unnamed.
    pub fn request(&self, method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
        let route = route.unwrap_or(NOWHERE).to_owned();
        self.durations.get_or_create(&OfRoute { route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&OfRequest { method: name_of(method), route, status: status.as_u16() }).inc();
    }

    /// Media type and text of all that there is to tell, in the format that the client asks for.
    ///
    /// # Errors
    /// A metric that cannot be written.
    pub fn tell(&self, console: &Console, headers: &HeaderMap) -> Result<(&'static str, String), fmt::Error> {
        console.metrics.stand(&console.db.pools(), console.scheduler.concurrency.breakers().0);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        let accepts = |kind: &str| headers.get_all(header::ACCEPT).iter().any(|value| value.to_str().is_ok_and(|value| value.contains(kind)));
        let is_old = accepts("text/plain") && !accepts("openmetrics");
        Ok(if is_old { (PROMETHEUS_TEXT, in_prometheus_text(&text)) } else { (OPEN_METRICS, text) })
    }
}

/// Methods are the client's to make up.
const fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// The older format knows a counter by the name of its samples, and no end of the text.
fn in_prometheus_text(text: &str) -> String {
    let counter = |line: &str| line.strip_prefix("# TYPE ").and_then(|rest| rest.strip_suffix(" counter")).map(str::to_owned);
    let counters: BTreeSet<_> = text.lines().filter_map(counter).collect();
    let mut told = String::with_capacity(text.len());
    for line in text.lines().filter(|line| *line != "# EOF") {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(what @ ("HELP" | "TYPE")), Some(name), Some(rest)) if counters.contains(name) => {
                told.extend(["# ", what, " ", name, "_total ", rest]);
            }
            _ => told.push_str(line),
        }
        told.push('\n');
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_format_names_counters_as_their_samples() {
        let text = "# HELP a Things.\n# TYPE a counter\na_total{b=\"c\"} 1\n# HELP d Other things.\n# TYPE d gauge\nd 2\n# EOF\n";
        let told = "# HELP a_total Things.\n# TYPE a_total counter\na_total{b=\"c\"} 1\n# HELP d Other things.\n# TYPE d gauge\nd 2\n";
        assert_eq!(in_prometheus_text(text), told);
    }
}
