import { once } from "node:events";
import { createServer } from "node:http";
import { Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { AddressInfo } from "node:net";
import type { Services } from "./services";

/**
 * A web service without discretion: it tells everyone everything it was sent, in the body, the headers and the address
 * of a redirect. It answers 200, or the status that its path names.
 */
export async function startEcho(): Promise<{ url: string; stop: () => void }> {
  const server = createServer(async (request, response) => {
    const authorization = request.headers.authorization ?? "";
    const opened = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
    const all = { headers: request.headers, authorization, opened, body: await text(request), url: request.url, access_token: opened, token_type: "Bearer", error: opened };
    const safe = encodeURIComponent(JSON.stringify(all));
    const status = Number(/^\/(\d{3})\b/.exec(request.url ?? "")?.[1] ?? 200);
    response.writeHead(status, { "content-type": "application/json", "x-echo": Buffer.from(authorization).toString("latin1"), location: `/elsewhere/${safe}?${safe}`, "www-authenticate": `Basic realm="${safe}"` });
    response.end(JSON.stringify(all));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() };
}

/** Gives Redis another user. */
export async function addRedisUser({ redis }: Services, user: string, password: string): Promise<void> {
  const socket = new Socket().connect(redis.port, redis.host);
  const send = (...words: string[]) => socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
  send("AUTH", redis.password);
  send("ACL", "SETUSER", user, "reset", "on", "~*", "+@all", `>${password}`);
  send("QUIT");
  const answer = await text(socket);
  if (answer !== "+OK\r\n+OK\r\n+OK\r\n") throw new Error(`Redis answered ${answer}`);
}
