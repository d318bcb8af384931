import type { Api } from "./api";

const KINDS = [
  { kind: "tcp", settings: { host: "ledger.example.org", port: 7000 } },
  { kind: "redis", settings: { host: "cache.example.org" } },
  { kind: "postgres", settings: { host: "db.example.org", database: "orders", user: "app" } },
  { kind: "http", settings: { url: "https://api.example.org/health" } },
];
const PLACES = ["development", "staging", "production"] as const;

/** Fills a console: `Service 0000`, `Service 0001` and so on; kind, environment and owner repeat after 4, 3 and 2. */
export async function populate(api: Api, count: number): Promise<void> {
  let next = 0;
  const clerk = async () => {
    for (let index = next++; index < count; index = next++) {
      const name = `Service ${String(index).padStart(4, "0")}`;
      const owner = index % 2 ? "payments" : "search";
      await api.create({ name, ...KINDS[index % 4]!, environment: PLACES[index % 3]!, owner, tags: [`zone-${index % 10}`] });
    }
  };
  await Promise.all(Array.from({ length: 8 }, clerk));
}
