//! How the table of health is narrowed, ordered and paged: the shape of its address.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::{
    environment::Environment,
    events::HealthChange,
    health::{ConnectionHealth, HealthStatus},
    heartbeat::Slot,
    ids::{IncidentId, ProfileId},
    list_query::{page_number, search_text},
    time::Timestamp,
};

/// As many slots as a snapshot remembers.
pub const HEARTBEATS_SHOWN: usize = 32;

/// Keys by which connections may be ordered; `-` means descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString)]
#[serde(into = "String", try_from = "String")]
pub enum HealthSort {
    /// What needs a person first.
    #[default]
    #[strum(serialize = "status")]
    Status,
    #[strum(serialize = "name")]
    Name,
    #[strum(serialize = "-name")]
    NameDescending,
    #[strum(serialize = "uptime")]
    Uptime,
    #[strum(serialize = "-uptime")]
    UptimeDescending,
    #[strum(serialize = "latency")]
    Latency,
    #[strum(serialize = "-latency")]
    LatencyDescending,
}

impl From<HealthSort> for String {
    fn from(sort: HealthSort) -> Self {
        sort.to_string()
    }
}

impl TryFrom<String> for HealthSort {
    type Error = strum::ParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Which connections are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthFilter {
    pub environment: Option<Environment>,
    pub status: Option<HealthStatus>,
    /// Part of a name, without regard to case.
    pub q: Option<String>,
}

/// What is asked of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthQuery {
    pub filter: HealthFilter,
    pub sort: HealthSort,
    /// 1-based.
    pub page: u32,
}

impl Default for HealthQuery {
    fn default() -> Self {
        Self { filter: HealthFilter::default(), sort: HealthSort::default(), page: 1 }
    }
}

impl HealthQuery {
    /// What an address or a form asks for, which says by name what it asks. What it asks for wrongly is left out.
    pub fn read(said: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name| said(name).unwrap_or_default();
        Self {
            filter: HealthFilter { environment: said("environment").parse().ok(), status: said("status").parse().ok(), q: search_text(&said("q")) },
            sort: said("sort").parse().unwrap_or_default(),
            page: page_number(&said("page")),
        }
    }

    /// The same by name; what is as always is empty.
    pub fn pairs(&self) -> [(&'static str, String); 5] {
        let HealthFilter { environment, status, q } = &self.filter;
        [
            ("q", q.clone().unwrap_or_default()),
            ("environment", environment.map(|environment| environment.to_string()).unwrap_or_default()),
            ("status", status.map(|status| status.to_string()).unwrap_or_default()),
            ("sort", if self.sort == HealthSort::default() { String::new() } else { self.sort.to_string() }),
            ("page", if self.page > 1 { self.page.to_string() } else { String::new() }),
        ]
    }

    pub fn is_filtered(&self) -> bool {
        self.filter != HealthFilter::default()
    }

    /// The same connections from the first page on, in another order.
    #[must_use]
    pub fn sorted_by(&self, sort: HealthSort) -> Self {
        Self { filter: self.filter.clone(), sort, page: 1 }
    }

    /// Another page of the same table.
    #[must_use]
    pub fn at_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }
}

/// A page of the table as people read it, with how everything is beside it.
///
/// It travels, as all that it holds, as an array: the names of members would be read by a kilobyte of the browser part each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "PageMembers", into = "PageMembers")]
pub struct HealthPage {
    pub rows: Vec<HealthRow>,
    /// How many connections the filter matches in all.
    pub total: u32,
    /// Of all connections that are watched.
    pub figures: HealthFigures,
}

type PageMembers = (Vec<HealthRow>, u32, HealthFigures);

impl From<PageMembers> for HealthPage {
    fn from((rows, total, figures): PageMembers) -> Self {
        Self { rows, total, figures }
    }
}

impl From<HealthPage> for PageMembers {
    fn from(page: HealthPage) -> Self {
        (page.rows, page.total, page.figures)
    }
}

/// One line of the table as people read it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "RowMembers", into = "RowMembers")]
pub struct HealthRow {
    /// Absent where the line is empty.
    pub latest: Option<HealthChange>,
    pub name: String,
    pub environment: String,
    /// How the last slots that were tried ended, the oldest first: `p` passed, `f` failed. At most [`HEARTBEATS_SHOWN`].
    pub beats: String,
    /// What the latest failure showed; kept after a recovery.
    pub failure: String,
    pub uptime: String,
    /// How the uptime is coloured.
    pub tone: String,
    /// Of the latencies of the last 24 hours.
    pub p95: String,
    /// Whether someone has taken the open incident on.
    pub is_acknowledged: bool,
    /// Whether who reads it may do that.
    pub may_acknowledge: bool,
    /// Whether it is on its way.
    pub is_sending: bool,
}

type RowMembers = (Option<HealthChange>, Vec<String>, bool, bool);

impl From<RowMembers> for HealthRow {
    fn from((latest, words, is_acknowledged, may_acknowledge): RowMembers) -> Self {
        let mut words = words.into_iter();
        let mut next = || words.next().unwrap_or_default();
        let (name, environment, beats, failure, uptime, tone, p95) = (next(), next(), next(), next(), next(), next(), next());
        Self { latest, name, environment, beats, failure, uptime, tone, p95, is_acknowledged, may_acknowledge, is_sending: false }
    }
}

impl From<HealthRow> for RowMembers {
    fn from(row: HealthRow) -> Self {
        let words = vec![row.name, row.environment, row.beats, row.failure, row.uptime, row.tone, row.p95];
        (row.latest, words, row.is_acknowledged, row.may_acknowledge)
    }
}

impl HealthRow {
    /// Carries the line on by a heartbeat of its connection that is newer than what it shows.
    pub fn carry_on(&mut self, change: &HealthChange) {
        let Some(latest) = self.latest.as_ref().filter(|latest| change.last_heartbeat_at >= latest.last_heartbeat_at) else { return };
        // A slot within maintenance was not tried.
        if change.last_heartbeat_at != latest.last_heartbeat_at && change.status != HealthStatus::Maintenance {
            self.beats.push(if change.consecutive_failures == 0 { 'p' } else { 'f' });
            let surplus = self.beats.len().saturating_sub(HEARTBEATS_SHOWN);
            self.beats.drain(..surplus);
        }
        if change.open_incident_id != latest.open_incident_id {
            self.is_acknowledged = false;
        }
        self.latest = Some(change.clone());
    }

    pub fn connection_id(&self) -> Option<ProfileId> {
        self.latest.as_ref().map(|latest| latest.connection_id)
    }

    pub fn incident_id(&self) -> Option<IncidentId> {
        self.latest.as_ref()?.open_incident_id
    }

    pub fn status(&self) -> HealthStatus {
        self.latest.as_ref().map(|latest| latest.status).unwrap_or_default()
    }

    pub fn failures(&self) -> u32 {
        self.latest.as_ref().map_or(0, |latest| latest.consecutive_failures)
    }

    pub fn last_heartbeat_at(&self) -> Option<Timestamp> {
        self.latest.as_ref()?.last_heartbeat_at
    }

    /// Whether who reads it may take its incident on, which nobody has yet.
    pub fn waits_for_reader(&self) -> bool {
        self.may_acknowledge && !self.is_acknowledged && self.incident_id().is_some()
    }
}

/// How many connections are how, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct HealthFigures {
    /// What they come to, and how that is coloured.
    pub verdict: String,
    pub tone: String,
    /// For each status, the most pressing first.
    pub totals: Vec<String>,
    /// How many of them are where.
    pub places: Vec<String>,
}

impl From<Vec<String>> for HealthFigures {
    fn from(mut words: Vec<String>) -> Self {
        let tone = words.pop().unwrap_or_default();
        let verdict = words.pop().unwrap_or_default();
        let places = words.split_off(words.len() / 2);
        Self { verdict, tone, totals: words, places }
    }
}

impl From<HealthFigures> for Vec<String> {
    fn from(figures: HealthFigures) -> Self {
        [figures.totals, figures.places, vec![figures.verdict, figures.tone]].concat()
    }
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedHealth {
    pub health: ConnectionHealth,
    /// How the last slots that were tried ended, the oldest first; true passed. At most 32.
    pub beats: Vec<bool>,
    /// Whether someone has taken the open incident on.
    pub is_acknowledged: bool,
}

/// How many connections are how, where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct HealthCount {
    pub environment: Environment,
    pub status: HealthStatus,
    pub count: i64,
    /// How many of them have not been tried for three intervals, though they should have been: their status is as of then.
    pub silent: i64,
    /// When the last of those was tried.
    pub silent_since: Option<Slot>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> HealthRow {
        let latest = serde_json::json!({
            "connection_id": "01890a5d-ac96-774b-bcce-b302099a8057", "status": "healthy", "consecutive_failures": 0,
            "last_heartbeat_at": "2026-01-02T03:04:05Z", "last_latency_ms": 1.5, "open_incident_id": null,
        });
        let row = serde_json::from_value(serde_json::json!([latest, ["Orders", "Production", "p".repeat(HEARTBEATS_SHOWN), "", "100 %", "", ""], true, true]));
        row.expect("a row")
    }

    fn change(at: &str, failures: u32) -> HealthChange {
        HealthChange {
            status: if failures == 0 { HealthStatus::Healthy } else { HealthStatus::Degraded },
            consecutive_failures: failures,
            last_heartbeat_at: Some(at.parse().expect("a time")),
            ..row().latest.expect("a heartbeat")
        }
    }

    #[test]
    fn a_heartbeat_carries_a_line_on_once() {
        let mut row = row();
        row.carry_on(&change("2026-01-02T03:05:05Z", 1));
        row.carry_on(&change("2026-01-02T03:05:05Z", 1));
        assert_eq!((row.status(), row.failures()), (HealthStatus::Degraded, 1));
        let beats = row.beats;
        assert_eq!((beats.len(), beats.matches('f').count(), beats.ends_with('f')), (HEARTBEATS_SHOWN, 1, true));
    }

    #[test]
    fn an_older_heartbeat_changes_nothing() {
        let mut told = row();
        told.carry_on(&change("2026-01-02T03:00:00Z", 3));
        assert_eq!(told, row());
    }

    #[test]
    fn what_is_asked_survives_the_address_and_the_way_to_the_server() {
        let filter = HealthFilter { environment: Some(Environment::Staging), status: Some(HealthStatus::Incident), q: Some("a b".into()) };
        let query = HealthQuery { filter, sort: HealthSort::LatencyDescending, page: 3 };
        let pairs = query.pairs();
        assert_eq!(HealthQuery::read(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.clone())), query);
        let text = serde_json::to_string(&query).expect("JSON");
        assert_eq!(serde_json::from_str::<HealthQuery>(&text).expect("a query"), query);
        assert_eq!(serde_json::from_str::<HealthQuery>("{}").expect("a query"), HealthQuery::default());
    }

    #[test]
    fn rows_and_figures_arrive_as_they_were_sent() {
        let text = serde_json::to_string(&row()).expect("JSON");
        assert_eq!(serde_json::from_str::<HealthRow>(&text).expect("a row"), row());
        let words = |letter: &str| (1..=6).map(|number| format!("{letter}{number}")).collect::<Vec<_>>();
        let figures = HealthFigures { verdict: "All well".into(), tone: "good".into(), totals: words("t"), places: words("p") };
        assert_eq!(HealthFigures::from(Vec::from(figures.clone())), figures);
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        assert_eq!(HealthQuery::read(|_| Some(" ".into())), HealthQuery::default());
        assert_eq!(HealthQuery::read(|_| Some("0".into())).page, 1);
    }
}
