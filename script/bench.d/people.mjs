// People who are signed in, with the sessions and streams that their browsers would hold.

import { command } from "./stage.mjs";

const [email, password] = ["viewer@example.org", "correct horse battery"];

export const hire = () => command(["operators", "create", email, "--role", "viewer"], password);

/** The cookie of a new session, from the sign-in form. */
export async function signIn(address) {
  const answer = await fetch(`${address}/act/sign_in`, { method: "POST", body: new URLSearchParams({ email, password }), redirect: "manual" });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0];
  if (!cookie) throw new Error(`sign in: ${answer.status} ${await answer.text()}`);
  return cookie;
}

/** Someone who reads the page once and follows its events, until `left`; answers how many bytes they have heard. */
export async function view(address, path, left) {
  const headers = { cookie: await signIn(address) };
  const page = await fetch(address + path, { headers, redirect: "error" });
  await page.text();
  const events = await fetch(`${address}/api/events`, { headers, signal: left });
  const viewer = { heard: 0 };
  const listen = async () => {
    for await (const chunk of events.body) viewer.heard += chunk.length;
  };
  listen().catch((error) => {
    if (!left.aborted) throw error;
  });
  return viewer;
}
