-- Where a team is told of incidents beside the console's own pages.
create table notification_channels (
    id blob primary key,
    team_id blob not null references teams (id),
    name text not null,
    name_key text not null,
    type text not null,
    version integer not null,
    settings text not null,
    credential blob,
    credential_origin text not null,
    credential_version integer not null,
    severities text not null,
    -- Absent: all of them.
    environments text,
    digest text not null check (digest in ('none', 'daily', 'weekly')),
    disabled_at text,
    disabled_reason text,
    -- It rests until then, however many messages wait.
    not_before text,
    -- The node that sends on it, and how often it has changed hands: what is noted under an older number is refused.
    node_id blob,
    token integer not null default 0,
    created_at text not null,
    updated_at text not null
) strict;

create unique index notification_channels_name on notification_channels (team_id, name_key);

-- One message on one channel, with all that is needed to write it as it was then.
create table deliveries (
    -- In the order in which things happened.
    key integer primary key,
    id blob not null unique,
    team_id blob not null references teams (id),
    channel_id blob not null references notification_channels (id),
    incident_id blob references incidents (id),
    reason text not null check (reason in ('opened', 'escalated', 'reminder', 'acknowledged', 'recovered', 'overdue', 'digest', 'test')),
    status text not null check (status in ('waiting', 'sent', 'dead')),
    attempts integer not null default 0,
    -- Of a message that goes to several, one by one: who has it, and who takes it never.
    receivers text not null default '{}',
    next_attempt_at text,
    -- It is given up a day after this.
    waits_since text not null,
    last_error text,
    sent_at text,
    created_at text not null,
    severity text,
    summary text not null,
    connection_name text,
    environment text,
    opened_at text not null,
    -- Who did it, and what they or the console said.
    actor text,
    detail text not null
) strict;

create index deliveries_due on deliveries (channel_id, next_attempt_at) where status = 'waiting';
create index deliveries_waiting on deliveries (next_attempt_at) where status = 'waiting';
create index deliveries_of_channel on deliveries (channel_id, key);
create index deliveries_of_incident on deliveries (incident_id, key);
create index deliveries_of_team on deliveries (team_id, key);
create index deliveries_by_age on deliveries (created_at);
