import { Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { ErrorState } from "../../components/error-state";
import { useTitle } from "../../components/use-title";
import { useIsAdmin } from "../auth/session";
import { rcaTemplateQuery } from "./queries";
import { RcaTemplate } from "./rca-template";

/** What admins change for everybody. */
export function SettingsPage() {
  useTitle("Settings");
  const isAdmin = useIsAdmin();
  return (
    <Stack gap="xl">
      <div>
        <Title order={1} size="h2">
          Settings
        </Title>
        <Text size="sm" c="dimmed">
          {isAdmin
            ? "What is changed here holds for everybody, at once."
            : "Only admins may see and change settings."}
        </Text>
      </div>
      {isAdmin && <RcaDocument />}
    </Stack>
  );
}

function RcaDocument() {
  const query = useQuery(rcaTemplateQuery(useApi()));
  return (
    <section aria-labelledby="rca-document">
      <Title order={2} size="h4" id="rca-document">
        RCA document
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        What the page in Confluence looks like that is written after an incident. Pages that were written
        before stay as they are.
      </Text>
      {query.isPending && <Skeleton h={320} radius="md" />}
      {query.isError && !query.data && (
        <ErrorState
          what="The template could not be loaded"
          error={query.error}
          onRetry={() => void query.refetch()}
        />
      )}
      {query.data && <RcaTemplate settings={query.data} />}
    </section>
  );
}
