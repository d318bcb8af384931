-- Who hears of an incident, when it is whose turn, and who is next. Each is kept as a whole, under its name.
create table contacts (
    id uuid primary key,
    team_id uuid not null references teams (id),
    name_key text collate "C" not null,
    version bigint not null,
    body jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create unique index contacts_name on contacts (team_id, name_key);

create table on_call_schedules (
    id uuid primary key,
    team_id uuid not null references teams (id),
    name_key text collate "C" not null,
    version bigint not null,
    body jsonb not null,
    -- Of the secret in the address of its calendar, while it has one.
    calendar_hash bytea unique,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create unique index on_call_schedules_name on on_call_schedules (team_id, name_key);

create table escalation_policies (
    id uuid primary key,
    team_id uuid not null references teams (id),
    name_key text collate "C" not null,
    version bigint not null,
    body jsonb not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create unique index escalation_policies_name on escalation_policies (team_id, name_key);

-- A team without one has the default.
create table severity_policies (
    team_id uuid primary key references teams (id),
    version bigint not null,
    body jsonb not null,
    updated_at timestamptz not null
);

-- The policy as it stood when the incident opened, and how far it has gone.
create table escalations (
    incident_id uuid primary key references incidents (id) on delete cascade,
    team_id uuid not null references teams (id),
    began_at timestamptz not null,
    levels jsonb not null,
    next_level integer not null,
    escalates boolean not null,
    -- While it has not been told that the clock ran out.
    respond_by timestamptz,
    remind_minutes integer not null,
    remind_at timestamptz,
    -- When something is to be done next; absent once it is over.
    due_at timestamptz
);

create index escalations_due on escalations (due_at) where due_at is not null;

-- The mailbox of a contact is a channel that hears of nothing by itself.
alter table notification_channels add column contact_id uuid references contacts (id);
create unique index notification_channels_of_contact on notification_channels (contact_id) where contact_id is not null;
-- When its next digest is due.
alter table notification_channels add column digest_at timestamptz;

alter table contacts enable row level security, force row level security;
create policy of_team on contacts to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on contacts to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update, delete on contacts to switchboard_team;
grant select on contacts to switchboard_spanning;

alter table on_call_schedules enable row level security, force row level security;
create policy of_team on on_call_schedules to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on on_call_schedules to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update, delete on on_call_schedules to switchboard_team;
grant select on on_call_schedules to switchboard_spanning;

alter table escalation_policies enable row level security, force row level security;
create policy of_team on escalation_policies to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on escalation_policies to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update, delete on escalation_policies to switchboard_team;
grant select on escalation_policies to switchboard_spanning;

alter table severity_policies enable row level security, force row level security;
create policy of_team on severity_policies to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on severity_policies to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update, delete on severity_policies to switchboard_team;
grant select on severity_policies to switchboard_spanning;

alter table escalations enable row level security, force row level security;
create policy of_team on escalations to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on escalations to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update, delete on escalations to switchboard_team;
grant select, insert, update, delete on escalations to switchboard_spanning;
