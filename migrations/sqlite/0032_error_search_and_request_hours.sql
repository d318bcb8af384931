-- Errors are searched for by one folded text, correlation ID and messages, also those that are ASCII: older programs left the key of those empty.
update error_events set search_key = lower(correlation_id) || char(10)
    || case search_key when '' then lower(user_message || char(10) || message) else search_key end where search_key is not null;
drop index error_events_not_folded;
create index error_events_not_folded on error_events (id) where coalesce(search_key, '') = '';
-- All that a search looks at. Contexts and log lines lie elsewhere, so that their size does not slow it down.
create index error_events_searched on error_events (team_id, occurred_at, id, code, service, severity, group_id, search_key);

-- How many requests the console answered in each hour, on all nodes.
create table request_hours (
    hour text primary key,
    answered integer not null,
    -- 4xx.
    refused integer not null,
    -- 5xx.
    failed integer not null
) strict, without rowid;
