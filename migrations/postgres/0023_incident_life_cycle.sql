-- How far an incident has come and by whom, who has it, and which other it belongs to. A person may declare one.
alter table incidents
    add column assessed_at timestamptz,
    add column assessed_by text,
    add column mitigated_at timestamptz,
    add column mitigated_by text,
    add column resolved_by text,
    -- When a person declared the post-mortem to be complete.
    add column post_mortem_at timestamptz,
    add column post_mortem_by text,
    -- As it was when the incident ended: absent where none is asked for.
    add column post_mortem_due_at timestamptz,
    add column post_mortem_reminded_at timestamptz,
    add column post_mortem_late_at timestamptz,
    -- Absent for those that the console opened.
    add column declared_by text,
    add column declared_in text check (declared_in in ('development', 'staging', 'production')),
    add column assignee text,
    add column merged_into uuid references incidents (id),
    add column version bigint not null default 1,
    -- Absent where nothing has changed since there is this column.
    add column updated_at timestamptz;

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
grant insert on incidents to switchboard_team;

-- Its kinds are those of the program.
alter table incident_timeline drop constraint if exists incident_timeline_kind_check;

-- What changed shortly before, whichever connection it was.
create index connection_changes_of_team on connection_changes (team_id, at);

create table post_mortems (
    incident_id uuid primary key references incidents (id),
    team_id uuid not null references teams (id),
    version bigint not null,
    impact text not null,
    detection text not null,
    response text not null,
    root_cause text not null,
    updated_by text not null,
    updated_at timestamptz not null
);

-- What was decided to be done so that it does not happen again.
create table action_items (
    id uuid primary key,
    team_id uuid not null references teams (id),
    incident_id uuid not null references incidents (id),
    version bigint not null,
    text text not null,
    owner text,
    due_on date,
    created_by text not null,
    created_at timestamptz not null,
    done_by text,
    done_at timestamptz
);

create index action_items_of_incident on action_items (incident_id);
create index action_items_of_team on action_items (team_id, done_at, due_on, id);

alter table post_mortems enable row level security, force row level security;
create policy of_team on post_mortems to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on post_mortems to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update on post_mortems to switchboard_team;
grant select, delete on post_mortems to switchboard_spanning;

alter table action_items enable row level security, force row level security;
create policy of_team on action_items to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on action_items to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update, delete on action_items to switchboard_team;
grant select, delete on action_items to switchboard_spanning;

-- What a person looked at on a day, and signed. One of a team and day.
create table daily_checklists (
    team_id uuid not null references teams (id),
    day date not null,
    -- Each line as it was then.
    lines jsonb not null,
    note text not null,
    signed_by text not null,
    signed_at timestamptz not null,
    primary key (team_id, day)
);

create index daily_checklists_by_age on daily_checklists (signed_at);

-- Each time that one of the maintenance tasks of the program was done.
create table maintenance_tasks (
    id uuid primary key,
    team_id uuid not null references teams (id),
    task text not null,
    note text not null,
    done_by text not null,
    done_at timestamptz not null
);

create index maintenance_tasks_latest on maintenance_tasks (team_id, task, done_at);
create index maintenance_tasks_by_age on maintenance_tasks (done_at);

alter table daily_checklists enable row level security, force row level security;
create policy of_team on daily_checklists to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on daily_checklists to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert on daily_checklists to switchboard_team;
grant select, delete on daily_checklists to switchboard_spanning;

alter table maintenance_tasks enable row level security, force row level security;
create policy of_team on maintenance_tasks to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on maintenance_tasks to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert on maintenance_tasks to switchboard_team;
grant select, delete on maintenance_tasks to switchboard_spanning;
