-- Teams and connections by a small number, for the tables with many rows.
create table team_keys (
    key integer primary key,
    team_id blob not null unique references teams (id)
) strict;

-- Slots are whole seconds since 1970.
create table connection_schedules (
    key integer primary key,
    connection_id blob not null unique references service_connection_profiles (id),
    team_id blob not null references teams (id),
    team_key integer not null references team_keys (key),
    is_active integer not null,
    interval_seconds integer not null,
    -- From here on, every slot before next_slot has its row, one each interval.
    begins_at integer not null,
    next_slot integer not null,
    -- The node that works on next_slot, and how often the slot has changed hands: a result under an older number is refused.
    node_id blob,
    token integer not null,
    -- Hours and days before these are rolled up.
    hours_until integer not null,
    days_until integer not null,
    refreshed_at integer not null
) strict;

create index connection_schedules_due on connection_schedules (next_slot) where is_active;

-- Running schedulers. Their claims hold until then, in milliseconds of the database's clock.
create table heartbeat_nodes (
    id blob primary key,
    alive_until integer not null
) strict, without rowid;

-- No foreign key: schedules are never deleted, and the check would cost more than the row.
create table service_connection_heartbeats (
    connection_key integer not null,
    slot integer not null,
    team_key integer not null,
    outcome integer not null,
    reason integer,
    -- Tenths of a millisecond.
    latency integer,
    primary key (connection_key, slot)
) strict, without rowid;

create table heartbeat_hours (
    connection_key integer not null,
    slot integer not null,
    team_key integer not null,
    passed integer not null,
    failed integer not null,
    maintenance integer not null,
    missed integer not null,
    -- Tenths of a millisecond, over what was tried.
    latency_sum integer not null,
    latency_min integer,
    latency_max integer,
    -- DDSketch of the latencies.
    sketch blob,
    primary key (connection_key, slot)
) strict, without rowid;

create table heartbeat_days (
    connection_key integer not null,
    slot integer not null,
    team_key integer not null,
    passed integer not null,
    failed integer not null,
    maintenance integer not null,
    missed integer not null,
    latency_sum integer not null,
    latency_min integer,
    latency_max integer,
    sketch blob,
    primary key (connection_key, slot)
) strict, without rowid;

create table incidents (
    id blob primary key,
    team_id blob not null references teams (id),
    -- Absent when it is about the console itself.
    connection_id blob references service_connection_profiles (id),
    severity text not null check (severity in ('p1', 'p2', 'p3', 'p4')),
    status text not null check (status in ('open', 'acknowledged', 'resolved')),
    opened_at text not null,
    first_failed_at text not null,
    acknowledged_at text,
    acknowledged_by text,
    resolved_at text,
    summary text not null,
    correlation_id text not null,
    check ((status = 'resolved') = (resolved_at is not null))
) strict;

create index incidents_latest on incidents (team_id, opened_at, id);
create index incidents_of_connection on incidents (connection_id, opened_at);
create index incidents_correlation on incidents (correlation_id);
create unique index incidents_unresolved on incidents (connection_id) where status <> 'resolved' and connection_id is not null;
create unique index incidents_unresolved_of_console on incidents (team_id) where status <> 'resolved' and connection_id is null;

create table incident_timeline (
    id blob primary key,
    team_id blob not null references teams (id),
    incident_id blob not null references incidents (id),
    at text not null,
    kind text not null check (kind in ('opened', 'acknowledged', 'note', 'recovered', 'resolved')),
    text text not null,
    by text
) strict;

create index incident_timeline_of_incident on incident_timeline (incident_id, at);

create table service_health_snapshots (
    connection_key integer primary key references connection_schedules (key),
    connection_id blob not null unique references service_connection_profiles (id),
    team_id blob not null references teams (id),
    status text not null check (status in ('healthy', 'degraded', 'incident', 'unknown', 'maintenance')),
    consecutive_failures integer not null,
    consecutive_passes integer not null,
    recent integer not null,
    recent_count integer not null,
    first_failed integer,
    last_slot integer,
    last_latency integer,
    last_failure text,
    open_incident_id blob references incidents (id),
    -- Of the last 24 whole hours and the current one.
    passed_24h integer not null,
    failed_24h integer not null,
    p95_latency integer
) strict;

create index service_health_snapshots_of_team on service_health_snapshots (team_id);

create table maintenance_windows (
    id blob primary key,
    team_id blob not null references teams (id),
    -- Absent: every connection of the team.
    connection_id blob references service_connection_profiles (id),
    starts_at text not null,
    ends_at text not null,
    reason text not null,
    created_by text not null,
    created_at text not null,
    check (ends_at > starts_at)
) strict;

create index maintenance_windows_by_end on maintenance_windows (ends_at);

alter table notifications add column incident_id blob references incidents (id);

insert into team_keys (team_id) select id from teams;
insert into connection_schedules
    (connection_id, team_id, team_key, is_active, interval_seconds, begins_at, next_slot, token, hours_until, days_until, refreshed_at)
    select p.id, p.team_id, t.key, p.state = 'active', p.heartbeat ->> 'interval_seconds', unixepoch(), unixepoch(), 0,
        unixepoch() / 3600 * 3600, unixepoch() / 86400 * 86400, 0
    from service_connection_profiles p join team_keys t on t.team_id = p.team_id where p.state in ('active', 'suspended');
insert into service_health_snapshots
    (connection_key, connection_id, team_id, status, consecutive_failures, consecutive_passes, recent, recent_count, passed_24h, failed_24h)
    select key, connection_id, team_id, 'unknown', 0, 0, 0, 0, 0, 0 from connection_schedules;
