-- Restores of this database from a backup, which the logs of the teams are told of when the console opens next. Of no team.
create table restores (
    id blob primary key,
    -- As of when the backup was.
    made_at text not null,
    told_at text
);
