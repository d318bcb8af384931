create table teams (
    id blob primary key,
    slug text not null unique,
    name text not null,
    created_at text not null
) strict;

create table operators (
    id blob primary key,
    email text not null unique,
    password_hash text not null,
    -- Sessions begun before this moment are dead.
    sessions_valid_from text not null,
    created_at text not null
) strict;

create table memberships (
    team_id blob not null references teams (id),
    operator_id blob not null references operators (id),
    role text not null check (role in ('viewer', 'operator', 'admin')),
    primary key (team_id, operator_id)
) strict, without rowid;

create table sessions (
    -- SHA-256 of the cookie's value.
    id blob primary key,
    data text not null,
    expires_at text not null
) strict, without rowid;

create index sessions_by_expiry on sessions (expires_at);

create table setup_links (
    -- SHA-256 of the token in the link.
    token_hash blob primary key,
    expires_at text not null
) strict, without rowid;

create table api_tokens (
    id blob primary key,
    team_id blob not null references teams (id),
    name text not null,
    prefix text not null,
    -- SHA-256 of the whole token.
    token_hash blob not null unique,
    role text not null check (role in ('viewer', 'operator', 'admin')),
    created_at text not null,
    last_used_at text
) strict;

create unique index api_tokens_name on api_tokens (team_id, lower(name));

create table service_connection_profiles (
    id blob primary key,
    team_id blob not null references teams (id),
    name text not null,
    kind text not null,
    environment text not null check (environment in ('development', 'staging', 'production')),
    state text not null check (state in ('draft', 'verified', 'active', 'suspended', 'archived')),
    version integer not null,
    settings text not null,
    -- Sealed; bound to id, credential_origin and credential_version.
    credential blob,
    credential_origin text not null,
    credential_version integer not null,
    heartbeat text not null,
    tags text not null,
    owner text,
    runbook_url text,
    last_verified_at text,
    verified_version integer,
    created_at text not null,
    updated_at text not null
) strict;

create unique index service_connection_profiles_name
    on service_connection_profiles (team_id, environment, lower(name)) where state <> 'archived';
create index service_connection_profiles_updated on service_connection_profiles (team_id, updated_at, id);

create table connection_verifications (
    id blob primary key,
    team_id blob not null references teams (id),
    connection_id blob not null references service_connection_profiles (id),
    profile_version integer not null,
    outcome text not null check (outcome in ('running', 'passed', 'failed', 'interrupted')),
    started_at text not null,
    finished_at text,
    correlation_id text not null,
    requested_by text not null,
    steps text not null
) strict;

create index connection_verifications_latest on connection_verifications (connection_id, started_at);
create unique index connection_verifications_running on connection_verifications (connection_id) where outcome = 'running';

create table connection_changes (
    id blob primary key,
    team_id blob not null references teams (id),
    connection_id blob not null references service_connection_profiles (id),
    at text not null,
    act text not null,
    actor text not null,
    version integer not null
) strict;

create index connection_changes_latest on connection_changes (connection_id, at);

create table error_events (
    id blob primary key,
    team_id blob references teams (id),
    correlation_id text not null,
    code text not null,
    user_message text not null,
    message text not null,
    severity text not null check (severity in ('info', 'warning', 'error', 'critical')),
    service text not null,
    environment text,
    operation text not null,
    actor text,
    connection_id blob references service_connection_profiles (id),
    context text not null,
    trace_id text,
    occurred_at text not null
) strict;

create index error_events_correlation on error_events (correlation_id);
create index error_events_latest on error_events (team_id, occurred_at, id);

create table idempotency_keys (
    team_id blob not null references teams (id),
    key text not null,
    -- SHA-256 of method, path and body.
    request_hash blob not null,
    created_at text not null,
    -- Absent while the first request is still being answered.
    status integer,
    headers text,
    body blob,
    primary key (team_id, key)
) strict, without rowid;
