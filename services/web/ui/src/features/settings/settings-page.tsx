import { Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useApi } from "../../api/api";
import { ErrorState } from "../../components/error-state";
import { useTitle } from "../../components/use-title";
import { useIsAdmin } from "../auth/session";
import { LegacyRecords } from "../legacy/legacy-records";
import { Providers } from "./providers";
import { providersQuery, rcaTemplateQuery } from "./queries";
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
          {isAdmin ? "Changes apply to everyone immediately." : "Only admins can see and change settings."}
        </Text>
      </div>
      {isAdmin && (
        <>
          <UpstreamProviders />
          <RcaDocument />
          <LegacyRecords
            id=""
            meaning="Imported records that belong to no incident: the old settings, timelines and pinned messages of renamed channels, and rows that could not be imported."
          />
        </>
      )}
    </Stack>
  );
}

function RcaDocument() {
  const query = useQuery(rcaTemplateQuery(useApi()));
  return (
    <Section
      id="rca-document"
      title="RCA document"
      meaning="The template of the Confluence page that is created after an incident. Existing pages stay as they are."
      unavailable="The template could not be loaded"
      query={query}
    >
      {(settings) => <RcaTemplate settings={settings} />}
    </Section>
  );
}

function UpstreamProviders() {
  const query = useQuery(providersQuery(useApi()));
  return (
    <Section
      id="upstream-providers"
      title="Upstream providers"
      meaning="Their status is checked every few minutes. An incident’s channel shows their problems, with a message when they change."
      unavailable="The providers could not be loaded"
      query={query}
    >
      {(settings) => <Providers settings={settings} labelledBy="upstream-providers" />}
    </Section>
  );
}

interface SectionProps<T> {
  id: string;
  title: string;
  meaning: string;
  /** What is said when it cannot be loaded. */
  unavailable: string;
  query: UseQueryResult<T>;
  children: (data: NonNullable<T>) => ReactNode;
}

function Section<T>({ id, title, meaning, unavailable, query, children }: SectionProps<T>) {
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h4" id={id}>
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {meaning}
      </Text>
      {query.isPending && <Skeleton h={240} radius="md" />}
      {query.isError && !query.data && (
        <ErrorState what={unavailable} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && children(query.data)}
    </section>
  );
}
