import { type Api, pathOfIncident } from "./api";
import { FaultProxy } from "./fault-proxy";

/** The page of an incident. */
export async function incidentOf(api: Api): Promise<string> {
  const faultProxy = await FaultProxy.open();
  const connection = await api.active(faultProxy.connection());
  await api.sweep([connection]);
  faultProxy.close();
  await api.sweep([connection]);
  await api.sweep([connection]);
  return pathOfIncident(await api.incident(connection));
}
