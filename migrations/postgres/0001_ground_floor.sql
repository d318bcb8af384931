create table teams (
    id uuid primary key,
    slug text not null unique,
    name text not null,
    created_at timestamptz not null
);

create table operators (
    id uuid primary key,
    email text not null unique,
    password_hash text not null,
    -- Sessions begun before this moment are dead.
    sessions_valid_from timestamptz not null,
    created_at timestamptz not null
);

create table memberships (
    team_id uuid not null references teams (id),
    operator_id uuid not null references operators (id),
    role text not null check (role in ('viewer', 'operator', 'admin')),
    primary key (team_id, operator_id)
);

create table sessions (
    -- SHA-256 of the cookie's value.
    id bytea primary key,
    data jsonb not null,
    expires_at timestamptz not null
);

create index sessions_by_expiry on sessions (expires_at);

create table setup_links (
    -- SHA-256 of the token in the link.
    token_hash bytea primary key,
    expires_at timestamptz not null
);

create table api_tokens (
    id uuid primary key,
    team_id uuid not null references teams (id),
    name text not null,
    prefix text not null,
    -- SHA-256 of the whole token.
    token_hash bytea not null unique,
    role text not null check (role in ('viewer', 'operator', 'admin')),
    created_at timestamptz not null,
    last_used_at timestamptz
);

create unique index api_tokens_name on api_tokens (team_id, lower(name));

create table service_connection_profiles (
    id uuid primary key,
    team_id uuid not null references teams (id),
    name text not null,
    kind text not null,
    environment text not null check (environment in ('development', 'staging', 'production')),
    state text not null check (state in ('draft', 'verified', 'active', 'suspended', 'archived')),
    version bigint not null,
    settings jsonb not null,
    -- Sealed; bound to id, credential_origin and credential_version.
    credential bytea,
    credential_origin text not null,
    credential_version bigint not null,
    heartbeat jsonb not null,
    tags jsonb not null,
    owner text,
    runbook_url text,
    last_verified_at timestamptz,
    verified_version bigint,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create unique index service_connection_profiles_name
    on service_connection_profiles (team_id, environment, lower(name)) where state <> 'archived';
create index service_connection_profiles_updated on service_connection_profiles (team_id, updated_at, id);

create table connection_verifications (
    id uuid primary key,
    team_id uuid not null references teams (id),
    connection_id uuid not null references service_connection_profiles (id),
    profile_version bigint not null,
    outcome text not null check (outcome in ('running', 'passed', 'failed', 'interrupted')),
    started_at timestamptz not null,
    finished_at timestamptz,
    correlation_id text not null,
    requested_by text not null,
    steps jsonb not null
);

create index connection_verifications_latest on connection_verifications (connection_id, started_at);
create unique index connection_verifications_running on connection_verifications (connection_id) where outcome = 'running';

create table connection_changes (
    id uuid primary key,
    team_id uuid not null references teams (id),
    connection_id uuid not null references service_connection_profiles (id),
    at timestamptz not null,
    act text not null,
    actor text not null,
    version bigint not null
);

create index connection_changes_latest on connection_changes (connection_id, at);

create table error_events (
    id uuid primary key,
    team_id uuid references teams (id),
    correlation_id text not null,
    code text not null,
    user_message text not null,
    message text not null,
    severity text not null check (severity in ('info', 'warning', 'error', 'critical')),
    service text not null,
    environment text,
    operation text not null,
    actor text,
    connection_id uuid references service_connection_profiles (id),
    context jsonb not null,
    trace_id text,
    occurred_at timestamptz not null
);

create index error_events_correlation on error_events (correlation_id);
create index error_events_latest on error_events (team_id, occurred_at, id);

create table idempotency_keys (
    team_id uuid not null references teams (id),
    key text not null,
    -- SHA-256 of method, path and body.
    request_hash bytea not null,
    created_at timestamptz not null,
    -- Absent while the first request is still being answered.
    status integer,
    headers jsonb,
    body bytea,
    primary key (team_id, key)
);
