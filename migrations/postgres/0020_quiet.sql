-- What fails together is told together, and what is expected is not told at all.
select set_config('search_path', quote_ident(current_schema()), true);

alter table incidents
    -- The incident that began the group it belongs to: itself where it is alone. No foreign key, for that one may go before.
    add column group_id uuid,
    -- Its cause without what names a place or a number.
    add column likeness text,
    -- Why nothing is told of it for now.
    add column held_back text check (held_back in ('dependency', 'maintenance', 'silence')),
    -- The incident of what its connection depends on. No foreign key either.
    add column follows_id uuid,
    -- When it was told that it began.
    add column told_at timestamptz;
create index incidents_of_group on incidents (group_id);

alter table deliveries
    add column group_id uuid,
    -- From here on no further incident joins it.
    add column sealed_at timestamptz,
    -- How many of its group were not over then.
    add column still_down bigint;
create index deliveries_of_group on deliveries (group_id, channel_id);

-- The incidents that a message is about, each as it was then.
create table delivery_incidents (
    delivery_id uuid not null references deliveries (id) on delete cascade,
    incident_id uuid not null references incidents (id),
    team_id uuid not null references teams (id),
    severity text not null,
    summary text not null,
    connection_name text,
    environment text,
    opened_at timestamptz not null,
    primary key (delivery_id, incident_id)
);
create index delivery_incidents_of_incident on delivery_incidents (incident_id);

-- Failures that somebody knows of: until it ends, nothing is told of what it names.
create table silences (
    id uuid primary key,
    team_id uuid not null references teams (id),
    connection_id uuid references service_connection_profiles (id),
    tag text,
    environment text,
    reason text not null,
    created_by text not null,
    created_at timestamptz not null,
    ends_at timestamptz not null,
    check (connection_id is not null or tag is not null or environment is not null)
);
create index silences_by_end on silences (ends_at);

-- Connections without which it cannot be well.
alter table service_connection_profiles add column depends_on jsonb not null default '[]';

alter table maintenance_windows
    add column tag text,
    add column environment text,
    add column rrule text,
    add column time_zone text,
    add column duration_minutes integer,
    -- Whether it comes again after the occurrence below.
    add column recurs boolean not null default false,
    -- The occurrence that is on, or the next one.
    add column opens_at timestamptz,
    add column closes_at timestamptz;
create index maintenance_windows_by_close on maintenance_windows (closes_at);

alter table delivery_incidents enable row level security, force row level security;
create policy of_team on delivery_incidents to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on delivery_incidents to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert on delivery_incidents to switchboard_team;
grant select, insert on delivery_incidents to switchboard_spanning;

alter table silences enable row level security, force row level security;
create policy of_team on silences to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on silences to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update on silences to switchboard_team;
grant select, delete on silences to switchboard_spanning;

-- The next occurrence of a window is found across teams.
grant update on maintenance_windows to switchboard_spanning;

set local role switchboard_spanning;
update incidents set group_id = id, told_at = opened_at;
update deliveries set group_id = incident_id, sealed_at = created_at, still_down = 0;
insert into delivery_incidents (delivery_id, incident_id, team_id, severity, summary, connection_name, environment, opened_at)
    select id, incident_id, team_id, coalesce(severity, 'p4'), summary, connection_name, environment, opened_at from deliveries where incident_id is not null;
update maintenance_windows set opens_at = starts_at, closes_at = ends_at;
reset role;
