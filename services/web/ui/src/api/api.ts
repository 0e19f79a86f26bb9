import { createClient, type Client, type Transport } from "@connectrpc/connect";
import { createContext, use } from "react";
import { AccountService } from "../gen/incident_bot/v1/account_pb";
import { AuthService } from "../gen/incident_bot/v1/auth_pb";
import { ChecksService } from "../gen/incident_bot/v1/checks_pb";
import { IncidentService } from "../gen/incident_bot/v1/incidents_pb";
import { JobsService } from "../gen/incident_bot/v1/jobs_pb";
import { OnCallService } from "../gen/incident_bot/v1/on_call_pb";
import { SettingsService } from "../gen/incident_bot/v1/settings_pb";

/** A client for each service of the contract in /proto. */
export interface Api {
  auth: Client<typeof AuthService>;
  account: Client<typeof AccountService>;
  checks: Client<typeof ChecksService>;
  incidents: Client<typeof IncidentService>;
  jobs: Client<typeof JobsService>;
  onCall: Client<typeof OnCallService>;
  settings: Client<typeof SettingsService>;
}

export function createApi(transport: Transport): Api {
  return {
    auth: createClient(AuthService, transport),
    account: createClient(AccountService, transport),
    checks: createClient(ChecksService, transport),
    incidents: createClient(IncidentService, transport),
    jobs: createClient(JobsService, transport),
    onCall: createClient(OnCallService, transport),
    settings: createClient(SettingsService, transport),
  };
}

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = use(ApiContext);
  if (!api) throw new Error("useApi is used outside of ApiContext");
  return api;
}
