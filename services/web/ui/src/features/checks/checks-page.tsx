import { Alert, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconCircleX, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import { ErrorState } from "../../components/error-state";
import { Notice } from "../../components/notice";
import rows from "../../components/rows.module.css";
import { useTitle } from "../../components/use-title";
import { CheckState, type Check, type GetChecksResponse } from "../../gen/incident_bot/v1/checks_pb";
import { useIsAdmin } from "../auth/session";
import { checksQuery } from "./queries";
import { ServiceCard } from "./service-card";
import { useCheckAgain } from "./use-check-again";
import { nameOf } from "./words";

/** Services check by themselves; what they found is asked for this often, and while an answer is awaited this often. */
const ASK_MS = 10_000;
const ASK_SOON_MS = 1_000;

/** What every service needs, and whether it is there. */
export function ChecksPage() {
  useTitle("Checks");
  const isAdmin = useIsAdmin();
  return (
    <Stack gap="xl">
      <div>
        <Title order={1} size="h2">
          Checks
        </Title>
        <Text size="sm" c="dimmed">
          {isAdmin
            ? "What each part of incident-bot needs, checked every few minutes: database, Slack, PagerDuty, Confluence, Statuspage."
            : "Only admins can see the checks."}
        </Text>
      </div>
      {isAdmin && <Services />}
    </Stack>
  );
}

function Services() {
  const again = useCheckAgain();
  const query = useQuery({
    ...checksQuery(useApi()),
    refetchInterval: ({ state }) => (again.isChecking(state.data?.services ?? []) ? ASK_SOON_MS : ASK_MS),
  });
  if (query.isPending) return <Skeleton h={320} radius="md" />;
  if (!query.data) {
    return (
      <ErrorState
        what="The checks could not be loaded"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  const { services, missing } = query.data;
  const isChecking = again.isChecking(services);
  const late = again.late(services);
  return (
    <>
      <Stack gap="sm">
        <Group gap="sm" justify="space-between">
          <Text size="sm" role="status">
            {isChecking ? "Checking …" : summary(query.data)}
          </Text>
          <Button
            size="compact-md"
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            onClick={again.checkAgain}
            loading={isChecking}
          >
            Check again
          </Button>
        </Group>
        <Notice text={again.error ? explainChange(again.error) : undefined} />
        {late.length > 0 && (
          <Text size="sm" role="status">
            No answer yet from {late.map(nameOf).join("; ")}. If none comes, look at the log there.
          </Text>
        )}
        <Missing missing={missing} />
      </Stack>
      {services.map((service) => (
        <ServiceCard key={service.process} service={service} />
      ))}
    </>
  );
}

function Missing({ missing }: { missing: Check[] }) {
  if (missing.length === 0) return null;
  return (
    <Alert color="red" variant="light" icon={<IconCircleX aria-hidden />} title="Not running">
      {missing.map(({ name, detail }) => (
        <Text key={name} size="sm" className={rows.reason}>
          {detail}
        </Text>
      ))}
    </Alert>
  );
}

function summary({ services, missing }: GetChecksResponse): string {
  const states = services.flatMap(({ checks }) => checks.map(({ state }) => state));
  const failed = missing.length + states.filter((state) => state === CheckState.FAILED).length;
  const warnings = states.filter((state) => state === CheckState.WARNING).length;
  if (failed > 0) return `${failed} failed.`;
  if (warnings > 0) return `No failures. ${count(warnings, "warning")}.`;
  return "All OK.";
}

const count = (number: number, what: string) => `${number} ${number === 1 ? what : `${what}s`}`;
