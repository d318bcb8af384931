import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** An identity provider without discretion: it refuses every code, with all that it was sent, which it keeps. */
export async function startIndiscreetProvider(): Promise<{ issuer: string; taken: URLSearchParams[]; stop: () => void }> {
  const taken: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    const json = (status: number, value: object) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (request.url === "/.well-known/openid-configuration") {
      const common = { response_types_supported: ["code"], subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["RS256"] };
      return json(200, { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys`, ...common });
    }
    if (request.url === "/keys") return json(200, { keys: [] });
    const body = await text(request);
    taken.push(new URLSearchParams(body));
    const opened = Buffer.from((request.headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
    return json(400, { error: "invalid_grant", error_description: `${body} ${request.headers.authorization} ${decodeURIComponent(opened)}` });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, taken, stop: () => server.close() };
}
