//! Which spans leave, under which trace, and what is told of them.

use std::{borrow::Cow, fmt::Debug, sync::Arc, time::SystemTime};

use domain::correlation_id::CorrelationId;
use opentelemetry::{
    InstrumentationScope, KeyValue, Value,
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor};
use probes::trace;
use tracing::{
    Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::count;

const CORRELATION_ID: &str = "correlation_id";
/// Named as an event, since one piece of work comes to several verbs.
const PERMISSION: &str = "permission";

/// The fields of spans that are told, and what collectors call them. All other fields stay here: a path, say, may hold a secret.
const TOLD: [(&str, &str); 8] = [
    (CORRELATION_ID, "switchboard.correlation_id"),
    ("method", "http.request.method"),
    ("route", "http.route"),
    ("status", "http.response.status_code"),
    ("connection", "switchboard.connection"),
    ("kind", "switchboard.kind"),
    ("scenario", "switchboard.scenario"),
    ("outcome", "switchboard.outcome"),
];

/// A span under a correlation ID begins the trace of that ID, and what is done inside it goes there too. What goes under no ID is not told.
pub struct Spans {
    processor: Arc<BatchSpanProcessor>,
    library: InstrumentationScope,
}

impl Spans {
    pub fn new(processor: Arc<BatchSpanProcessor>) -> Self {
        Self { processor, library: InstrumentationScope::builder(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION")).build() }
    }

    /// Whether a span may be told: those of our own code.
    pub fn are_told(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("switchboard_")
    }
}

/// What is known of a span that has begun.
struct Begun {
    context: SpanContext,
    parent: SpanId,
    /// What it came from, where that has another trace.
    links: SpanLinks,
    events: SpanEvents,
    at: SystemTime,
    /// When it was last worked on: it is closed later, with the last of what it began.
    left: SystemTime,
    fields: Fields,
}

#[derive(Default)]
struct Fields {
    told: Vec<KeyValue>,
    correlation_id: Option<CorrelationId>,
    permission: Option<String>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        match field.name() {
            CORRELATION_ID => self.correlation_id = value.as_str().parse().ok(),
            PERMISSION => self.permission = Some(value.as_str().into_owned()),
            _ => {}
        }
        if let Some((_, name)) = TOLD.iter().find(|(told, _)| *told == field.name()) {
            self.told.push(KeyValue::new(*name, value));
        }
    }

    fn get(&self, field: &str) -> Option<Cow<'_, str>> {
        let (_, name) = TOLD.iter().find(|(told, _)| *told == field)?;
        self.told.iter().find(|told| told.key.as_str() == *name).map(|told| told.value.as_str())
    }

    fn failed(&self) -> bool {
        let is = |field, holds: fn(&str) -> bool| self.get(field).is_some_and(|value| holds(&value));
        is("outcome", |outcome| matches!(outcome, "fail" | "failed")) || is("status", |status| status.starts_with('5'))
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned().into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, i64::try_from(value).unwrap_or(i64::MAX).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format!("{value:?}").into());
    }
}

impl Begun {
    /// `None` where it goes under no correlation ID.
    fn new(fields: Fields, around: Option<&Self>) -> Option<Self> {
        let own = fields.correlation_id.as_ref().map(|id| TraceId::from(trace::id_of(id)));
        let around = around.map(|around| around.context.clone());
        let trace = own.or_else(|| around.as_ref().map(SpanContext::trace_id))?;
        let context = SpanContext::new(trace, SpanId::from(rand::random::<u64>() | 1), TraceFlags::SAMPLED, false, TraceState::default());
        let (mut parent, mut links) = (SpanId::INVALID, SpanLinks::default());
        match around {
            Some(around) if around.trace_id() == trace => parent = around.span_id(),
            Some(around) => links.links.push(Link::with_context(around)),
            None => {}
        }
        let at = SystemTime::now();
        Some(Self { context, parent, links, events: SpanEvents::default(), at, left: at, fields })
    }

    /// As it is told. `name` is that of the span in the code.
    fn end(self, name: &'static str, library: InstrumentationScope) -> SpanData {
        let route = self.fields.get("route").map_or(Cow::Borrowed(""), |route| Cow::Owned(format!(" {route}")));
        let method = self.fields.get("method").map(|method| format!("{method}{route}"));
        SpanData {
            parent_span_id: self.parent,
            parent_span_is_remote: false,
            span_kind: if method.is_some() { SpanKind::Server } else { SpanKind::Internal },
            name: method.map_or(Cow::Borrowed(name), Cow::Owned),
            start_time: self.at,
            end_time: self.left,
            status: if self.fields.failed() { Status::error("") } else { Status::Unset },
            attributes: self.fields.told,
            dropped_attributes_count: 0,
            events: self.events,
            links: self.links,
            instrumentation_scope: library,
            span_context: self.context,
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let Some(span) = context.span(id) else { return };
        let around = span.parent();
        let around = around.as_ref().map(|around| around.extensions());
        let begun = Begun::new(fields, around.as_ref().and_then(|around| around.get()));
        drop(around);
        if let Some(begun) = begun {
            span.extensions_mut().insert(begun);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(begun) = extensions.get_mut::<Begun>() else { return };
        values.record(&mut begun.fields);
        if let Some(permission) = begun.fields.permission.take() {
            begun.events.events.push(Event::new(permission, SystemTime::now(), Vec::new(), 0));
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(begun) = span.extensions_mut().get_mut::<Begun>() {
            begun.left = SystemTime::now();
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(begun) = span.extensions_mut().remove::<Begun>() else { return };
        count("ended", 1);
        self.processor.on_end(begun.end(span.name(), self.library.clone()));
    }
}
