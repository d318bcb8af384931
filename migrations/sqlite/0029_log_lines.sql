-- What the log of each node said under correlation IDs, so that an ID is found whichever node is asked. Bounded, and of no use later: it refers to nothing.
create table log_lines (
    id blob primary key,
    -- Absent when nobody was signed in.
    team_id blob,
    correlation_id text not null,
    -- A JSON array.
    lines text not null,
    at text not null
) strict;

create index log_lines_correlation on log_lines (correlation_id);
create index log_lines_by_age on log_lines (at);
