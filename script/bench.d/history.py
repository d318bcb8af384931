"""A month of made-up history: what the engine would have kept of connections that were tried every five minutes all the time.

Every eighth connection has the same latencies, over and over each hour; some hours begin with a failure. `Service 0000` to `0007`
have an unresolved incident, the next twelve a resolved one, and some more failed once just now.
"""

import time

INTERVAL, HOUR, DAY = 300, 3_600, 86_400
# As the engine keeps them by default; days go on from there.
SLOTS, HOURS = 14 * DAY // INTERVAL, 30 * 24

# Schedules spread over the whole interval, the last slot just before now; nothing left of what was kept so far.
SCHEDULES = """
    delete from service_connection_heartbeats; delete from heartbeat_hours; delete from heartbeat_days;
    update connection_schedules set next_slot = {now} / 300 * 300 + key * 7 % 300 + case when key * 7 % 300 > {now} % 300 then 0 else 300 end;
    update connection_schedules set begins_at = next_slot - {slots} * 300, node_id = null, token = token + 1,
        hours_until = {now} / 3600 * 3600, days_until = {now} / 86400 * 86400, refresh_at = {now} / 3600 * 3600 + 3600"""
# A connection's hour with a failure in its first slot.
FAILS = "(s.key * 7 + {slot} / 3600) % 83 = 0"
RAW = """
    insert into service_connection_heartbeats (connection_key, slot, team_key, outcome, reason, latency)
    select s.key, s.begins_at + n.i * 300, s.team_key,
        case when (s.begins_at + n.i * 300) / 300 % 12 = 0 and {fails_raw} then 1 else 0 end, null, l.latency
    from connection_schedules s cross join numbers n
    join latencies l on l.shape = s.key % {shapes} and l.place = (s.begins_at + n.i * 300) / 300 % 12
    where n.i < {slots}"""
ROLLED = """
    insert into heartbeat_hours (connection_key, slot, team_key, passed, failed, maintenance, missed, latency_sum, latency_min, latency_max, sketch)
    select s.key, s.hours_until - (n.i + 1) * 3600, s.team_key, 12 - case when {fails_hour} then 1 else 0 end,
        case when {fails_hour} then 1 else 0 end, 0, 0, h.latency_sum, h.latency_min, h.latency_max, h.hour
    from connection_schedules s cross join numbers n join shapes h on h.shape = s.key % {shapes} where n.i < {hours};
    insert into heartbeat_days (connection_key, slot, team_key, passed, failed, maintenance, missed, latency_sum, latency_min, latency_max, sketch)
    select s.key, h.slot / 86400 * 86400, s.team_key, sum(h.passed), sum(h.failed), 0, 0, sum(h.latency_sum), min(h.latency_min), max(h.latency_max), d.day
    from connection_schedules s join heartbeat_hours h on h.connection_key = s.key join shapes d on d.shape = s.key % {shapes}
    where h.slot < s.days_until group by s.key, h.slot / 86400 * 86400, s.team_key, d.day having count(*) = 24"""
SNAPSHOTS = """
    update service_health_snapshots set status = 'healthy', consecutive_failures = 0, consecutive_passes = 12, recent = 0, recent_count = 32,
        last_slot = s.next_slot - 300, last_latency = l.latency, p95_latency = h.p95, passed_24h = 288 - f.failed, failed_24h = f.failed
    from connection_schedules s join shapes h on h.shape = s.key % {shapes}
        join latencies l on l.shape = s.key % {shapes} and l.place = (s.next_slot - 300) / 300 % 12
        join (select connection_key, sum(failed) as failed from heartbeat_hours where slot >= {now} - 86400 group by connection_key) f on f.connection_key = s.key
    where s.key = service_health_snapshots.connection_key;
    update service_health_snapshots set status = 'degraded', consecutive_failures = 1, consecutive_passes = 0, recent = 1, first_failed = last_slot,
        last_failure = 'Answers: the service answered 503 where 200 was expected.' where connection_key % 80 = 79"""
INCIDENTS = """
    insert into incidents (id, team_id, connection_id, severity, status, opened_at, first_failed_at, acknowledged_at, acknowledged_by, resolved_at, summary, correlation_id)
    select {id}, p.team_id, p.id, 'p3', {status}, {opened}, {first_failed},
        case when {number} between 5 and 7 then {acknowledged} end, case when {number} between 5 and 7 then 'viewer@example.org' end,
        case when {number} > 7 then {resolved} end, p.name || ': Answers: the service broke off before it answered.', 'bench-' || p.name
    from service_connection_profiles p where p.name < 'Service 0020';
    insert into incident_timeline (id, team_id, incident_id, at, kind, text, by)
        select {id}, team_id, id, opened_at, 'opened', 'Answers: the service broke off before it answered.', null from incidents;
    insert into incident_timeline (id, team_id, incident_id, at, kind, text, by)
        select {id}, team_id, id, resolved_at, 'recovered', 'After 12 min.', null from incidents where status = 'resolved';
    insert into notifications (id, team_id, severity, title, body, incident_id, created_at)
        select {id}, team_id, 'error', summary, 'Answers: the service broke off before it answered.', id, opened_at from incidents;
    insert into notifications (id, team_id, severity, title, body, incident_id, created_at)
        select {id}, team_id, 'info', summary, 'After 12 min.', id, resolved_at from incidents where status = 'resolved';
    update service_health_snapshots set status = 'incident', consecutive_failures = 9, consecutive_passes = 0, recent = 511, first_failed = last_slot - 2400,
        last_failure = 'Answers: the service broke off before it answered.', open_incident_id = i.id
    from incidents i where i.connection_id = service_health_snapshots.connection_id and i.status <> 'resolved'"""

DIALECTS = {
    "sqlite": {
        "id": "randomblob(16)",
        "moment": "strftime('%Y-%m-%dT%H:%M:%S+00:00', {}, 'unixepoch')",
        "bytes": "x'{}'",
        "blob": "blob",
        "numbers": "with recursive counted(i) as (select 0 union all select i + 1 from counted where i < {last}) select i from counted",
    },
    "postgres": {
        "id": "gen_random_uuid()",
        "moment": "to_timestamp({})",
        "bytes": "'\\x{}'::bytea",
        "blob": "bytea",
        "numbers": "select * from generate_series(0, {last})",
    },
}


def tables(dialect, shapes):
    yield f"create temp table numbers (i integer primary key); insert into numbers {dialect['numbers'].format(last=max(SLOTS, HOURS))}"
    yield "create temp table latencies (shape integer, place integer, latency integer, primary key (shape, place))"
    yield "insert into latencies values " + ", ".join(f"({shape}, {place}, {latency})" for shape, one in enumerate(shapes) for place, latency in enumerate(one["latencies"]))
    yield (f"create temp table shapes (shape integer primary key, latency_sum integer, latency_min integer, latency_max integer, p95 integer, "
           f"hour {dialect['blob']}, day {dialect['blob']})")
    sums = [(sum(one["latencies"]), min(one["latencies"]), max(one["latencies"]), one["p95"]) for one in shapes]
    sketches = [(dialect["bytes"].format(one["hour"]), dialect["bytes"].format(one["day"])) for one in shapes]
    yield "insert into shapes values " + ", ".join(f"({shape}, {', '.join(map(str, sums[shape]))}, {', '.join(sketches[shape])})" for shape in range(len(shapes)))


def write(database, shapes):
    dialect, now = DIALECTS[database.name], int(time.time())
    number = "cast(substr(p.name, 9) as integer)"
    ago = lambda seconds: dialect["moment"].format(f"{now} - {seconds} - {number} * 4000")
    values = {
        "now": now, "slots": SLOTS, "hours": HOURS, "shapes": len(shapes), "id": dialect["id"], "number": number,
        "fails_raw": FAILS.format(slot="(s.begins_at + n.i * 300)"), "fails_hour": FAILS.format(slot="(s.hours_until - (n.i + 1) * 3600)"),
        "status": f"case when {number} < 5 then 'open' when {number} < 8 then 'acknowledged' else 'resolved' end",
        "first_failed": ago(2_700), "opened": ago(2_400), "acknowledged": ago(1_800), "resolved": ago(1_500),
    }
    script = [*tables(dialect, shapes), *(part.format(**values) for part in (SCHEDULES, RAW, ROLLED, SNAPSHOTS, INCIDENTS))]
    database.run(";\n".join(script))
    counted = ", ".join(f"(select count(*) from {table})" for table in ("service_connection_heartbeats", "heartbeat_hours", "heartbeat_days", "incidents"))
    return dict(zip(("slots", "hours", "days", "incidents"), database.ask(f"select {counted}")[0]))
