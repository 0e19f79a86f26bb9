import { timestampMs } from "@bufbuild/protobuf/wkt";
import { timeOfDay } from "../../components/time";
import type { StalledIntegration } from "../../gen/incident_bot/v1/jobs_pb";

/** What is wrong, and since when. */
export function trouble({ tried, since }: StalledIntegration, timeZone: string | undefined): string {
  const at = since ? ` since ${timeOfDay(timestampMs(since), timeZone)}` : "";
  return tried ? `has not accepted changes${at}.` : `gets no changes${at}: no worker is running.`;
}
