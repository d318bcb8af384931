-- What has been read is each person's own matter, and each token's.

-- Notifications up to this moment count as read.
alter table memberships add column read_until text;
alter table api_tokens add column read_until text;

-- Later ones that were read one by one. No foreign keys: a mark goes by the age of its notification, and nobody misses it before.
create table notification_marks (
    -- A person or a token.
    reader_id blob not null,
    notification_id blob not null,
    team_id blob not null references teams (id),
    -- The notification was.
    created_at text not null,
    read_at text not null,
    primary key (reader_id, notification_id)
) strict, without rowid;

create index notification_marks_by_age on notification_marks (created_at);

-- Until now one person read for all.
update memberships set read_until = (select max(n.created_at) from notifications n where n.team_id = memberships.team_id
    and not exists (select 1 from notifications u where u.team_id = n.team_id and u.read_at is null and u.created_at <= n.created_at));
update api_tokens set read_until = (select max(n.created_at) from notifications n where n.team_id = api_tokens.team_id
    and not exists (select 1 from notifications u where u.team_id = n.team_id and u.read_at is null and u.created_at <= n.created_at));
insert into notification_marks (reader_id, notification_id, team_id, created_at, read_at)
    select r.reader_id, n.id, n.team_id, n.created_at, n.read_at
    from (select team_id, operator_id as reader_id, read_until from memberships union all select team_id, id, read_until from api_tokens) r
    join notifications n on n.team_id = r.team_id
    where n.read_at is not null and (r.read_until is null or n.created_at > r.read_until);

drop index notifications_unread;
alter table notifications drop column read_at;
