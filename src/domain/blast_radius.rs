//! How far an incident reaches: what fails since shortly before it, what that has in common, what changed and was released before, and which errors came with it.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{
    correlation_id::CorrelationId,
    diagnostic::Verdict,
    environment::Environment,
    health::HealthStatus,
    ids::{IncidentId, ProfileId, RunId},
    incident::Incident,
    profile::ConnectionAct,
    severity::Severity,
    time::Timestamp,
};

/// What began to fail this long before the incident opened belongs to it.
pub const BEFORE: Duration = Duration::from_secs(5 * 60);
/// What changed this long before the incident opened may be its cause.
pub const CHANGED_BEFORE: Duration = Duration::from_secs(60 * 60);

/// The time that an incident is looked at over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentWindow {
    /// [`BEFORE`] it opened.
    pub since: Timestamp,
    /// Its end, or now.
    pub until: Timestamp,
    /// [`CHANGED_BEFORE`] it opened.
    pub changed_since: Timestamp,
}

impl IncidentWindow {
    pub fn of(incident: &Incident, now: Timestamp) -> Self {
        let opened = incident.opened_at;
        Self { since: opened - BEFORE, until: incident.resolved_at.unwrap_or(now), changed_since: opened - CHANGED_BEFORE }
    }
}

/// A connection of the team, failing or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    pub id: ProfileId,
    pub name: String,
    pub environment: Environment,
    pub owner: Option<String>,
    pub tags: Vec<String>,
    /// Where it leads.
    pub hosts: Vec<String>,
    /// Absent where it was never watched.
    pub status: Option<HealthStatus>,
    pub open_incident_id: Option<IncidentId>,
    /// When its failures within the incident's time began; absent where it had none.
    pub first_failed_at: Option<Timestamp>,
}

/// A connection that the incident reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AffectedConnection {
    #[schema(value_type = Uuid)]
    pub connection_id: ProfileId,
    pub name: String,
    pub environment: Environment,
    pub owner: Option<String>,
    pub tags: Vec<String>,
    pub hosts: Vec<String>,
    /// How it is now; absent where it was never watched.
    pub status: Option<HealthStatus>,
    pub first_failed_at: Timestamp,
    #[schema(value_type = Option<Uuid>)]
    pub open_incident_id: Option<IncidentId>,
}

/// How many connections of an environment, owner, tag or host fail, of how many are watched there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Share {
    pub name: String,
    pub failing: u32,
    pub of: u32,
}

/// What sort of change it was. More may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Someone did something to a connection.
    Configuration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RecentChange {
    pub kind: ChangeKind,
    pub at: Timestamp,
    pub act: ConnectionAct,
    pub by: String,
    #[schema(value_type = Uuid)]
    pub connection_id: ProfileId,
    pub connection_name: String,
}

/// A release that diagnostics were run for: what a pipeline tells the console of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct RecentRelease {
    pub release: String,
    /// When its diagnostics were asked for.
    pub at: Timestamp,
    pub by: String,
    /// Absent where they went over several.
    pub environment: Option<Environment>,
    #[schema(value_type = Uuid)]
    pub run_id: RunId,
    /// Absent until they have ended.
    pub verdict: Option<Verdict>,
}

/// Errors of one code from one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct ErrorCount {
    pub code: String,
    pub service: String,
    pub severity: Severity,
    pub count: i64,
    pub latest_at: Timestamp,
    /// Of one of them.
    pub correlation_id: CorrelationId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BlastRadius {
    pub since: Timestamp,
    pub until: Timestamp,
    /// In the order in which they began to fail.
    pub connections: Vec<AffectedConnection>,
    /// Of each, where all fail first, then where most do.
    pub environments: Vec<Share>,
    pub owners: Vec<Share>,
    pub tags: Vec<Share>,
    pub hosts: Vec<Share>,
    /// In the hour before it opened, the newest first.
    pub changes: Vec<RecentChange>,
    /// In the hour before it opened, the newest first; none for those who may not read diagnostics.
    pub releases: Vec<RecentRelease>,
    /// The most frequent first; none for those who may not read errors.
    pub errors: Vec<ErrorCount>,
}

impl BlastRadius {
    pub fn of(window: IncidentWindow, neighbours: Vec<Neighbour>, changes: Vec<RecentChange>, releases: Vec<RecentRelease>, errors: Vec<ErrorCount>) -> Self {
        let [mut environments, mut owners, mut tags, mut on_hosts] = [(); 4].map(|()| Shares::default());
        let mut connections = Vec::new();
        for neighbour in neighbours {
            let is_failing = neighbour.first_failed_at.is_some();
            let mut of_host = neighbour.hosts;
            of_host.sort();
            of_host.dedup();
            let is_watched = neighbour.status.is_some_and(|status| status != HealthStatus::Suspended);
            // What nobody tries says nothing of where it is.
            if is_failing || is_watched {
                environments.count(&neighbour.environment.to_string(), is_failing);
                neighbour.owner.iter().for_each(|owner| owners.count(owner, is_failing));
                neighbour.tags.iter().for_each(|tag| tags.count(tag, is_failing));
                of_host.iter().for_each(|host| on_hosts.count(host, is_failing));
            }
            if let Some(first_failed_at) = neighbour.first_failed_at {
                connections.push(AffectedConnection {
                    connection_id: neighbour.id,
                    name: neighbour.name,
                    environment: neighbour.environment,
                    owner: neighbour.owner,
                    tags: neighbour.tags,
                    hosts: of_host,
                    status: neighbour.status,
                    first_failed_at,
                    open_incident_id: neighbour.open_incident_id,
                });
            }
        }
        connections.sort_by(|one, other| {
            (one.first_failed_at, &one.name, one.connection_id.as_uuid()).cmp(&(other.first_failed_at, &other.name, other.connection_id.as_uuid()))
        });
        let IncidentWindow { since, until, .. } = window;
        let [environments, owners, tags, hosts] = [environments, owners, tags, on_hosts].map(Shares::failing);
        Self { since, until, connections, environments, owners, tags, hosts, changes, releases, errors }
    }

    /// Hosts on which several connections fail, and all of them do: the likely place of the fault.
    pub fn down_hosts(&self) -> impl Iterator<Item = &Share> {
        self.hosts.iter().filter(|host| host.of > 1 && host.failing == host.of)
    }
}

#[derive(Default)]
struct Shares(BTreeMap<String, Share>);

impl Shares {
    fn count(&mut self, name: &str, is_failing: bool) {
        let share = self.0.entry(name.to_owned()).or_insert_with(|| Share { name: name.to_owned(), failing: 0, of: 0 });
        share.of += 1;
        share.failing += u32::from(is_failing);
    }

    /// Those where anything fails.
    fn failing(self) -> Vec<Share> {
        let mut shares: Vec<_> = self.0.into_values().filter(|share| share.failing > 0).collect();
        shares.sort_by_key(|share| (share.failing < share.of, std::cmp::Reverse(share.failing)));
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn window() -> IncidentWindow {
        IncidentWindow::of(&Incident::new(Timestamp::from_millis(NOW), "It fails.".to_owned(), CorrelationId::mint()), Timestamp::from_millis(NOW + 60_000))
    }

    fn on(host: &str, index: u32, failed: bool) -> Neighbour {
        Neighbour {
            id: ProfileId::new(),
            name: format!("Service {index:02}"),
            environment: if index.is_multiple_of(2) { Environment::Production } else { Environment::Staging },
            owner: Some("payments".to_owned()),
            tags: vec![format!("tag-{}", index % 3)],
            hosts: vec![host.to_owned()],
            status: Some(if failed { HealthStatus::Incident } else { HealthStatus::Healthy }),
            open_incident_id: None,
            first_failed_at: failed.then(|| Timestamp::from_millis(NOW - i64::from(index))),
        }
    }

    #[test]
    fn of_three_hosts_the_one_that_is_down_stands_first() {
        let neighbours = (0..40).map(|index| on(["a.example", "b.example", "c.example"][index as usize % 3], index, index % 3 == 1)).collect();
        let radius = BlastRadius::of(window(), neighbours, Vec::new(), Vec::new(), Vec::new());
        assert_eq!(radius.connections.len(), 13);
        assert!(radius.connections.iter().all(|connection| connection.hosts == ["b.example"]));
        assert_eq!(radius.hosts, [Share { name: "b.example".to_owned(), failing: 13, of: 13 }]);
        assert_eq!(radius.owners, [Share { name: "payments".to_owned(), failing: 13, of: 40 }]);
        assert_eq!(radius.tags, [Share { name: "tag-1".to_owned(), failing: 13, of: 13 }]);
        assert_eq!(radius.environments.iter().map(|share| (share.failing, share.of)).collect::<Vec<_>>(), [(7, 20), (6, 20)]);
        assert_eq!(radius.connections[0].name, "Service 37", "in the order in which they began to fail");
        assert_eq!(radius.down_hosts().count(), 1);
    }

    #[test]
    fn where_all_fail_stands_before_where_more_do() {
        let of_host = |host: &'static str, failing: u32, well: u32| (0..failing + well).map(move |index| on(host, index, index < failing));
        let neighbours = of_host("busy.example", 5, 20).chain(of_host("down.example", 2, 0)).collect();
        let radius = BlastRadius::of(window(), neighbours, Vec::new(), Vec::new(), Vec::new());
        assert_eq!(
            radius.hosts.iter().map(|host| (host.name.as_str(), host.failing, host.of)).collect::<Vec<_>>(),
            [("down.example", 2, 2), ("busy.example", 5, 25)]
        );
    }

    #[test]
    fn what_nobody_tries_says_nothing_of_its_host() {
        let neighbours = [Some(HealthStatus::Suspended), None].map(|status| Neighbour { status, ..on("a.example", 9, false) });
        let neighbours = neighbours.into_iter().chain([on("a.example", 0, true), on("a.example", 1, true)]).collect();
        let radius = BlastRadius::of(window(), neighbours, Vec::new(), Vec::new(), Vec::new());
        assert_eq!(radius.hosts, [Share { name: "a.example".to_owned(), failing: 2, of: 2 }]);
    }

    #[test]
    fn a_connection_that_leads_to_one_host_twice_counts_once() {
        let twice = Neighbour { hosts: vec!["a.example".to_owned(); 2], ..on("", 0, true) };
        let radius = BlastRadius::of(window(), vec![twice], Vec::new(), Vec::new(), Vec::new());
        assert_eq!(radius.hosts, [Share { name: "a.example".to_owned(), failing: 1, of: 1 }]);
        assert_eq!(radius.down_hosts().count(), 0, "one alone says nothing of its host");
    }

    #[test]
    fn an_incident_that_is_over_is_looked_at_up_to_its_end() {
        let now = Timestamp::from_millis(NOW);
        let mut incident = Incident::new(now, String::new(), CorrelationId::mint());
        incident.resolved_at = Some(Timestamp::from_millis(NOW + 1_000));
        let IncidentWindow { since, until, changed_since } = IncidentWindow::of(&incident, Timestamp::from_millis(NOW + 9_000));
        assert_eq!((now.seconds_since(since), until.as_millis() - NOW, now.seconds_since(changed_since)), (300, 1_000, 3_600));
    }
}
