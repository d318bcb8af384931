-- Errors are searched for by one folded text, correlation ID and messages, also those that are ASCII: older programs left the key of those empty.
select set_config('search_path', quote_ident(current_schema()), true);

set local role switchboard_spanning;
update error_events set search_key = lower(correlation_id) || chr(10)
    || case search_key when '' then lower(user_message || chr(10) || message) else search_key end where search_key is not null;
reset role;
drop index error_events_not_folded;
create index error_events_not_folded on error_events (id) where coalesce(search_key, '') = '';

-- How many requests the console answered in each hour, on all nodes.
create table request_hours (
    hour timestamptz primary key,
    answered bigint not null,
    -- 4xx.
    refused bigint not null,
    -- 5xx.
    failed bigint not null
);

grant select, insert, update, delete on request_hours to switchboard_spanning;
