//! Keeps each line that goes under a correlation ID for whoever looks up the ID, for as long as there is room.

use std::fmt::{Debug, Write};

use chrono::Utc;
use domain::{error_event::LogLine, ids::TeamId};
use engine::log_lines;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// A line belongs to the team of the request that it was written in, which the span names once it is known; or to the team that it names itself.
/// What belongs to nobody's request and names no team is not kept, for nobody could be told it.
pub struct BufferLayer;

/// Of a request's span.
struct RequestOfSpan {
    correlation_id: String,
    team: Option<TeamId>,
    about: String,
}

/// The fields of a line or span, in words.
#[derive(Default)]
struct Fields {
    message: String,
    correlation_id: Option<String>,
    team: Option<TeamId>,
    /// The rest, as ` name=value`.
    rest: String,
}

impl Fields {
    fn add(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            "correlation_id" => self.correlation_id = Some(value),
            "team" => self.team = value.parse().ok(),
            name => {
                // Writing to a string cannot fail.
                let _ = write!(self.rest, " {name}={value}");
            }
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for BufferLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some((span, correlation_id)) = context.span(id).zip(fields.correlation_id) {
            span.extensions_mut().insert(RequestOfSpan { correlation_id, team: fields.team, about: fields.rest });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        let Some(span) = context.span(id).filter(|_| fields.team.is_some()) else { return };
        if let Some(thread) = span.extensions_mut().get_mut::<RequestOfSpan>() {
            thread.team = fields.team;
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields { message, correlation_id, team, rest } = fields;
        let line = |about: &str| LogLine { at: Utc::now().into(), level: event.metadata().level().to_string(), text: format!("{message}{rest}{about}") };
        let request = context.event_scope(event).into_iter().flatten().find(|span| span.extensions().get::<RequestOfSpan>().is_some());
        if let Some(span) = request {
            if let Some(RequestOfSpan { correlation_id: of_request, team, about }) = span.extensions().get() {
                log_lines::keep(correlation_id.as_ref().unwrap_or(of_request), *team, line(about));
            }
        } else if let Some((correlation_id, team)) = correlation_id.zip(team) {
            log_lines::keep(&correlation_id, Some(team), line(""));
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::correlation_id::CorrelationId;
    use tracing_subscriber::prelude::*;

    use super::*;

    fn texts(id: &CorrelationId, team: Option<TeamId>) -> Vec<String> {
        log_lines::under(id, team).into_iter().map(|line| format!("{} {}", line.level, line.text)).collect()
    }

    #[test]
    fn a_line_goes_to_the_team_of_its_request_and_to_nobody_else() {
        let (asked, background) = (CorrelationId::mint(), CorrelationId::mint());
        let (mine, other) = (TeamId::new(), TeamId::new());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(BufferLayer), || {
            let span = tracing::info_span!("request", method = "GET", correlation_id = %asked, team = tracing::field::Empty);
            span.in_scope(|| tracing::warn!("before it is known who asks"));
            span.record("team", tracing::field::display(mine));
            span.in_scope(|| tracing::info!(status = 200, "request"));
            tracing::info!(correlation_id = %background, team = %mine, "verification finished");
            tracing::info!(correlation_id = %background, "of no team");
            tracing::info!("under no ID");
        });
        assert_eq!(texts(&asked, Some(mine)), ["WARN before it is known who asks method=GET", "INFO request status=200 method=GET"]);
        assert_eq!(texts(&asked, Some(other)), ["WARN before it is known who asks method=GET"]);
        assert_eq!(texts(&background, Some(mine)), ["INFO verification finished"]);
        assert!(texts(&background, Some(other)).is_empty());
    }
}
