-- What fails together is told together, and what is expected is not told at all.

-- The incident that began the group it belongs to: itself where it is alone. No foreign key, for that one may go before.
alter table incidents add column group_id blob;
-- Its cause without what names a place or a number.
alter table incidents add column likeness text;
-- Why nothing is told of it for now.
alter table incidents add column held_back text check (held_back in ('dependency', 'maintenance', 'silence'));
-- The incident of what its connection depends on. No foreign key either.
alter table incidents add column follows_id blob;
-- When it was told that it began.
alter table incidents add column told_at text;
create index incidents_of_group on incidents (group_id);

alter table deliveries add column group_id blob;
-- From here on no further incident joins it.
alter table deliveries add column sealed_at text;
-- How many of its group were not over then.
alter table deliveries add column still_down integer;
create index deliveries_of_group on deliveries (group_id, channel_id);

-- The incidents that a message is about, each as it was then.
create table delivery_incidents (
    delivery_id blob not null references deliveries (id) on delete cascade,
    incident_id blob not null references incidents (id),
    team_id blob not null references teams (id),
    severity text not null,
    summary text not null,
    connection_name text,
    environment text,
    opened_at text not null,
    primary key (delivery_id, incident_id)
) strict, without rowid;
create index delivery_incidents_of_incident on delivery_incidents (incident_id);

-- Failures that somebody knows of: until it ends, nothing is told of what it names.
create table silences (
    id blob primary key,
    team_id blob not null references teams (id),
    connection_id blob references service_connection_profiles (id),
    tag text,
    environment text,
    reason text not null,
    created_by text not null,
    created_at text not null,
    ends_at text not null,
    check (connection_id is not null or tag is not null or environment is not null)
) strict;
create index silences_by_end on silences (ends_at);

-- Connections without which it cannot be well.
alter table service_connection_profiles add column depends_on text not null default '[]';

alter table maintenance_windows add column tag text;
alter table maintenance_windows add column environment text;
alter table maintenance_windows add column rrule text;
alter table maintenance_windows add column time_zone text;
alter table maintenance_windows add column duration_minutes integer;
-- Whether it comes again after the occurrence below.
alter table maintenance_windows add column recurs integer not null default 0;
-- The occurrence that is on, or the next one.
alter table maintenance_windows add column opens_at text;
alter table maintenance_windows add column closes_at text;
create index maintenance_windows_by_close on maintenance_windows (closes_at);

update incidents set group_id = id, told_at = opened_at;
update deliveries set group_id = incident_id, sealed_at = created_at, still_down = 0;
insert into delivery_incidents (delivery_id, incident_id, team_id, severity, summary, connection_name, environment, opened_at)
    select id, incident_id, team_id, coalesce(severity, 'p4'), summary, connection_name, environment, opened_at from deliveries where incident_id is not null;
update maintenance_windows set opens_at = starts_at, closes_at = ends_at;
