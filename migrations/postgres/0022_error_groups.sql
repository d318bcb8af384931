-- Errors that went wrong in the same way, counted as each is recorded. Those recorded before belong to no group, and age away.
create table error_groups (
    id uuid primary key,
    -- Absent when nobody was signed in.
    team_id uuid references teams (id),
    -- SHA-256 of what they have in common.
    fingerprint bytea not null unique,
    code text not null,
    service text not null,
    connection_id uuid references service_connection_profiles (id),
    place text not null,
    severity text not null check (severity in ('info', 'warning', 'error', 'critical')),
    message text not null,
    correlation_id text not null,
    -- Code, place and message, folded.
    search_key text collate "C" not null,
    count bigint not null,
    first_seen timestamptz not null,
    last_seen timestamptz not null,
    status text not null check (status in ('open', 'resolved')),
    resolved_at timestamptz,
    resolved_by text,
    note text,
    reopened bigint not null default 0
);

create index error_groups_latest on error_groups (team_id, last_seen, id);
create index error_groups_by_age on error_groups (last_seen);

create table error_group_hours (
    group_id uuid not null references error_groups (id) on delete cascade,
    team_id uuid references teams (id),
    hour timestamptz not null,
    count bigint not null,
    primary key (group_id, hour)
);

create index error_group_hours_of_team on error_group_hours (team_id, hour);
create index error_group_hours_by_age on error_group_hours (hour);

alter table error_events add column group_id uuid references error_groups (id);
-- What the server's log said under the same ID: a JSON array.
alter table error_events add column log_lines jsonb not null default '[]';
create index error_events_of_group on error_events (group_id, occurred_at, id);

-- All that goes under a correlation ID is found by it.
create index connection_verifications_correlation on connection_verifications (correlation_id);
create index diagnostic_test_runs_correlation on diagnostic_test_runs (correlation_id);
create index audit_entries_correlation on audit_entries (correlation_id);

-- How often what was tried succeeded is counted over a span of time.
create index connection_verifications_of_team on connection_verifications (team_id, started_at);
create index diagnostic_results_of_team on diagnostic_results (team_id, finished_at);

alter table error_groups enable row level security, force row level security;
create policy of_team on error_groups to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
-- As the errors themselves: what went wrong while nobody was signed in is shown to every team.
create policy of_nobody on error_groups for select to switchboard_team
    using (team_id is null and nullif(current_setting('switchboard.team', true), '') is not null);
create policy spanning on error_groups to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update on error_groups to switchboard_team;
grant select, insert, update, delete on error_groups to switchboard_spanning;

alter table error_group_hours enable row level security, force row level security;
create policy of_team on error_group_hours to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy of_nobody on error_group_hours for select to switchboard_team
    using (team_id is null and nullif(current_setting('switchboard.team', true), '') is not null);
create policy spanning on error_group_hours to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update on error_group_hours to switchboard_team;
grant select, insert, update, delete on error_group_hours to switchboard_spanning;
