import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { IconBrandSlack, IconCircleCheck } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useApi, type Api } from "../../api/api";
import { explain } from "../../api/errors";
import { explainChange } from "../../api/field-errors";
import { useNow } from "../../components/use-now";
import { SlackConnectionState as State, type SlackConnection } from "../../gen/incident_bot/v1/account_pb";
import { refreshSession, useSession } from "../auth/session";
import { INCIDENTS_KEY } from "../incidents/queries";

/** How often it is asked whether the question was answered. */
const ASK_MS = 2_000;
const CONNECTION_KEY = ["slack-connection"];

function connectionQuery(api: Api) {
  return queryOptions({
    queryKey: CONNECTION_KEY,
    queryFn: async ({ signal }) => (await api.account.getSlackConnection({}, { signal })).connection ?? null,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === State.WAITING ? ASK_MS : false),
  });
}

/** Who one is in Slack, and the way to say so: the person there is asked by direct message. */
export function ConnectSlack() {
  const api = useApi();
  const queryClient = useQueryClient();
  const session = useSession();
  const query = useQuery(connectionQuery(api));
  const connect = useMutation({
    mutationFn: () => api.account.connectSlack({}),
    onSuccess: ({ connection }) => queryClient.setQueryData(CONNECTION_KEY, connection ?? null),
  });
  const connection = query.data;
  const isNews = connection?.state === State.CONNECTED && session !== null && !session.slackUserId;
  useEffect(() => {
    if (!isNews) return;
    // They may claim roles now, and see private incidents that they did not.
    void refreshSession(queryClient).then(() => queryClient.invalidateQueries({ queryKey: INCIDENTS_KEY }));
  }, [isNews, queryClient]);

  if (query.isError) {
    return (
      <Text size="xs" c="dimmed">
        Your Slack connection could not be loaded. {explain(query.error)}
      </Text>
    );
  }
  if (!connection) return null;
  return (
    <Stack gap={6} role="group" aria-label="Slack">
      <div role="status">
        <Standing connection={connection} />
      </div>
      {MAY_ASK.has(connection.state) && (
        <Button
          size="sm"
          variant="default"
          leftSection={<IconBrandSlack size={16} aria-hidden />}
          loading={connect.isPending}
          onClick={() => connect.mutate()}
        >
          Connect Slack
        </Button>
      )}
      {connect.isError && (
        <Text size="xs" c="var(--mantine-color-error)" role="alert">
          {explainChange(connect.error)}
        </Text>
      )}
    </Stack>
  );
}

const MAY_ASK = new Set([State.UNSPECIFIED, State.NOT_CONNECTED, State.DECLINED, State.EXPIRED]);

function Standing({ connection: { state, name, expiresAt } }: { connection: SlackConnection }) {
  const now = useNow();
  const who = name ? <bdi>{name}</bdi> : "you";
  switch (state) {
    case State.CONNECTED:
      return (
        <Group gap={6} wrap="nowrap">
          <IconCircleCheck size={16} aria-hidden style={{ flex: "none" }} />
          <Text size="xs">
            Connected to Slack
            {name && (
              <>
                {" "}
                as <bdi>{name}</bdi>
              </>
            )}
            .
          </Text>
        </Group>
      );
    case State.WAITING: {
      const minutes = expiresAt ? Math.max(1, Math.round((timestampMs(expiresAt) - now) / 60_000)) : 15;
      return (
        <Group gap="xs" wrap="nowrap" align="flex-start">
          <Loader size="xs" color="gray" aria-hidden mt={2} />
          <Text size="xs">
            incident-bot sent {who} a direct message in Slack. Press “Yes, that's me” there within {minutes}{" "}
            {minutes === 1 ? "minute" : "minutes"}.
          </Text>
        </Group>
      );
    }
    case State.DECLINED:
      return (
        <Text size="xs">
          {name ? <bdi>{name}</bdi> : "The person"} said in Slack that this account isn’t theirs, so nothing
          was connected. If you pressed No by mistake, try again in an hour.
        </Text>
      );
    case State.EXPIRED:
      return (
        <Text size="xs">
          Nobody answered in Slack in time. Try again, and look for a direct message from incident-bot there.
        </Text>
      );
    default:
      return (
        <Text size="xs" c="dimmed">
          Connect your account with Slack to claim roles and to see the private incidents you’re a member of.
        </Text>
      );
  }
}
