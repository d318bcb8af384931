-- What a failed heartbeat showed, redacted; absent on all others.
alter table service_connection_heartbeats add column failure text;
