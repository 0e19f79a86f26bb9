import { timestampMs } from "@bufbuild/protobuf/wkt";
import { duration } from "../../components/time";
import type { Incident } from "../../gen/incident_bot/v1/incidents_pb";

/** “ after 12 min” for one that is resolved, else nothing. */
export function lasted({ declaredAt, resolvedAt }: Incident): string {
  if (!declaredAt || !resolvedAt) return "";
  return ` after ${duration(timestampMs(resolvedAt) - timestampMs(declaredAt))}`;
}
