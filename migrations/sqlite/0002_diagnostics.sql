create table diagnostic_test_runs (
    id blob primary key,
    team_id blob not null references teams (id),
    status text not null check (status in ('queued', 'running', 'passed', 'failed', 'interrupted')),
    verdict text check (verdict in ('pass', 'block')),
    requested_by text not null,
    environment text check (environment in ('development', 'staging', 'production')),
    release text,
    connection_ids text not null,
    scenarios text,
    planned integer not null,
    requested_at text not null,
    started_at text,
    finished_at text,
    note text,
    evidence_lost text,
    correlation_id text not null,
    -- The process that works on it was alive then.
    seen_at text not null,
    check ((verdict is null) = (status in ('queued', 'running'))),
    check (verdict is null or (verdict = 'pass') = (status = 'passed'))
) strict;

create index diagnostic_test_runs_latest on diagnostic_test_runs (team_id, requested_at, id);
create index diagnostic_test_runs_unfinished on diagnostic_test_runs (seen_at) where verdict is null;

create table diagnostic_results (
    team_id blob not null references teams (id),
    run_id blob not null references diagnostic_test_runs (id),
    connection_id blob not null references service_connection_profiles (id),
    scenario text not null,
    -- Place among the connections of the run, and among the scenarios of the connection.
    connection_position integer not null,
    scenario_position integer not null,
    connection_name text not null,
    title text not null,
    outcome text not null check (outcome in ('passed', 'warned', 'failed', 'skipped')),
    blocking integer not null,
    latency_ms real not null,
    found text not null,
    why text not null,
    remediation text not null,
    correlation_id text not null,
    finished_at text not null,
    primary key (run_id, connection_id, scenario)
) strict;

create index diagnostic_results_of_connection on diagnostic_results (connection_id, scenario, finished_at);
create index diagnostic_results_correlation on diagnostic_results (correlation_id);

create table evidence (
    -- Also names the object in the evidence store.
    id blob primary key,
    team_id blob not null references teams (id),
    run_id blob not null references diagnostic_test_runs (id),
    connection_id blob not null references service_connection_profiles (id),
    scenario text not null,
    name text not null,
    media_type text not null,
    sha256 text not null,
    bytes integer not null,
    created_at text not null
) strict;

create index evidence_of_run on evidence (run_id);
create index evidence_by_age on evidence (created_at);

-- A chain for each team: each manifest names the SHA-256 of the one before it.
create table evidence_manifests (
    run_id blob primary key references diagnostic_test_runs (id),
    team_id blob not null references teams (id),
    sequence integer not null,
    sha256 text not null,
    -- The files of the pack, byte for byte.
    manifest text not null,
    run text not null,
    created_at text not null,
    unique (team_id, sequence)
) strict;

create table notifications (
    id blob primary key,
    team_id blob not null references teams (id),
    severity text not null check (severity in ('info', 'warning', 'error', 'critical')),
    title text not null,
    body text not null,
    run_id blob references diagnostic_test_runs (id),
    created_at text not null,
    read_at text
) strict;

create index notifications_latest on notifications (team_id, created_at, id);
create index notifications_unread on notifications (team_id, created_at, id) where read_at is null;
