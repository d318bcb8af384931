-- All that an incident counts of the errors that came with it: contexts and log lines are not read for that.
drop index error_events_latest;
create index error_events_latest on error_events (team_id, occurred_at, id) include (code, service, severity, correlation_id);

-- Whether a run was a step of a runbook.
create index execution_steps_correlation on execution_steps (correlation_id);
