-- A backup reads what spans teams, and which migration was the last.
grant select on team_keys, _sqlx_migrations to switchboard_spanning;

-- Restores of this database from a backup, which the logs of the teams are told of when the console opens next. Of no team.
create table restores (
    id uuid primary key,
    -- As of when the backup was.
    made_at timestamptz not null,
    told_at timestamptz
);

grant select, insert, update on restores to switchboard_spanning;
