-- Where a team is told of incidents beside the console's own pages.
create table notification_channels (
    id uuid primary key,
    team_id uuid not null references teams (id),
    name text not null,
    name_key text collate "C" not null,
    type text not null,
    version bigint not null,
    settings jsonb not null,
    credential bytea,
    credential_origin text not null,
    credential_version bigint not null,
    severities jsonb not null,
    -- Absent: all of them.
    environments jsonb,
    digest text not null check (digest in ('none', 'daily', 'weekly')),
    disabled_at timestamptz,
    disabled_reason text,
    -- It rests until then, however many messages wait.
    not_before timestamptz,
    -- The node that sends on it, and how often it has changed hands: what is noted under an older number is refused.
    node_id uuid,
    token bigint not null default 0,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create unique index notification_channels_name on notification_channels (team_id, name_key);

-- One message on one channel, with all that is needed to write it as it was then.
create table deliveries (
    -- In the order in which things happened.
    key bigint generated always as identity primary key,
    id uuid not null unique,
    team_id uuid not null references teams (id),
    channel_id uuid not null references notification_channels (id),
    incident_id uuid references incidents (id),
    reason text not null check (reason in ('opened', 'escalated', 'reminder', 'acknowledged', 'recovered', 'overdue', 'digest', 'test')),
    status text not null check (status in ('waiting', 'sent', 'dead')),
    attempts integer not null default 0,
    -- Of a message that goes to several, one by one: who has it, and who takes it never.
    receivers jsonb not null default '{}',
    next_attempt_at timestamptz,
    -- It is given up a day after this.
    waits_since timestamptz not null,
    last_error text,
    sent_at timestamptz,
    created_at timestamptz not null,
    severity text,
    summary text not null,
    connection_name text,
    environment text,
    opened_at timestamptz not null,
    -- Who did it, and what they or the console said.
    actor text,
    detail text not null
);

create index deliveries_due on deliveries (channel_id, next_attempt_at) where status = 'waiting';
create index deliveries_waiting on deliveries (next_attempt_at) where status = 'waiting';
create index deliveries_of_channel on deliveries (channel_id, key);
create index deliveries_of_incident on deliveries (incident_id, key);
create index deliveries_of_team on deliveries (team_id, key);
create index deliveries_by_age on deliveries (created_at);

alter table notification_channels enable row level security, force row level security;
create policy of_team on notification_channels to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on notification_channels to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update, delete on notification_channels to switchboard_team;
grant select, update on notification_channels to switchboard_spanning;

alter table deliveries enable row level security, force row level security;
create policy of_team on deliveries to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on deliveries to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, update, delete on deliveries to switchboard_team;
grant select, insert, update, delete on deliveries to switchboard_spanning;
