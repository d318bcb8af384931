import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A web service that keeps its answers until it is told to give them. */
export async function startSlow(): Promise<{ url: string; asked: () => number; answer: () => void; stop: () => void }> {
  let asked = 0;
  let answer = () => {};
  const held = new Promise<void>((release) => (answer = release));
  const server = createServer(async (_, response) => {
    asked += 1;
    await held;
    response.end("ok");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked: () => asked, answer, stop };
}
