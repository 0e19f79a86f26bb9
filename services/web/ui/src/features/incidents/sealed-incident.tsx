import { Alert, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowLeft, IconEyeOff, IconLock } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { explain } from "../../api/errors";
import { Age } from "../../components/age";
import { AppLink } from "../../components/app-link";
import { Dialog } from "../../components/dialog";
import { Notice } from "../../components/notice";
import classes from "./incident-page.module.css";
import { lastSearch } from "./last-search";
import { setOpened } from "./opened";
import { PrivateMark } from "./private-mark";
import { detailKey, legacyRecordsKey, pinsKey, type Incident } from "./queries";
import { SeverityBadge } from "./severity-badge";
import { StatusBadge } from "./status-badge";

/** A private incident of which an admin is told that it exists, and the way to open it. */
export function SealedIncident({ incident }: { incident: Incident }) {
  const queryClient = useQueryClient();
  const [isAsking, ask] = useDisclosure(false);
  return (
    <Stack gap="lg">
      <AppLink to="/incidents" search={lastSearch(queryClient)} size="sm" className={classes.back}>
        <IconArrowLeft size={16} aria-hidden /> Incidents
      </AppLink>
      <Stack gap="sm" component="header">
        <Title order={1} size="h2">
          Private incident
        </Title>
        <Group gap="xs">
          <SeverityBadge severity={incident.severity} />
          <StatusBadge incident={incident} />
          <PrivateMark />
        </Group>
      </Stack>
      <Paper withBorder p="lg">
        <Stack gap="md" align="flex-start" maw={560}>
          <IconLock size={28} aria-hidden />
          <Text>
            Only its members can see what this is about.
            {incident.declaredAt && (
              <>
                {" "}
                It was declared <Age at={incident.declaredAt} />.
              </>
            )}
          </Text>
          <Text size="sm" c="dimmed">
            As an admin you can open it without being a member. This is recorded in the audit log.
          </Text>
          <Button variant="default" onClick={ask.open}>
            Open it …
          </Button>
        </Stack>
      </Paper>
      <Dialog title="Open a private incident" opened={isAsking} onClose={ask.close}>
        <Open id={incident.id} onClose={ask.close} />
      </Dialog>
    </Stack>
  );
}

function Open({ id, onClose }: { id: string; onClose: () => void }) {
  const api = useApi();
  const queryClient = useQueryClient();
  const open = useMutation({
    mutationFn: () => api.incidents.getIncident({ id, openPrivate: true }),
    onSuccess: async (answer) => {
      // One that is on its way has it sealed.
      await queryClient.cancelQueries({ queryKey: detailKey(id) });
      setOpened(queryClient, id, true);
      queryClient.setQueryData(detailKey(id), answer);
    },
  });
  return (
    <Stack gap="md">
      <Text size="sm">
        The audit log records that you opened it, when, and from where. You’ll see everything that its members
        see, but can’t change anything.
      </Text>
      <Notice text={open.isError ? explain(open.error) : undefined} />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} disabled={open.isPending} data-autofocus>
          Cancel
        </Button>
        <Button loading={open.isPending} onClick={() => open.mutate()}>
          Open it
        </Button>
      </Group>
    </Stack>
  );
}

/** Says above an incident that an admin has opened it. */
export function OpenedNotice({ id }: { id: string }) {
  const queryClient = useQueryClient();
  const seal = () => {
    setOpened(queryClient, id, false);
    // Nothing of it stays behind.
    queryClient.removeQueries({ queryKey: pinsKey(id) });
    queryClient.removeQueries({ queryKey: legacyRecordsKey(id) });
    void queryClient.resetQueries({ queryKey: detailKey(id) });
  };
  return (
    <Alert variant="light" color="grape" icon={<IconLock aria-hidden />} title="You opened this as an admin">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          You’re not a member: you can read everything, but change nothing. The audit log records that you
          opened it.
        </Text>
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconEyeOff size={16} aria-hidden />}
          onClick={seal}
        >
          Close it again
        </Button>
      </Stack>
    </Alert>
  );
}
