"""The working half of script/chaos/soak."""

import argparse
import json
import os
import subprocess
import sys

from chaos import RELEASE, launch

BENCH = os.path.join(RELEASE, "examples/bench")
# The last quarter may lie above the second by this share, for what an allocator keeps; the first is for warming up.
MARGIN = 1.05


def is_flat(samples, what):
    values = [sample[what] for sample in samples]
    quarter = len(values) // 4
    second, last = max(values[quarter : 2 * quarter]), max(values[-quarter:])
    print(f"{what}: first {values[0]}, middle {values[len(values) // 2]}, last {values[-1]}; at most {second} in the second quarter, {last} in the last")
    return last <= second * MARGIN


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--connections", type=int, default=120)
    arguments.add_argument("--slots", type=int, default=2_016)
    given = arguments.parse_args()
    target, address = launch(BENCH, "target", environment=os.environ)
    try:
        soak = subprocess.run([BENCH, "soak", address, str(given.connections), str(given.slots)], check=True, stdout=subprocess.PIPE, text=True).stdout
    finally:
        target.kill()
    *samples, ended = map(json.loads, soak.splitlines())
    print(f"{given.connections} connections, {given.slots} slots of five minutes: {ended}")
    flat = [is_flat(samples, "resident_kb"), is_flat(samples, "open_files")]
    print("sound" if all(flat) else "NOT SOUND")
    sys.exit(0 if all(flat) else 1)


main()
