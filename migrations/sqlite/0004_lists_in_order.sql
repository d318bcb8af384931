-- Lists are read in the order of names, a page at a time.

create index service_connection_profiles_by_name on service_connection_profiles (team_id, lower(name), id);
