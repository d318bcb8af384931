"""The working half of script/drills/nodes."""

import argparse
import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time

from drill import DANGLING, INTERVAL, OUTBOX, RELEASE, SLOTS, issue_token, launch, set_up

# Longer than the lease of 12 s, so that others take over what the stopped node had claimed.
STOPPED = 20
# How late the latest slot of any connection was, while a node was gone.
LATENESS = "select coalesce(max(extract(epoch from now())::bigint - next_slot), 0) from connection_schedules where is_active"


def ask(database, sql):
    answer = subprocess.run(["psql", "--no-psqlrc", "-At", "-F,", database, "-c", sql], check=True, capture_output=True, text=True).stdout
    return [tuple(int(field) for field in line.split(",")) for line in answer.splitlines()]


def worst_lateness(database, seconds):
    worst = 0
    for _ in range(seconds):
        time.sleep(1)
        worst = max(worst, ask(database, LATENESS)[0][0])
    return worst


def check(database):
    slots = ask(database, SLOTS)
    lost = [row for row in slots if row[1] != row[2]]
    untold, dangling = ask(database, OUTBOX)[0][0], ask(database, DANGLING)[0][0]
    ends = ask(database, "select outcome, coalesce(reason, 0), count(*) from service_connection_heartbeats group by 1, 2 order by 1, 2")
    print(f"{sum(row[1] for row in slots)} slots of {len(slots)} connections: {len(lost)} with a slot lost or doubled; {untold} incidents not told of once; "
          f"{dangling} snapshots that disagree; outcome, reason, slots: {ends}")
    return not (lost or untold or dangling)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--connections", type=int, default=200)
    given = arguments.parse_args()
    with open(os.environ["TEST_SERVICES"], encoding="utf8") as file:
        superuser = json.load(file)["postgres"]["superuser_url"]
    subprocess.run(["psql", "--no-psqlrc", "-q", superuser, "-c", "create database drill"], check=True)
    database = superuser.rsplit("/", 1)[0] + "/drill"
    with tempfile.TemporaryDirectory(prefix="switchboard-drill.") as folder:
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        environment = {**os.environ, "SWITCHBOARD_DATA_DIR": folder, "SWITCHBOARD_LISTEN": "127.0.0.1:0", "RUST_LOG": "error",
                       "DATABASE_URL": database, "SWITCHBOARD_MASTER_KEY": key}
        switchboard = os.path.join(RELEASE, "switchboard")
        target, address = launch(os.path.join(RELEASE, "examples/bench"), "target", "0", environment=environment)
        token = issue_token(switchboard, environment)
        nodes = [launch(switchboard, "serve", environment=environment) for _ in range(3)]
        set_up(nodes[0][1], token, address, given.connections)
        time.sleep(3 * INTERVAL)
        worst = 0
        for turn in range(given.rounds):
            killed, stopped = nodes.pop(0)[0], nodes[0][0]
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            stopped.send_signal(signal.SIGSTOP)
            worst = max(worst, worst_lateness(database, STOPPED))
            stopped.send_signal(signal.SIGCONT)
            nodes.append(launch(switchboard, "serve", environment=environment))
            time.sleep(2 * INTERVAL)
            print(f"round {turn + 1}: at worst {worst} s late", flush=True)
        for node, _ in nodes:
            node.send_signal(signal.SIGTERM)
        ended = [node.wait(timeout=30) for node, _ in nodes]
        target.kill()
        sound = check(database) and worst <= 15 + INTERVAL and not any(ended)
        print(f"{given.rounds} kills and as many stops, at worst {worst} s late, SIGTERM ended with {ended}: {'sound' if sound else 'NOT SOUND'}")
        sys.exit(0 if sound else 1)


main()
