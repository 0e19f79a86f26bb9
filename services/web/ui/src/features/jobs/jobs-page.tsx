import { Stack, Text, Title } from "@mantine/core";
import { useTitle } from "../../components/use-title";
import { DiscardedJobs } from "./discarded-jobs";
import { Overview } from "./overview";

/** What incident-bot does in the background: first what it could not do, then what it has before it. */
export function JobsPage() {
  useTitle("Jobs");
  return (
    <Stack gap="xl">
      <div>
        <Title order={1} size="h2">
          Jobs
        </Title>
        <Text size="sm" c="dimmed">
          Background work: Slack messages, pages, documents.
        </Text>
      </div>
      <DiscardedJobs />
      <Overview />
    </Stack>
  );
}
