import { Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useApi } from "../../api/api";
import { AppLink } from "../../components/app-link";
import { ErrorState } from "../../components/error-state";
import { useTitle } from "../../components/use-title";
import { NotFoundPage } from "../../shell/not-found-page";
import { useIsAdmin } from "../auth/session";
import { settingsQuery } from "./queries";
import { SettingForm } from "./setting-form";

/** The settings of one group. */
export function SettingsGroupPage() {
  const { group: key } = useParams({ from: "/signed-in/settings/$group" });
  const isAdmin = useIsAdmin();
  const query = useQuery({ ...settingsQuery(useApi()), enabled: isAdmin });
  const group = query.data?.groups.find((one) => one.key === key);
  useTitle(group?.label ?? "Settings");
  if (query.data && !group) return <NotFoundPage />;
  return (
    <Stack gap="lg">
      <div>
        {isAdmin && (
          <AppLink to="/settings" size="sm">
            Settings
          </AppLink>
        )}
        <Title order={1} size="h2">
          {group?.label ?? "Settings"}
        </Title>
        <Text size="sm" c="dimmed">
          {isAdmin
            ? `${group?.help ?? ""} Changes apply to everyone immediately.`
            : "Only admins can see and change settings."}
        </Text>
      </div>
      {query.isLoading && <Skeleton h={320} radius="md" />}
      {query.isError && !query.data && (
        <ErrorState
          what="The settings could not be loaded"
          error={query.error}
          onRetry={() => void query.refetch()}
        />
      )}
      {query.data && group && <SettingForm key={key} group={group} groups={query.data.groups} />}
    </Stack>
  );
}
