//! A page of the overview, read and put in words.

use domain::{
    environment::Environment,
    events::HealthChange,
    health::{ConnectionHealth, HealthStatus},
    health_table::{HealthCount, HealthFigures, HealthPage, HealthQuery, HealthRow, ListedHealth},
    permission::Permission,
    time::{Timestamp, span_in_words},
};
use engine::{OpsError, Scope, health};
use strum::IntoEnumIterator;

use super::{
    filter::PER_PAGE,
    heartbeat_strip::of_tried,
    numbers::{latency, part_of_day, percent, tone},
    status::STATUSES,
};
use crate::ui::badge::environment_name;

/// # Errors
/// The database failed.
pub async fn read_page(scope: &Scope, query: &HealthQuery) -> Result<HealthPage, OpsError> {
    let (rows, total) = health::table(scope, &query.filter, query.sort, query.page, PER_PAGE).await?;
    let figures = figures(&health::counts_by_environment(scope).await?, scope.console().clock.now());
    let may_acknowledge = scope.may(Permission::HandleIncidents);
    Ok(HealthPage { rows: rows.into_iter().map(|listed| row(listed, may_acknowledge)).collect(), total: u32::try_from(total).unwrap_or(u32::MAX), figures })
}

fn row(ListedHealth { health, beats, is_acknowledged }: ListedHealth, may_acknowledge: bool) -> HealthRow {
    let latest = HealthChange {
        connection_id: health.connection_id,
        status: health.status,
        consecutive_failures: u32::try_from(health.consecutive_failures).unwrap_or_default(),
        last_heartbeat_at: health.last_heartbeat_at,
        last_latency_ms: health.last_latency_ms,
        open_incident_id: health.open_incident_id,
    };
    let known = health.known_uptime();
    let uptime = match part_of_day(&health).filter(|_| known.is_some()) {
        Some(part) => format!("{} of {part}", percent(known)),
        None => percent(known),
    };
    let ConnectionHealth { name, environment, p95_latency_ms, last_failure, .. } = health;
    HealthRow {
        latest: Some(latest),
        name,
        environment: environment_name(environment).to_owned(),
        beats: of_tried(&beats),
        failure: last_failure.unwrap_or_default(),
        uptime,
        tone: tone(known).to_owned(),
        p95: p95_latency_ms.map(|p95| format!("p95 {} · ", latency(Some(p95)))).unwrap_or_default(),
        is_acknowledged,
        may_acknowledge,
        is_sending: false,
    }
}

/// How many connections are how, and where.
pub fn figures(counts: &[HealthCount], now: Timestamp) -> HealthFigures {
    let (verdict, tone) = verdict(counts, now);
    let of = |status: HealthStatus| counts.iter().filter(move |count| count.status == status);
    let total = |status| of(status).map(|count| count.count).sum::<i64>().to_string();
    let places = |status| {
        let told = |environment| {
            let count: i64 = of(status).filter(|count| count.environment == environment).map(|count| count.count).sum();
            (count > 0).then(|| format!("{count} {}", environment_name(environment).to_lowercase()))
        };
        Environment::iter().filter_map(told).collect::<Vec<_>>().join(" · ")
    };
    HealthFigures { verdict, tone: tone.to_owned(), totals: STATUSES.into_iter().map(total).collect(), places: STATUSES.into_iter().map(places).collect() }
}

/// What the counts come to, in a few words, and its tone. Of what is not heard of nothing is well.
pub fn verdict(counts: &[HealthCount], now: Timestamp) -> (String, &'static str) {
    let of = |status: HealthStatus| -> i64 { counts.iter().filter(|count| count.status == status).map(|count| count.count).sum() };
    let (down, degraded, healthy) = (of(HealthStatus::Incident), of(HealthStatus::Degraded), of(HealthStatus::Healthy));
    // What is suspended is so on purpose.
    let total = counts.iter().map(|count| count.count).sum::<i64>() - of(HealthStatus::Suspended);
    let (trouble, tone) = match (down, degraded) {
        (0, 0) => (None, "idle"),
        (0, degraded) => (Some(format!("{degraded} degraded")), "warn"),
        (down, 0) => (Some(format!("{down} down")), "bad"),
        (down, degraded) => (Some(format!("{down} down, {degraded} degraded")), "bad"),
    };
    match (trouble, silence(counts, total, now)) {
        (Some(trouble), Some(silence)) => (format!("{trouble}, {silence}"), tone),
        (Some(told), None) | (None, Some(told)) => (told, tone),
        (None, None) if total == 0 => ("Everything is suspended".to_owned(), "idle"),
        (None, None) if total == 1 && healthy == 1 => ("The one watched is well".to_owned(), "good"),
        (None, None) if healthy == total => (format!("All {total} well"), "good"),
        (None, None) => (format!("{healthy} of {total} well, nothing down"), "idle"),
    }
}

/// How many should have been tried and were not, and for how long that has been so of all of them.
fn silence(counts: &[HealthCount], total: i64, now: Timestamp) -> Option<String> {
    let since = counts.iter().filter_map(|count| count.silent_since).max()?;
    let silent: i64 = counts.iter().map(|count| count.silent).sum();
    let of = if silent < total { format!(" of {total}") } else { String::new() };
    Some(format!("{silent}{of} not heard of for {}", span_in_words(now.seconds_since(since.timestamp()).max(0))))
}

#[cfg(test)]
mod tests {
    use domain::heartbeat::Slot;

    use super::*;

    #[test]
    fn the_worst_is_said_first() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
        let count = |status, count| HealthCount { environment: Environment::Production, status, count, silent: 0, silent_since: None };
        let silent = |status, silent, minutes: i64| HealthCount { silent, silent_since: Some(Slot::at(now).plus(-60 * minutes)), ..count(status, 89) };
        let said = |counts: &[HealthCount]| verdict(counts, now).0;
        assert_eq!(said(&[count(HealthStatus::Healthy, 89)]), "All 89 well");
        assert_eq!(said(&[count(HealthStatus::Healthy, 86), count(HealthStatus::Incident, 3)]), "3 down");
        assert_eq!(said(&[count(HealthStatus::Incident, 3), count(HealthStatus::Degraded, 1)]), "3 down, 1 degraded");
        assert_eq!(said(&[count(HealthStatus::Degraded, 1)]), "1 degraded");
        assert_eq!(said(&[count(HealthStatus::Healthy, 2), count(HealthStatus::Suspended, 1)]), "All 2 well");
        assert_eq!(said(&[count(HealthStatus::Suspended, 1)]), "Everything is suspended");
        assert_eq!(said(&[count(HealthStatus::Healthy, 1), count(HealthStatus::Unknown, 1)]), "1 of 2 well, nothing down");
        assert_eq!(verdict(&[silent(HealthStatus::Healthy, 89, 12)], now), ("89 not heard of for 12\u{a0}min".to_owned(), "idle"));
        assert_eq!(said(&[silent(HealthStatus::Healthy, 4, 12)]), "4 of 89 not heard of for 12\u{a0}min");
        let some_down = [count(HealthStatus::Incident, 3), silent(HealthStatus::Healthy, 89, 90)];
        assert_eq!(said(&some_down), "3 down, 89 of 92 not heard of for 1\u{a0}h 30\u{a0}min");
    }
}
