import type { Switchboard } from "./switchboard";

/** Listens at /api/events until it is stopped, which answers all that was heard. */
export async function listen(switchboard: Switchboard): Promise<{ stop(): Promise<string> }> {
  const leave = new AbortController();
  const authorization = `Bearer ${await switchboard.token("operator")}`;
  const answer = await fetch(`${switchboard.baseURL}/api/events`, { headers: { authorization }, signal: leave.signal });
  const heard: Uint8Array[] = [];
  const ended = answer.body!.pipeTo(new WritableStream({ write: (chunk) => void heard.push(chunk) })).catch(() => {});
  return {
    stop: async () => {
      leave.abort();
      await ended;
      return Buffer.concat(heard).toString();
    },
  };
}
