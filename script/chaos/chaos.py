"""What these scripts share: processes, connections, and the questions that src/tests/invariants.rs asks too."""

import concurrent.futures
import json
import os
import subprocess
import sys
import time
import urllib.request

INTERVAL = 5
RELEASE = os.path.join(os.environ["CARGO_TARGET_DIR"], "release")

# The same questions as src/tests/invariants.rs asks.
SLOTS = """select s.key, (s.next_slot - s.begins_at) / s.interval_seconds as due,
    (select count(*) from service_connection_heartbeats h where h.connection_key = s.key and h.slot >= s.begins_at
        and h.slot < s.next_slot and (h.slot - s.begins_at) % s.interval_seconds = 0) as kept from connection_schedules s"""
OUTBOX = """select count(*) from incidents i where (select count(*) from notifications n where n.incident_id = i.id) <>
    1 + (select count(*) from incident_timeline t where t.incident_id = i.id and t.kind = 'recovered')"""
DANGLING = """select count(*) from service_health_snapshots s left join incidents i on i.id = s.open_incident_id
    where (s.open_incident_id is not null and (i.id is null or i.status = 'resolved'))
    or exists (select 1 from incidents o where o.connection_id = s.connection_id and o.status <> 'resolved' and s.open_incident_id is distinct from o.id)"""
ENDS = "select outcome, reason, count(*) from service_connection_heartbeats group by 1, 2 order by 1, 2"


def launch(*command, environment, log=None):
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    for line in child.stdout:
        if line.startswith("listening on "):
            return child, line.split()[2]
    sys.exit(f"{command[0]} ended before it was ready")


def issue_token(switchboard, environment):
    command = [switchboard, "tokens", "create", "chaos", "--role", "operator"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def call(base, token, path, body):
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def set_up(base, token, target, count):
    def one(index):
        # Every fourth one fails for a quarter of a minute in each half; another fourth takes a second, so that some are always under way.
        url = f"{target}/{('flip', 'steady', 'slow', 'steady')[index % 4]}/{index}"
        body = {"name": f"Service {index}", "kind": "http", "environment": "development", "settings": {"url": url},
                "heartbeat": {"interval_seconds": INTERVAL, "timeout_seconds": 2, "retries": 0}}
        made = call(base, token, "/api/service-connections", body)["id"]
        # It may just be failing.
        while call(base, token, f"/api/service-connections/{made}/verify", {})["outcome"] != "passed":
            time.sleep(1)
        call(base, token, f"/api/service-connections/{made}/activate", {})

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        list(pool.map(one, range(count)))
