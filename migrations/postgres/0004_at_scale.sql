-- Lists are read in the order of names, a page at a time.

create index service_connection_profiles_by_name on service_connection_profiles (team_id, lower(name), id);

-- When a connection's figures of 24 hours are due to be brought up to date; it was when they last were.
alter table connection_schedules rename column refreshed_at to refresh_at;
