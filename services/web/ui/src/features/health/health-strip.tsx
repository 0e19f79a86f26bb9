import { Alert, Text } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import { useTimeZone } from "../../components/use-time-zone";
import type { StalledIntegration } from "../../gen/incident_bot/v1/jobs_pb";
import { useStalled } from "./queries";
import { trouble } from "./trouble";

/** Says on every page which integration does not answer, since when, and how much waits. */
export function HealthStrip() {
  const stalled = useStalled();
  const timeZone = useTimeZone();
  return (
    <div role="status">
      {stalled.length > 0 && (
        <Alert color="orange" variant="light" mb="lg" icon={<IconCloudOff aria-hidden />}>
          {stalled.map((one) => (
            <Text key={one.queue} size="sm">
              <b>{one.name}</b> {trouble(one, timeZone)} {waiting(one)}
              {one.reason !== "" && ` Last error: ${one.reason}`}
            </Text>
          ))}
          <Text size="sm">You can run incidents here. Waiting changes are sent when it works again.</Text>
        </Alert>
      )}
    </div>
  );
}

function waiting({ waiting }: StalledIntegration): string {
  return waiting === 1n ? "1 job is waiting." : `${waiting.toString()} jobs are waiting.`;
}
