"""The working half of script/drills/kill."""

import argparse
import concurrent.futures
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

INTERVAL = 5
RELEASE = os.path.join(os.environ["CARGO_TARGET_DIR"], "release")

# The same questions as src/tests/oracle.rs asks.
SLOTS = """select s.key, (s.next_slot - s.begins_at) / s.interval_seconds as due,
    (select count(*) from service_connection_heartbeats h where h.connection_key = s.key and h.slot >= s.begins_at
        and h.slot < s.next_slot and (h.slot - s.begins_at) % s.interval_seconds = 0) as kept from connection_schedules s"""
OUTBOX = """select count(*) from incidents i where (select count(*) from notifications n where n.incident_id = i.id) <>
    1 + (select count(*) from incident_timeline t where t.incident_id = i.id and t.kind = 'recovered')"""
DANGLING = """select count(*) from service_health_snapshots s left join incidents i on i.id = s.open_incident_id
    where (s.open_incident_id is not null and (i.id is null or i.status = 'resolved'))
    or exists (select 1 from incidents o where o.connection_id = s.connection_id and o.status <> 'resolved' and s.open_incident_id is not o.id)"""
ENDS = "select outcome, reason, count(*) from service_connection_heartbeats group by 1, 2 order by 1, 2"


def launch(*command, environment):
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    for line in child.stdout:
        if line.startswith("listening on "):
            return child, line.split()[2]
    sys.exit(f"{command[0]} ended before it was ready")


def call(base, token, path, body):
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def set_up(base, token, target, count):
    def one(index):
        # Every fourth one fails for a quarter of a minute in each half.
        url = f"{target}/{'flip' if index % 4 == 0 else 'steady'}/{index}"
        body = {"name": f"Service {index}", "kind": "http", "environment": "development", "settings": {"url": url},
                "heartbeat": {"interval_seconds": INTERVAL, "timeout_seconds": 2, "retries": 0}}
        made = call(base, token, "/api/service-connections", body)["id"]
        # It may just be failing.
        while call(base, token, f"/api/service-connections/{made}/verify", {})["outcome"] != "passed":
            time.sleep(1)
        call(base, token, f"/api/service-connections/{made}/activate", {})

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        list(pool.map(one, range(count)))


def check(path):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    slots = database.execute(SLOTS).fetchall()
    due, lost = sum(row[1] for row in slots), [row for row in slots if row[1] != row[2]]
    untold, dangling = database.execute(OUTBOX).fetchone()[0], database.execute(DANGLING).fetchone()[0]
    incidents = database.execute("select count(*) from incidents").fetchone()[0]
    stalled = database.execute("select count(*) from connection_schedules where next_slot < unixepoch() - 3 * interval_seconds - 15").fetchone()[0]
    broken = [row[0] for row in database.execute("pragma integrity_check") if row[0] != "ok"] + database.execute("pragma foreign_key_check").fetchall()
    print(f"{due} slots of {len(slots)} connections: {len(lost)} connections with a slot lost or doubled; {incidents} incidents, {untold} not told of once; "
          f"{dangling} snapshots that disagree; {stalled} stalled; {len(broken)} faults of the file")
    print("outcome, reason, slots:", database.execute(ENDS).fetchall())
    return not (lost or untold or dangling or stalled or broken)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--times", type=int, default=300)
    arguments.add_argument("--connections", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    given = arguments.parse_args()
    print(f"seed {given.seed}")
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="switchboard-drill.") as folder:
        environment = {**os.environ, "SWITCHBOARD_DATA_DIR": folder, "SWITCHBOARD_LISTEN": "127.0.0.1:0", "RUST_LOG": "error"}
        environment.pop("DATABASE_URL", None)
        switchboard = os.path.join(RELEASE, "switchboard")
        target, address = launch(os.path.join(RELEASE, "examples/bench"), "target", "0", environment=environment)
        make_token = [switchboard, "tokens", "create", "drill", "--role", "operator"]
        token = subprocess.run(make_token, env=environment, check=True, capture_output=True, text=True).stdout.strip()
        server, base = launch(switchboard, "serve", environment=environment)
        set_up(base, token, address, given.connections)
        for kills in range(1, given.times + 1):
            time.sleep(chance.uniform(0.05, 2.5))
            server.send_signal(signal.SIGKILL)
            server.wait()
            server, base = launch(switchboard, "serve", environment=environment)
            if kills % 25 == 0:
                print(f"{kills} kills", flush=True)
        time.sleep(2 * INTERVAL)
        server.send_signal(signal.SIGTERM)
        ended = server.wait(timeout=30)
        target.kill()
        sound = check(os.path.join(folder, "switchboard.db"))
        print(f"{given.times} kills, SIGTERM ended with {ended}: {'sound' if sound and ended == 0 else 'NOT SOUND'}")
        sys.exit(0 if sound and ended == 0 else 1)


main()
