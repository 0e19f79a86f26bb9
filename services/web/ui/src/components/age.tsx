import { Tooltip } from "@mantine/core";
import { timestampMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "../api/api";
import { optionsQuery } from "../features/incidents/queries";
import { age, exactTime } from "./time";
import { useNow } from "./use-now";

/** The company's time zone; UTC until it is known. */
export function useTimeZone(): string {
  return useQuery(optionsQuery(useApi())).data?.timeZone ?? "UTC";
}

/** How long ago something was, with the exact time in the company's zone on a closer look. */
export function Age({ at }: { at: Timestamp }) {
  const ms = timestampMs(at);
  const now = useNow();
  const exact = exactTime(ms, useTimeZone());
  return (
    <Tooltip label={exact}>
      <time dateTime={new Date(ms).toISOString()}>{age(now - ms)}</time>
    </Tooltip>
  );
}
