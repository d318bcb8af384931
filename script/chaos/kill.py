"""The working half of script/chaos/kill."""

import argparse
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time

from chaos import DANGLING, ENDS, INTERVAL, OUTBOX, RELEASE, SLOTS, issue_token, launch, set_up


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
    with tempfile.TemporaryDirectory(prefix="switchboard-chaos.") as folder:
        environment = {**os.environ, "SWITCHBOARD_DATA_DIR": folder, "SWITCHBOARD_LISTEN": "127.0.0.1:0", "RUST_LOG": "error"}
        environment.pop("DATABASE_URL", None)
        switchboard = os.path.join(RELEASE, "switchboard")
        target, address = launch(os.path.join(RELEASE, "examples/bench"), "target", environment=environment)
        token = issue_token(switchboard, environment)
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
