-- How far an incident has come and by whom, who has it, and which other it belongs to. A person may declare one.
alter table incidents add column assessed_at text;
alter table incidents add column assessed_by text;
alter table incidents add column mitigated_at text;
alter table incidents add column mitigated_by text;
alter table incidents add column resolved_by text;
-- When a person declared the post-mortem to be complete.
alter table incidents add column post_mortem_at text;
alter table incidents add column post_mortem_by text;
-- As it was when the incident ended: absent where none is asked for.
alter table incidents add column post_mortem_due_at text;
alter table incidents add column post_mortem_reminded_at text;
alter table incidents add column post_mortem_late_at text;
-- Absent for those that the console opened.
alter table incidents add column declared_by text;
alter table incidents add column declared_in text check (declared_in in ('development', 'staging', 'production'));
alter table incidents add column assignee text;
alter table incidents add column merged_into blob references incidents (id);
alter table incidents add column version integer not null default 1;
-- Absent where nothing has changed since there is this column.
alter table incidents add column updated_at text;

-- What heartbeats open is one at a time; what people declare is not.
drop index incidents_unresolved;
create unique index incidents_unresolved on incidents (connection_id)
    where status <> 'resolved' and connection_id is not null and declared_by is null;
drop index incidents_unresolved_of_console;
create unique index incidents_unresolved_of_console on incidents (team_id)
    where status <> 'resolved' and connection_id is null and declared_by is null;

create index incidents_updated on incidents (updated_at);
create index incidents_merged on incidents (merged_into) where merged_into is not null;
create index incidents_post_mortem_due on incidents (post_mortem_due_at) where post_mortem_due_at is not null and post_mortem_at is null;

-- Its kinds are those of the program.
create table incident_timeline_as_it_is (
    id blob primary key,
    team_id blob not null references teams (id),
    incident_id blob not null references incidents (id),
    at text not null,
    kind text not null,
    text text not null,
    by text
) strict;
insert into incident_timeline_as_it_is (id, team_id, incident_id, at, kind, text, by)
    select id, team_id, incident_id, at, kind, text, by from incident_timeline;
drop table incident_timeline;
alter table incident_timeline_as_it_is rename to incident_timeline;
create index incident_timeline_of_incident on incident_timeline (incident_id, at);

-- What changed shortly before, whichever connection it was.
create index connection_changes_of_team on connection_changes (team_id, at);

create table post_mortems (
    incident_id blob primary key references incidents (id),
    team_id blob not null references teams (id),
    version integer not null,
    impact text not null,
    detection text not null,
    response text not null,
    root_cause text not null,
    updated_by text not null,
    updated_at text not null
) strict;

-- What was decided to be done so that it does not happen again.
create table action_items (
    id blob primary key,
    team_id blob not null references teams (id),
    incident_id blob not null references incidents (id),
    version integer not null,
    text text not null,
    owner text,
    due_on text,
    created_by text not null,
    created_at text not null,
    done_by text,
    done_at text
) strict;

create index action_items_of_incident on action_items (incident_id);
create index action_items_of_team on action_items (team_id, done_at, due_on, id);

-- What a person looked at on a day, and signed. One of a team and day.
create table daily_checklists (
    team_id blob not null references teams (id),
    day text not null,
    -- Each line as it was then.
    lines text not null,
    note text not null,
    signed_by text not null,
    signed_at text not null,
    primary key (team_id, day)
) strict;

create index daily_checklists_by_age on daily_checklists (signed_at);

-- Each time that one of the maintenance tasks of the program was done.
create table maintenance_tasks (
    id blob primary key,
    team_id blob not null references teams (id),
    task text not null,
    note text not null,
    done_by text not null,
    done_at text not null
) strict;

create index maintenance_tasks_latest on maintenance_tasks (team_id, task, done_at);
create index maintenance_tasks_by_age on maintenance_tasks (done_at);
