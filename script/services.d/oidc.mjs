// An OpenID Connect provider that keeps everything in memory; oidc.bash says what it answers.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { Provider } from "../../end2end/node_modules/oidc-provider/lib/index.js";

const [port, client_id, client_secret] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

/** By the name that they sign in with. */
const people = new Map([
  ["ada", { email: "ada@id.example", email_verified: true, groups: ["ops-admins"] }],
  ["bob", { email: "bob@id.example", email_verified: true, groups: ["ops-viewers"] }],
]);

const provider = new Provider(issuer, {
  clients: [{ client_id, client_secret, redirect_uris: ["http://127.0.0.1/sign-in/callback"] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["groups"] },
  // In the ID token, rather than to be fetched with another request.
  conformIdTokenClaims: false,
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
  cookies: { keys: [client_secret] },
  ttl: { Session: 3600, Grant: 3600, Interaction: 600, IdToken: 600, AccessToken: 600 },
});
// Each console of a test listens on a port of its own.
provider.Client.prototype.redirectUriAllowed = (uri) => new URL(uri).pathname === "/sign-in/callback";
provider.Client.prototype.postLogoutRedirectUriAllowed = (uri) => new URL(uri).pathname === "/sign-in";

const answer = provider.callback();
const server = createServer(async (request, response) => {
  const [, name] = /^\/people\/(\w+)$/.exec(request.url) ?? [];
  if (!name || request.method !== "PUT") return answer(request, response);
  people.set(name, await json(request));
  response.writeHead(204).end();
});
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
