-- Who hears of an incident, when it is whose turn, and who is next. Each is kept as a whole, under its name.
create table contacts (
    id blob primary key,
    team_id blob not null references teams (id),
    name_key text not null,
    version integer not null,
    body text not null,
    created_at text not null,
    updated_at text not null
) strict;

create unique index contacts_name on contacts (team_id, name_key);

create table on_call_schedules (
    id blob primary key,
    team_id blob not null references teams (id),
    name_key text not null,
    version integer not null,
    body text not null,
    -- Of the secret in the address of its calendar, while it has one.
    calendar_hash blob unique,
    created_at text not null,
    updated_at text not null
) strict;

create unique index on_call_schedules_name on on_call_schedules (team_id, name_key);

create table escalation_policies (
    id blob primary key,
    team_id blob not null references teams (id),
    name_key text not null,
    version integer not null,
    body text not null,
    created_at text not null,
    updated_at text not null
) strict;

create unique index escalation_policies_name on escalation_policies (team_id, name_key);

-- A team without one has the default.
create table severity_policies (
    team_id blob primary key references teams (id),
    version integer not null,
    body text not null,
    updated_at text not null
) strict;

-- The policy as it stood when the incident opened, and how far it has gone.
create table escalations (
    incident_id blob primary key references incidents (id) on delete cascade,
    team_id blob not null references teams (id),
    began_at text not null,
    levels text not null,
    next_level integer not null,
    escalates integer not null,
    -- While it has not been told that the clock ran out.
    respond_by text,
    remind_minutes integer not null,
    remind_at text,
    -- When something is to be done next; absent once it is over.
    due_at text
) strict;

create index escalations_due on escalations (due_at) where due_at is not null;

-- The mailbox of a contact is a channel that hears of nothing by itself.
alter table notification_channels add column contact_id blob references contacts (id);
create unique index notification_channels_of_contact on notification_channels (contact_id) where contact_id is not null;
-- When its next digest is due.
alter table notification_channels add column digest_at text;
