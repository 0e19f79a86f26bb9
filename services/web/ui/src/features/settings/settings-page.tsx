import { NavLink, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../../api/api";
import { ErrorState } from "../../components/error-state";
import { useTitle } from "../../components/use-title";
import { useIsAdmin } from "../auth/session";
import { LegacyRecords } from "../legacy/legacy-records";
import { settingsQuery } from "./queries";

/** What admins change for everybody: a page for each group. */
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
          <Groups />
          <LegacyRecords
            id=""
            meaning="Imported records that belong to no incident: the old settings, timelines and pinned messages of renamed channels, and rows that could not be imported."
          />
        </>
      )}
    </Stack>
  );
}

function Groups() {
  const query = useQuery(settingsQuery(useApi()));
  if (query.isPending) return <Skeleton h={320} radius="md" />;
  if (query.isError) {
    return (
      <ErrorState
        what="The settings could not be loaded"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  return (
    <nav aria-label="Settings">
      {query.data.groups.map(({ key, label, help }) => (
        <NavLink
          key={key}
          renderRoot={(props) => <Link to="/settings/$group" params={{ group: key }} {...props} />}
          label={label}
          description={help}
          rightSection={<IconChevronRight size={18} aria-hidden />}
        />
      ))}
    </nav>
  );
}
