// What the viewer of errors costs with many of them: in the database, and as pages.

import { parseArgs } from "node:util";
import { hire, signIn } from "./people.mjs";
import { Queries } from "./queries.mjs";
import { time } from "./request.mjs";
import { askOfDatabase, database, end, play, say, serve } from "./stage.mjs";

const { values: given } = parseArgs({ options: { events: { type: "string", default: "100000" }, requests: { type: "string", default: "50" } } });
const [events, requests] = [given.events, given.requests].map(Number);

const LIST = "/operations/errors";

await play(async () => {
  hire("operator");
  const inDatabase = askOfDatabase("errors", events);
  say(`${database}: ${JSON.stringify(inDatabase)}`);
  const { group, correlation_id: id } = inDatabase;
  const pages = {
    errors: LIST,
    "errors, by part of an ID": `${LIST}?q=${id.slice(3)}`,
    "errors, by words": `${LIST}?q=acquirer%2077`,
    "errors, in vain": `${LIST}?q=never%20said`,
    "errors of a kind": `${LIST}/groups/${group}`,
    "one error": `${LIST}/${id}`,
    "search of everything": `/search?q=${id.slice(3)}`,
    overview: "/",
  };
  const figures = {};
  const server = await serve();
  const cookie = await signIn(server.address);
  for (const [name, path] of Object.entries(pages)) figures[name] = await time(server.address + path, cookie, requests);
  await end(server);
  // Logging each query takes time of its own, so another server is asked.
  const queries = await Queries.serve();
  for (const [name, path] of Object.entries(pages)) Object.assign(figures[name], await queries.of(path));
  for (const [name, figure] of Object.entries(figures)) say(`${name}: ${JSON.stringify(figure)}`);
  return { database, events, in_database: inDatabase, requests, figures };
});
