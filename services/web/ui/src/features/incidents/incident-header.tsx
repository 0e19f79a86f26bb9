import { Badge, Button, Group, Stack, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArchive, IconPhoneCall, IconSpeakerphone } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useApi } from "../../api/api";
import { Notice } from "../../components/notice";
import type { SeverityPages } from "../../gen/incident_bot/v1/on_call_pb";
import { PageDialog } from "../paging/page-dialog";
import { SeverityMenu } from "../severity/severity-menu";
import { ReopenDialog } from "../status/reopen-dialog";
import { ResolveDialog } from "../status/resolve-dialog";
import { StatusMenu } from "../status/status-menu";
import { UpdateDialog } from "../update/update-dialog";
import classes from "./incident-page.module.css";
import { useMayChange } from "./look-only";
import { PrivateMark } from "./private-mark";
import { optionsQuery, type Incident } from "./queries";
import { SeverityBadge } from "./severity-badge";
import { StatusBadge } from "./status-badge";

interface IncidentHeaderProps {
  incident: Incident;
  /** Whom a severity would page if it were chosen now. */
  severityPages: SeverityPages[];
}

/** What it is about, how bad it is, where it stands, and what can be done next. */
export function IncidentHeader({ incident, severityPages }: IncidentHeaderProps) {
  const mayAct = useMayChange();
  const title = useRef<HTMLHeadingElement>(null);
  const isDeclared = useLocation({ select: ({ state }) => state.declared ?? false });
  useEffect(() => {
    if (isDeclared) title.current?.focus();
  }, [isDeclared]);
  const [error, setError] = useState<string>();
  // Chosen in the menu or by the button; both lead to the same question.
  const [resolving, setResolving] = useState<string>();
  return (
    <Stack gap="sm" component="header">
      <Title ref={title} order={1} size="h2" dir="auto" tabIndex={-1} className={classes.title}>
        {incident.title}
      </Title>
      <Group gap="sm" justify="space-between">
        <Group gap="xs">
          {mayAct ? (
            <>
              <SeverityMenu incident={incident} pages={severityPages} onError={setError} />
              <StatusMenu incident={incident} onResolve={setResolving} onError={setError} />
            </>
          ) : (
            <>
              <SeverityBadge severity={incident.severity} />
              <StatusBadge incident={incident} />
            </>
          )}
          {incident.private && <PrivateMark />}
          {incident.archivedAt && (
            <Badge
              variant="light"
              color="gray"
              leftSection={<IconArchive size={13} aria-hidden />}
              style={{ flex: "none" }}
            >
              Channel archived
            </Badge>
          )}
        </Group>
        {mayAct && <Actions incident={incident} onResolve={setResolving} />}
      </Group>
      <Notice text={error} onClose={() => setError(undefined)} />
      <ResolveDialog
        incident={incident}
        status={incident.resolvedAt ? undefined : resolving}
        onClose={() => setResolving(undefined)}
      />
    </Stack>
  );
}

interface ActionsProps {
  incident: Incident;
  onResolve: (status: string) => void;
}

function Actions({ incident, onResolve }: ActionsProps) {
  const options = useQuery(optionsQuery(useApi())).data;
  const [isWriting, update] = useDisclosure(false);
  const [isPaging, page] = useDisclosure(false);
  const [isReopening, reopen] = useDisclosure(false);
  const resolved = options?.statuses.find((status) => status.resolved);
  return (
    <Group gap="xs">
      <Button
        variant={incident.resolvedAt ? "default" : "filled"}
        size="sm"
        leftSection={<IconSpeakerphone size={18} aria-hidden />}
        onClick={update.open}
      >
        Send update
      </Button>
      {options?.paging && !incident.resolvedAt && (
        <Button
          variant="default"
          size="sm"
          leftSection={<IconPhoneCall size={18} aria-hidden />}
          onClick={page.open}
        >
          Page a team
        </Button>
      )}
      {incident.resolvedAt ? (
        <Button variant="default" size="sm" onClick={reopen.open}>
          Reopen
        </Button>
      ) : (
        <Button
          variant="default"
          size="sm"
          disabled={!resolved}
          onClick={() => resolved && onResolve(resolved.key)}
        >
          Resolve
        </Button>
      )}
      <UpdateDialog incident={incident} opened={isWriting} onClose={update.close} />
      <PageDialog incident={incident} opened={isPaging} onClose={page.close} />
      <ReopenDialog incident={incident} opened={isReopening} onClose={reopen.close} />
    </Group>
  );
}
