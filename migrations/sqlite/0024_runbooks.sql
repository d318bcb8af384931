-- Procedures of a team, with all that they were before.
create table runbooks (
    id blob primary key,
    team_id blob not null references teams (id),
    name text not null,
    name_key text not null,
    version integer not null,
    yaml text not null,
    -- The same, as it was read.
    document text not null,
    updated_by text not null,
    created_at text not null,
    updated_at text not null
) strict;

create unique index runbooks_name on runbooks (team_id, name_key);

create table runbook_versions (
    runbook_id blob not null references runbooks (id),
    version integer not null,
    team_id blob not null references teams (id),
    yaml text not null,
    by text not null,
    at text not null,
    primary key (runbook_id, version)
) strict;

-- One time that a runbook was carried out. It outlives its runbook, which may come with the console, and its incident.
create table runbook_executions (
    id blob primary key,
    team_id blob not null references teams (id),
    runbook_id blob not null,
    runbook_version integer not null,
    name text not null,
    description text not null,
    incident_id blob,
    connection_id blob references service_connection_profiles (id),
    status text not null check (status in ('running', 'waiting', 'done', 'signed_off', 'cancelled')),
    started_by text not null,
    -- Who that is; absent for the command line.
    starter blob,
    started_at text not null,
    signed_off_by text,
    ended_at text,
    changed_at text not null,
    -- When the console goes on with it.
    next_at text check ((next_at is not null) = (status = 'running')),
    -- The node that is at it, and how often it has changed hands: what is noted under an older number is refused.
    node_id blob,
    token integer not null default 0,
    -- The files of its pack, byte for byte, once it is signed off.
    manifest text,
    record text
) strict;

create index runbook_executions_due on runbook_executions (next_at) where status = 'running';
create index runbook_executions_latest on runbook_executions (team_id, started_at, id);
create index runbook_executions_of_incident on runbook_executions (incident_id);
create index runbook_executions_changed on runbook_executions (changed_at);
create index runbook_executions_by_age on runbook_executions (ended_at);

create table execution_steps (
    execution_id blob not null references runbook_executions (id),
    n integer not null,
    team_id blob not null references teams (id),
    -- As it was copied, its placeholders filled in.
    step text not null,
    outcome text not null check (outcome in ('pending', 'running', 'done', 'skipped', 'failed')),
    by text,
    begun_at text,
    at text,
    note text,
    found text,
    correlation_id text,
    -- The diagnostic run that it was; its own retention may have removed it.
    run_id blob,
    primary key (execution_id, n)
) strict;

-- Which cause it was opened for, by which runbooks are offered.
alter table incidents add column cause text;
