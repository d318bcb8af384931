import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { NewConnection } from "./api";
import { unique } from "./connections";

/** A web service that is well until it is told otherwise. */
export class FaultProxy {
  isWell = true;

  private constructor(private readonly server: ReturnType<typeof createServer>) {}

  static async open(): Promise<FaultProxy> {
    const server = createServer((_, response) => response.writeHead(faultProxy.isWell ? 200 : 503).end());
    const faultProxy = new FaultProxy(server.listen(0, "127.0.0.1"));
    await once(server, "listening");
    return faultProxy;
  }

  /** Tried once an hour, so that a test says when it is tried. */
  connection(name = unique("FaultProxy")): NewConnection {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
    return { name, kind: "http", environment: "development", settings: { url }, heartbeat: { interval_seconds: 3_600, timeout_seconds: 5, retries: 0 } };
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
