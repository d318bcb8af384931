// People who are signed in, with the sessions and streams that their browsers would hold.

import { request } from "node:http";
import { text } from "node:stream/consumers";
import { command } from "./stage.mjs";

const [email, password] = ["viewer@example.org", "correct horse battery"];

export const hire = (role = "viewer") => command(["operators", "create", email, "--role", role], password);

/** The cookie of a new session, from the sign-in form. Sign-ins of one address are limited, so each comes from another. */
export async function signIn(address, index = 0) {
  const localAddress = `127.2.0.${1 + (index % 250)}`;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await new Promise((done, fail) => {
    const form = new URLSearchParams({ email, password }).toString();
    request(`${address}/actions/sign_in`, { method: "POST", localAddress, headers, agent: false }, done).on("error", fail).end(form);
  });
  const told = await text(answer);
  const cookie = answer.headers["set-cookie"]?.[0].split(";")[0];
  if (!cookie) throw new Error(`sign in: ${answer.statusCode} ${told}`);
  return cookie;
}

/** Someone who reads the page once and follows its events, until `left`; notes how many bytes they hear. */
export async function view(address, path, index, left) {
  const headers = { cookie: await signIn(address, index) };
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
