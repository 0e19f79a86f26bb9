import { Tooltip } from "@mantine/core";
import { timestampMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import { age, exactTime } from "./time";
import { useNow } from "./use-now";
import { useTimeZone } from "./use-time-zone";

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
