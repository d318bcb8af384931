-- Counted for every page.
create index incidents_open on incidents (team_id) where status = 'open';
