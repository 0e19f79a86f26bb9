import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { explainChange } from "../../api/field-errors";
import { Notice } from "../../components/notice";
import { RichText } from "../../components/rich-text";
import type { PreviewPageResponse } from "../../gen/incident_bot/v1/incidents_pb";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import { StaleNotice } from "../on-call/stale-notice";
import classes from "./paging.module.css";
import { toRequest, type PageWish } from "./wish";

interface ConfirmPageProps {
  incident: Incident;
  wish: PageWish;
  preview: PreviewPageResponse;
  requestId: string;
  onBack: () => void;
  onClose: () => void;
}

/** Says who will be called, before anybody is. */
export function ConfirmPage({ incident, wish, preview, requestId, onBack, onClose }: ConfirmPageProps) {
  const page = useChange(
    incident,
    (
      api,
      request: ReturnType<typeof toRequest> & { message: string; requestId: string; shownAt?: Timestamp },
    ) => api.incidents.pageTeam(request),
    onClose,
  );
  const calls = useRef<HTMLParagraphElement>(null);
  useEffect(() => calls.current?.focus(), []);
  const message = wish.message.trim();
  return (
    <Stack gap="md">
      <Text ref={calls} tabIndex={-1} fw={600} dir="auto" className={classes.calls}>
        {!preview.anybody && <span aria-hidden>⚠️ </span>}
        {preview.calls}
      </Text>
      <Text size="sm" dir="auto" className={classes.words}>
        For {incident.severity?.emoji} {incident.title}
      </Text>
      {message !== "" && (
        <Text size="sm" component="blockquote" m={0} dir="auto" className={classes.message}>
          <RichText text={message} />
        </Text>
      )}
      <StaleNotice text={preview.notice} />
      {preview.notes.map((note) => (
        <Text key={note} size="xs" c="dimmed">
          {note}
        </Text>
      ))}
      <Notice text={page.isError ? explainChange(page.error, UNCONFIRMED) : undefined} />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onBack} disabled={page.isPending}>
          Back
        </Button>
        <Button
          loading={page.isPending}
          onClick={() =>
            page.mutate({
              ...toRequest(incident.id, wish),
              message,
              requestId,
              ...(preview.shownAt && { shownAt: preview.shownAt }),
            })
          }
        >
          Page
        </Button>
      </Group>
    </Stack>
  );
}

const UNCONFIRMED =
  "It could not be confirmed that they are called. Press again: they will not be called twice.";
