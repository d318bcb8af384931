"""The working half of script/chaos/nodes."""

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

from chaos import DANGLING, INTERVAL, OUTBOX, RELEASE, SLOTS, issue_token, launch, set_up
from island import ADDRESS, island

SWITCHBOARD = os.path.join(RELEASE, "switchboard")
# Longer than the lease of 12 s, so that others take over what the node had claimed.
GONE = 20
# How late the latest slot of any connection was, while a node was gone.
LATENESS = "select coalesce(max(extract(epoch from now())::bigint - next_slot), 0) from connection_schedules where is_active"
ALIVE = "select count(*) from heartbeat_nodes where alive_until > extract(epoch from clock_timestamp()) * 1000"
# What is always well: a failure of it is the console's own.
ACCUSED = """select count(*) from service_connection_heartbeats h join connection_schedules s on s.key = h.connection_key
    join service_connection_profiles p on p.id = s.connection_id where h.outcome = 1 and p.settings ->> 'url' like '%/steady/%'"""


def ask(database, sql):
    answer = subprocess.run(["psql", "--no-psqlrc", "-At", "-F,", database, "-c", sql], check=True, capture_output=True, text=True).stdout
    return [tuple(int(field) for field in line.split(",")) for line in answer.splitlines()]


def worst_lateness(database):
    worst = 0
    for _ in range(GONE):
        time.sleep(1)
        worst = max(worst, ask(database, LATENESS)[0][0])
    return worst


def check(database):
    slots = ask(database, SLOTS)
    lost = [row for row in slots if row[1] != row[2]]
    untold, dangling, accused = (ask(database, question)[0][0] for question in (OUTBOX, DANGLING, ACCUSED))
    ends = ask(database, "select outcome, coalesce(reason, 0), count(*) from service_connection_heartbeats group by 1, 2 order by 1, 2")
    print(f"{sum(row[1] for row in slots)} slots of {len(slots)} connections: {len(lost)} with a slot lost or doubled; {untold} incidents not told of once; "
          f"{dangling} snapshots that disagree; {accused} failures of what was well; outcome, reason, slots: {ends}")
    return not (lost or untold or dangling or accused)


def refused(log):
    """Results that a node brought too late."""
    with open(log, encoding="utf8") as file:
        lines = [json.loads(line) for line in file if line.startswith("{")]
    return sum(line["results"] for line in lines if line.get("message", "").startswith("refused results"))


class Cluster:
    def __init__(self, database, environment, outpost):
        self.database, self.environment, self.outpost = database, environment, outpost
        self.log = os.path.join(environment["SWITCHBOARD_DATA_DIR"], "cut-off.log")
        self.nodes = [launch(SWITCHBOARD, "serve", environment=environment) for _ in range(3)]
        self.worst = {"killed and stopped": 0}
        if outpost:
            self.worst["cut off"] = 0
            far = {**environment, "DATABASE_URL": database.replace("127.0.0.1", ADDRESS), "RUST_LOG": "warn"}
            with open(self.log, "w", encoding="utf8") as log:
                self.cut_off = launch(*outpost.command(SWITCHBOARD, "serve"), environment=far, log=log)[0]

    def kill_and_stop(self):
        killed, stopped = self.nodes.pop(0)[0], self.nodes[0][0]
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        stopped.send_signal(signal.SIGSTOP)
        self.note("killed and stopped")
        stopped.send_signal(signal.SIGCONT)
        self.nodes.append(launch(SWITCHBOARD, "serve", environment=self.environment))

    def cut(self):
        # While the others stand still for a moment, what falls due is its own, and a fourth of that takes a second: it is cut off in the middle.
        for node, _ in self.nodes:
            node.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        self.outpost.cut()
        for node, _ in self.nodes:
            node.send_signal(signal.SIGCONT)
        self.note("cut off")
        self.outpost.mend()

    def note(self, what):
        self.worst[what] = max(self.worst[what], worst_lateness(self.database))

    def end(self):
        """Whether every node is there, and ends as it is told to."""
        all_nodes = [node for node, _ in self.nodes] + ([self.cut_off] if self.outpost else [])
        alive = ask(self.database, ALIVE)[0][0]
        for node in all_nodes:
            node.send_signal(signal.SIGTERM)
        ended = [node.wait(timeout=30) for node in all_nodes]
        late = refused(self.log) if self.outpost else None
        print(f"{alive} of {len(all_nodes)} nodes alive; SIGTERM ended with {ended}; refused of the one that was cut off: {late}")
        return alive == len(all_nodes) and not any(ended) and late != 0


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--connections", type=int, default=200)
    given = arguments.parse_args()
    with open(os.environ["TEST_SERVICES"], encoding="utf8") as file:
        postgres = json.load(file)["postgres"]
    subprocess.run(["psql", "--no-psqlrc", "-q", postgres["superuser_url"], "-c", "create database chaos"], check=True)
    database = postgres["superuser_url"].rsplit("/", 1)[0] + "/chaos"
    with tempfile.TemporaryDirectory(prefix="switchboard-chaos.") as folder:
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        environment = {**os.environ, "SWITCHBOARD_DATA_DIR": folder, "SWITCHBOARD_LISTEN": "127.0.0.1:0", "RUST_LOG": "error",
                       "DATABASE_URL": database, "SWITCHBOARD_MASTER_KEY": key}
        target, address = launch(os.path.join(RELEASE, "examples/bench"), "target", environment=environment)
        token = issue_token(SWITCHBOARD, environment)
        with island(postgres["port"], int(address.rsplit(":", 1)[1])) as outpost:
            cluster = Cluster(database, environment, outpost)
            set_up(cluster.nodes[0][1], token, address.replace("127.0.0.1", ADDRESS) if outpost else address, given.connections)
            time.sleep(3 * INTERVAL)
            for turn in range(given.rounds):
                cluster.kill_and_stop()
                time.sleep(2 * INTERVAL)
                if outpost:
                    cluster.cut()
                    time.sleep(2 * INTERVAL)
                print(f"round {turn + 1}: seconds late at worst while a node was {cluster.worst}", flush=True)
            ended = cluster.end()
        target.kill()
        sound = check(database) and ended and max(cluster.worst.values()) <= 15 + INTERVAL
        print(f"{given.rounds} rounds: {'sound' if sound else 'NOT SOUND'}")
        sys.exit(0 if sound else 1)


main()
