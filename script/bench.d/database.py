"""What a bench does to a console's database behind its back.

    database.py size       bytes that a heartbeat takes
    database.py ends       how the slots of the last two minutes ended
    database.py history    30 days for every connection, by the shapes on standard input
"""

import json
import os
import sqlite3
import subprocess
import sys

import history

URL = os.environ["DATABASE_URL"]
OUTCOMES = ["pass", "fail", "maintenance", "missed"]
REASONS = [[], ["console_down"], ["overloaded"], ["console_offline"], ["suspended"], ["unprepared"]]
ENDS = """select p.settings ->> 'url', outcome, coalesce(reason, 0) from service_connection_heartbeats h
    join connection_schedules s on s.key = h.connection_key join service_connection_profiles p on p.id = s.connection_id
    where h.slot >= (select max(slot) from service_connection_heartbeats) - 120"""


class Sqlite:
    name = "sqlite"
    size = "select sum(pgsize) from dbstat where name = 'service_connection_heartbeats'"

    def __init__(self):
        self.connection = sqlite3.connect(URL.removeprefix("sqlite://"), timeout=30)

    def ask(self, sql):
        return self.connection.execute(sql).fetchall()

    def run(self, script):
        self.connection.executescript(f"begin; {script}; commit; pragma wal_checkpoint(truncate)")


class Postgres:
    name = "postgres"
    size = "select pg_total_relation_size('service_connection_heartbeats')"

    def psql(self, *arguments):
        return subprocess.run(["psql", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-qAt", "-F\t", URL, *arguments], check=True, capture_output=True, text=True).stdout

    def ask(self, sql):
        typed = [line.split("\t") for line in self.psql("-c", sql).splitlines()]
        return [tuple(int(field) if field.lstrip("-").isdigit() else field for field in line) for line in typed]

    def run(self, script):
        self.psql("-c", f"begin; {script}; commit")
        self.psql("-c", "vacuum analyze")


def size(database):
    rows, bytes_ = database.ask("select count(*) from service_connection_heartbeats")[0][0], database.ask(database.size)[0][0]
    return {"heartbeats": rows, "bytes_each": round(bytes_ / max(rows, 1), 1)}


def ends(database):
    counted = {}
    for url, outcome, reason in database.ask(ENDS):
        end = " ".join([f"{url.split('/')[3]}:", OUTCOMES[outcome], *REASONS[reason]])
        counted[end] = counted.get(end, 0) + 1
    return counted


def main():
    database = Postgres() if URL.startswith("postgres") else Sqlite()
    what = sys.argv[1]
    answer = {"size": size, "ends": ends}[what](database) if what != "history" else history.write(database, json.load(sys.stdin))
    print(json.dumps(answer))


main()
