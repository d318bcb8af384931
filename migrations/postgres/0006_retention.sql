-- One row, written to learn whether the database takes a write.
create table write_checks (
    name text primary key,
    at timestamptz not null
);

-- What the results that retention has removed came to.
alter table diagnostic_test_runs add column counts jsonb not null default '{"passed":0,"warned":0,"failed":0,"skipped":0}';

-- What is past its time is looked for in every team at once.
create index error_events_by_age on error_events (occurred_at);
create index notifications_by_age on notifications (created_at);
create index connection_verifications_by_age on connection_verifications (started_at);
create index connection_changes_by_age on connection_changes (at);
create index diagnostic_test_runs_by_end on diagnostic_test_runs (finished_at);
create index incidents_by_end on incidents (resolved_at);

-- What names a run or an incident is looked for before that is removed.
create index notifications_of_run on notifications (run_id);
create index notifications_of_incident on notifications (incident_id);
create index service_health_snapshots_of_incident on service_health_snapshots (open_incident_id);
