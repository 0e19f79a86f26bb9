import { createClient, type Client, type Transport } from "@connectrpc/connect";
import { createContext, use } from "react";
import { AuthService } from "../gen/incident_bot/v1/auth_pb";
import { IncidentService } from "../gen/incident_bot/v1/incidents_pb";

/** A client for each service of the contract in /proto. */
export interface Api {
  auth: Client<typeof AuthService>;
  incidents: Client<typeof IncidentService>;
}

export function createApi(transport: Transport): Api {
  return {
    auth: createClient(AuthService, transport),
    incidents: createClient(IncidentService, transport),
  };
}

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = use(ApiContext);
  if (!api) throw new Error("useApi is used outside of ApiContext");
  return api;
}
