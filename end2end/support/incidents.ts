import { type Api, type Connection, pathOfIncident } from "./api";
import { FaultProxy } from "./fault-proxy";

/** A connection that was well, and fails now: with an incident. */
export async function failing(api: Api): Promise<Connection> {
  const faultProxy = await FaultProxy.open();
  const connection = await api.active(faultProxy.connection());
  await api.sweep([connection]);
  faultProxy.close();
  await api.sweep([connection]);
  await api.sweep([connection]);
  return connection;
}

/** The page of an incident. */
export async function incidentOf(api: Api): Promise<string> {
  return pathOfIncident(await api.incident(await failing(api)));
}
