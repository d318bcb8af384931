-- Lists, searches and unique names go by keys that the program folds, alike on both databases and for all letters.
-- Here only ASCII is folded, which SQL does alike everywhere; the program folds the rest before it serves.

alter table service_connection_profiles add column name_key text collate "C" not null default '';
-- Name, owner and tags, one a line; absent until the program has folded them.
alter table service_connection_profiles add column search_key text collate "C";
update service_connection_profiles set name_key = lower(name);
update service_connection_profiles set search_key = lower(name || '
' || coalesce(owner, '') || '
' || cast(tags as text))
    where octet_length(name || coalesce(owner, '') || cast(tags as text)) = length(name || coalesce(owner, '') || cast(tags as text));
drop index service_connection_profiles_name;
create unique index service_connection_profiles_name
    on service_connection_profiles (team_id, environment, name_key) where state <> 'archived';
drop index service_connection_profiles_by_name;
create index service_connection_profiles_by_name on service_connection_profiles (team_id, name_key, id);

alter table api_tokens add column name_key text collate "C" not null default '';
update api_tokens set name_key = lower(name);
drop index api_tokens_name;
create unique index api_tokens_name on api_tokens (team_id, name_key);

-- The messages of an error; empty where they are ASCII and fold by themselves, absent until the program has folded them.
alter table error_events add column search_key text collate "C";
update error_events set search_key = '' where octet_length(user_message || message) = length(user_message || message);
create index error_events_not_folded on error_events (id) where search_key is null;
