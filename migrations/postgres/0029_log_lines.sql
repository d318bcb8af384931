-- What the log of each node said under correlation IDs, so that an ID is found whichever node is asked. Bounded, and of no use later: it refers to nothing.
create table log_lines (
    id uuid primary key,
    -- Absent when nobody was signed in.
    team_id uuid,
    correlation_id text not null,
    -- A JSON array.
    lines jsonb not null,
    at timestamptz not null
);

create index log_lines_correlation on log_lines (correlation_id);
create index log_lines_by_age on log_lines (at);

alter table log_lines enable row level security, force row level security;
create policy of_team on log_lines to switchboard_team using (team_id = nullif(current_setting('switchboard.team', true), '')::uuid);
-- As errors: what was said while nobody was signed in is shown to every team.
create policy of_nobody on log_lines for select to switchboard_team
    using (team_id is null and nullif(current_setting('switchboard.team', true), '') is not null);
create policy spanning on log_lines to switchboard_spanning using (current_user = 'switchboard_spanning');
grant select on log_lines to switchboard_team;
grant select, insert, delete on log_lines to switchboard_spanning;
