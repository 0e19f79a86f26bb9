import { useQuery } from "@tanstack/react-query";
import { useApi } from "../api/api";
import { optionsQuery } from "../features/incidents/queries";

/** The company's time zone, in which all times are shown; `undefined` until it is known. */
export function useTimeZone(): string | undefined {
  return useQuery(optionsQuery(useApi())).data?.timeZone;
}
