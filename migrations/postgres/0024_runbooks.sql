-- Procedures of a team, with all that they were before.
create table runbooks (
    id uuid primary key,
    team_id uuid not null references teams (id),
    name text not null,
    name_key text collate "C" not null,
    version bigint not null,
    yaml text not null,
    -- The same, as it was read.
    document jsonb not null,
    updated_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create unique index runbooks_name on runbooks (team_id, name_key);

create table runbook_versions (
    runbook_id uuid not null references runbooks (id),
    version bigint not null,
    team_id uuid not null references teams (id),
    yaml text not null,
    by text not null,
    at timestamptz not null,
    primary key (runbook_id, version)
);

-- One time that a runbook was carried out. It outlives its runbook, which may come with the console, and its incident.
create table runbook_executions (
    id uuid primary key,
    team_id uuid not null references teams (id),
    runbook_id uuid not null,
    runbook_version bigint not null,
    name text not null,
    description text not null,
    incident_id uuid,
    connection_id uuid references service_connection_profiles (id),
    status text not null check (status in ('running', 'waiting', 'done', 'signed_off', 'cancelled')),
    started_by text not null,
    -- Who that is; absent for the command line.
    starter uuid,
    started_at timestamptz not null,
    signed_off_by text,
    ended_at timestamptz,
    changed_at timestamptz not null,
    -- When the console goes on with it.
    next_at timestamptz check ((next_at is not null) = (status = 'running')),
    -- The node that is at it, and how often it has changed hands: what is noted under an older number is refused.
    node_id uuid,
    token bigint not null default 0,
    -- The files of its pack, byte for byte, once it is signed off.
    manifest text,
    record text
);

create index runbook_executions_due on runbook_executions (next_at) where status = 'running';
create index runbook_executions_latest on runbook_executions (team_id, started_at, id);
create index runbook_executions_of_incident on runbook_executions (incident_id);
create index runbook_executions_changed on runbook_executions (changed_at);
create index runbook_executions_by_age on runbook_executions (ended_at);

create table execution_steps (
    execution_id uuid not null references runbook_executions (id),
    n integer not null,
    team_id uuid not null references teams (id),
    -- As it was copied, its placeholders filled in.
    step jsonb not null,
    outcome text not null check (outcome in ('pending', 'running', 'done', 'skipped', 'failed')),
    by text,
    begun_at timestamptz,
    at timestamptz,
    note text,
    found text,
    correlation_id text,
    -- The diagnostic run that it was; its own retention may have removed it.
    run_id uuid,
    primary key (execution_id, n)
);

-- Which cause it was opened for, by which runbooks are offered.
alter table incidents add column cause text;

alter table runbooks enable row level security, force row level security;
create policy of_team on runbooks to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on runbooks to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update, delete on runbooks to switchboard_team;
grant select on runbooks to switchboard_spanning;

alter table runbook_versions enable row level security, force row level security;
create policy of_team on runbook_versions to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on runbook_versions to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, delete on runbook_versions to switchboard_team;
grant select on runbook_versions to switchboard_spanning;

alter table runbook_executions enable row level security, force row level security;
create policy of_team on runbook_executions to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on runbook_executions to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update on runbook_executions to switchboard_team;
grant select, update, delete on runbook_executions to switchboard_spanning;

alter table execution_steps enable row level security, force row level security;
create policy of_team on execution_steps to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on execution_steps to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update on execution_steps to switchboard_team;
grant select, delete on execution_steps to switchboard_spanning;
