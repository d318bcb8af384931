-- Refusals of the console itself are counted apart from other errors, each minute.
create index error_events_refusals on error_events (team_id, occurred_at, id) where severity = 'info' and service = 'switchboard';
