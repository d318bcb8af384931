// Whether a heartbeat costs more while many messages wait to be sent: two consoles in one process take turns, with one message and with 10,000.

import { parseArgs } from "node:util";
import { ask, database, newDatabase, play, target as launchTarget } from "./stage.mjs";

const { values: given } = parseArgs({
  options: {
    connections: { type: "string", default: "200" },
    rounds: { type: "string", default: "60" },
  },
});

await play(async () => {
  const target = await launchTarget();
  return { database, ...ask("waiting", newDatabase("one"), newDatabase("many"), target.address, given.connections, given.rounds) };
});
