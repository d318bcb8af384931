//! One question to a name server, or one HTTP request, without a connection and without any credential: through the kinds that know how, and so through
//! the one dialer.

use std::time::Duration;

use domain::{
    error::FieldError,
    kind::Depth,
    latency::Latency,
    profile::Settings,
    runbook::{
        DnsLookup, HttpRequest,
        placeholder::{Placeholder, Values, fill},
    },
    settings::check,
};
use probes::{
    kinds::{ConnectionKind, Target, dns::Dns, http::Http},
    runner::{self, Deadlines, Run},
};
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::{VerbOutcome, Work};

/// Longest that one may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is wrong with it, under `settings.NAME`, whatever its placeholders come to stand for.
pub fn check_dns(lookup: &DnsLookup) -> Vec<FieldError> {
    check_sample(&Dns::new(), dns_settings(lookup))
}

/// The same of an HTTP request.
pub fn check_http(request: &HttpRequest) -> Vec<FieldError> {
    check_sample(&Http::new(), http_settings(request))
}

fn check_sample(kind: &dyn ConnectionKind, mut settings: Settings) -> Vec<FieldError> {
    let values: Values = Placeholder::iter().map(|placeholder| (placeholder, sample(placeholder).to_owned())).collect();
    for value in settings.values_mut() {
        fill_value(value, &values);
    }
    complete(kind, &settings).err().unwrap_or_default()
}

fn fill_value(value: &mut Value, values: &Values) {
    match value {
        Value::String(text) => *text = fill(text, values).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| fill_value(item, values)),
        _ => {}
    }
}

const fn sample(placeholder: Placeholder) -> &'static str {
    match placeholder {
        Placeholder::ConnectionHost => "example.org",
        Placeholder::ConnectionPort => "443",
        Placeholder::ConnectionUrl => "https://example.org/",
        _ => "example",
    }
}

fn complete(kind: &dyn ConnectionKind, given: &Settings) -> Result<Settings, Vec<FieldError>> {
    let complete = check(&kind.descriptor().fields, given)?;
    let errors = kind.check(&complete);
    if errors.is_empty() { Ok(complete) } else { Err(errors) }
}

fn dns_settings(lookup: &DnsLookup) -> Settings {
    [("name", json!(lookup.name)), ("record_type", json!(lookup.record_type)), ("expected", json!(lookup.expected))]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

fn http_settings(request: &HttpRequest) -> Settings {
    let HttpRequest { url, method, expected_status, conditions } = request;
    [("url", json!(url)), ("method", json!(method)), ("expected_status", json!(expected_status)), ("conditions", json!(conditions))]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

pub async fn dns(work: Work<'_>, lookup: &DnsLookup) -> VerbOutcome {
    let kind = Dns::new();
    let target = match target(work, &kind, &dns_settings(lookup)) {
        Ok(target) => target,
        Err(why) => return VerbOutcome::failed(why),
    };
    let _turn = work.console.limits.connection(&kind.host(&target.settings)).await;
    let mut found = match beat(&kind, &target).await {
        Ok(_) => format!("{} of {} is as expected.", lookup.record_type, lookup.name),
        Err(why) => return VerbOutcome::failed(why),
    };
    let Some(most) = lookup.ttl_at_most else { return VerbOutcome::well(found) };
    let deadlines = Deadlines { scenario: PATIENCE, deep: PATIENCE, total: PATIENCE };
    let mut run = Run::new(std::sync::Arc::new(kind), target, Depth::Verify, deadlines);
    run.narrow(|scenario| scenario == "ttl");
    run.step().await;
    match run.measured("ttl_seconds") {
        Some(ttl) if ttl <= f64::from(most) => {
            found.push_str(&format!(" Its TTL is {ttl} s, at most {most} s."));
            VerbOutcome::well(found)
        }
        Some(ttl) => VerbOutcome::failed(format!("Its TTL is {ttl} s, more than {most} s.")),
        None => VerbOutcome::failed(run.steps().last().map(|step| step.found.clone()).unwrap_or_default()),
    }
}

pub async fn http(work: Work<'_>, request: &HttpRequest) -> VerbOutcome {
    let kind = Http::new();
    let target = match target(work, &kind, &http_settings(request)) {
        Ok(target) => target,
        Err(why) => return VerbOutcome::failed(why),
    };
    let _turn = work.console.limits.connection(&kind.host(&target.settings)).await;
    match beat(&kind, &target).await {
        Ok(took) => VerbOutcome::well(format!("{} {} answered as expected, in {} ms.", request.method, request.url, Latency::from(took).as_millis())),
        Err(why) => VerbOutcome::failed(why),
    }
}

fn target(work: Work<'_>, kind: &dyn ConnectionKind, settings: &Settings) -> Result<Target, String> {
    let complete = complete(kind, settings);
    let complete = complete.map_err(|errors| errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join(" "))?;
    let target = Target::of_the_console(work.console.egress.clone(), work.environment(), work.correlation_id.clone());
    Ok(Target { settings: complete.into(), ..target })
}

/// How long it took, or what was found instead and what to do about it.
async fn beat(kind: &dyn ConnectionKind, target: &Target) -> Result<Duration, String> {
    let (took, result) = runner::beat(kind, target, PATIENCE).await;
    result.map(|()| took).map_err(|failure| format!("{} {}", runner::redacted(&failure, target), failure.cause.text().remediation))
}
