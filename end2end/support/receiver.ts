import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type Taken = { headers: NodeJS.Dict<string | string[]>; body: string };

/** A program that takes messages: it answers with `status` and `said`, and keeps what it was sent. */
export class Receiver {
  status = 204;
  said = "";
  readonly taken: Taken[] = [];

  private constructor(
    readonly url: string,
    readonly stop: () => void,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer(async (request, response) => {
      receiver.taken.push({ headers: request.headers, body: await text(request) });
      response.writeHead(receiver.status).end(receiver.said);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const receiver = new Receiver(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, () => server.close());
    return receiver;
  }
}
