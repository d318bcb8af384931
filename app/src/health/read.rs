//! A page of the overview, read and put in words.

use domain::{
    environment::Environment,
    events::HealthChange,
    health::{ConnectionHealth, HealthStatus},
    health_table::{HealthCount, HealthFigures, HealthPage, HealthQuery, HealthRow, ListedHealth},
    permission::Permission,
};
use engine::{OpsError, Scope, health};
use strum::IntoEnumIterator;

use super::{
    filter::PER_PAGE,
    heartbeat_strip::of_tried,
    numbers::{latency, percent, tone},
    status::STATUSES,
};
use crate::ui::badge::environment_name;

/// # Errors
/// The database failed.
pub async fn read_page(scope: &Scope, query: &HealthQuery) -> Result<HealthPage, OpsError> {
    let (rows, total) = health::table(scope, &query.filter, query.sort, query.page, PER_PAGE).await?;
    let figures = figures(&health::counts_by_environment(scope).await?);
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
    let ConnectionHealth { name, environment, uptime_24h, p95_latency_ms, last_failure, .. } = health;
    HealthRow {
        latest: Some(latest),
        name,
        environment: environment_name(environment).to_owned(),
        beats: of_tried(&beats),
        failure: last_failure.unwrap_or_default(),
        uptime: percent(uptime_24h),
        tone: tone(uptime_24h).to_owned(),
        p95: p95_latency_ms.map(|p95| format!("p95 {} · ", latency(Some(p95)))).unwrap_or_default(),
        is_acknowledged,
        may_acknowledge,
        is_sending: false,
    }
}

/// How many connections are how, and where.
pub fn figures(counts: &[HealthCount]) -> HealthFigures {
    let (verdict, tone) = verdict(counts);
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

/// What the counts come to, in a few words, and its tone.
pub fn verdict(counts: &[HealthCount]) -> (String, &'static str) {
    let of = |status: HealthStatus| -> i64 { counts.iter().filter(|count| count.status == status).map(|count| count.count).sum() };
    let (down, degraded, healthy) = (of(HealthStatus::Incident), of(HealthStatus::Degraded), of(HealthStatus::Healthy));
    // What is suspended is so on purpose.
    let total = counts.iter().map(|count| count.count).sum::<i64>() - of(HealthStatus::Suspended);
    match (down, degraded) {
        _ if total == 0 => ("Everything is suspended".to_owned(), "idle"),
        (0, 0) if total == 1 && healthy == 1 => ("The one watched is well".to_owned(), "good"),
        (0, 0) if healthy == total => (format!("All {total} well"), "good"),
        (0, 0) => (format!("{healthy} of {total} well, nothing down"), "idle"),
        (0, degraded) => (format!("{degraded} degraded"), "warn"),
        (down, 0) => (format!("{down} down"), "bad"),
        (down, degraded) => (format!("{down} down, {degraded} degraded"), "bad"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_said_first() {
        let count = |status, count| HealthCount { environment: Environment::Production, status, count };
        let said = |counts: &[HealthCount]| verdict(counts).0;
        assert_eq!(said(&[count(HealthStatus::Healthy, 89)]), "All 89 well");
        assert_eq!(said(&[count(HealthStatus::Healthy, 86), count(HealthStatus::Incident, 3)]), "3 down");
        assert_eq!(said(&[count(HealthStatus::Incident, 3), count(HealthStatus::Degraded, 1)]), "3 down, 1 degraded");
        assert_eq!(said(&[count(HealthStatus::Degraded, 1)]), "1 degraded");
        assert_eq!(said(&[count(HealthStatus::Healthy, 2), count(HealthStatus::Suspended, 1)]), "All 2 well");
        assert_eq!(said(&[count(HealthStatus::Suspended, 1)]), "Everything is suspended");
        assert_eq!(said(&[count(HealthStatus::Healthy, 1), count(HealthStatus::Unknown, 1)]), "1 of 2 well, nothing down");
    }
}
