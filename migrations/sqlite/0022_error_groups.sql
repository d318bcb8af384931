-- Errors that went wrong in the same way, counted as each is recorded. Those recorded before belong to no group, and age away.
create table error_groups (
    id blob primary key,
    -- Absent when nobody was signed in.
    team_id blob references teams (id),
    -- SHA-256 of what they have in common.
    fingerprint blob not null unique,
    code text not null,
    service text not null,
    connection_id blob references service_connection_profiles (id),
    place text not null,
    severity text not null check (severity in ('info', 'warning', 'error', 'critical')),
    message text not null,
    correlation_id text not null,
    -- Code, place and message, folded.
    search_key text not null,
    count integer not null,
    first_seen text not null,
    last_seen text not null,
    status text not null check (status in ('open', 'resolved')),
    resolved_at text,
    resolved_by text,
    note text,
    reopened integer not null default 0
) strict;

create index error_groups_latest on error_groups (team_id, last_seen, id);
create index error_groups_by_age on error_groups (last_seen);

create table error_group_hours (
    group_id blob not null references error_groups (id) on delete cascade,
    team_id blob references teams (id),
    hour text not null,
    count integer not null,
    primary key (group_id, hour)
) strict, without rowid;

create index error_group_hours_of_team on error_group_hours (team_id, hour);
create index error_group_hours_by_age on error_group_hours (hour);

alter table error_events add column group_id blob references error_groups (id);
-- What the server's log said under the same ID: a JSON array.
alter table error_events add column log_lines text not null default '[]';
create index error_events_of_group on error_events (group_id, occurred_at, id);

-- All that goes under a correlation ID is found by it.
create index connection_verifications_correlation on connection_verifications (correlation_id);
create index diagnostic_test_runs_correlation on diagnostic_test_runs (correlation_id);
create index audit_entries_correlation on audit_entries (correlation_id);

-- How often what was tried succeeded is counted over a span of time.
create index connection_verifications_of_team on connection_verifications (team_id, started_at);
create index diagnostic_results_of_team on diagnostic_results (team_id, finished_at);
