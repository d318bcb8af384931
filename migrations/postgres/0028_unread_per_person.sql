-- What has been read is each person's own matter, and each token's.
select set_config('search_path', quote_ident(current_schema()), true);

-- Notifications up to this moment count as read.
alter table memberships add column read_until timestamptz;
alter table api_tokens add column read_until timestamptz;

-- Later ones that were read one by one. No foreign keys: a mark goes by the age of its notification, and nobody misses it before.
create table notification_marks (
    -- A person or a token.
    reader_id uuid not null,
    notification_id uuid not null,
    team_id uuid not null references teams (id),
    -- The notification was.
    created_at timestamptz not null,
    read_at timestamptz not null,
    primary key (reader_id, notification_id)
);

create index notification_marks_by_age on notification_marks (created_at);

alter table notification_marks enable row level security, force row level security;
create policy of_team on notification_marks to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
create policy spanning on notification_marks to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select, insert, delete on notification_marks to switchboard_team;
grant select, insert, delete on notification_marks to switchboard_spanning;
grant update (read_until) on memberships to switchboard_team;
grant update (read_until) on api_tokens to switchboard_team;
revoke update on notifications from switchboard_team;

-- Until now one person read for all.
set local role switchboard_spanning;
update memberships set read_until = (select max(n.created_at) from notifications n where n.team_id = memberships.team_id
    and not exists (select 1 from notifications u where u.team_id = n.team_id and u.read_at is null and u.created_at <= n.created_at));
update api_tokens set read_until = (select max(n.created_at) from notifications n where n.team_id = api_tokens.team_id
    and not exists (select 1 from notifications u where u.team_id = n.team_id and u.read_at is null and u.created_at <= n.created_at));
insert into notification_marks (reader_id, notification_id, team_id, created_at, read_at)
    select r.reader_id, n.id, n.team_id, n.created_at, n.read_at
    from (select team_id, operator_id as reader_id, read_until from memberships union all select team_id, id, read_until from api_tokens) r
    join notifications n on n.team_id = r.team_id
    where n.read_at is not null and (r.read_until is null or n.created_at > r.read_until);
reset role;
revoke insert on notification_marks from switchboard_spanning;

drop index notifications_unread;
alter table notifications drop column read_at;
