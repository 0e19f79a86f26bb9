import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { Api } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import { Notice } from "../../components/notice";
import { RichText } from "../../components/rich-text";
import type { PreviewPageResponse } from "../../gen/incident_bot/v1/incidents_pb";
import type { Incident } from "../incidents/queries";
import { useChange } from "../incidents/use-change";
import { StaleNotice } from "../on-call/stale-notice";
import classes from "./paging.module.css";

/** What goes along with a request to page: pressed again with the same id it pages once. */
export interface Confirmed {
  requestId: string;
  shownAt?: Timestamp;
}

interface ConfirmPageProps {
  incident: Incident;
  /** What they are told; may be empty. */
  message: string;
  preview: PreviewPageResponse;
  requestId: string;
  send: (api: Api, confirmed: Confirmed) => Promise<{ incident?: Incident }>;
  back: string;
  onBack: () => void;
  onClose: () => void;
}

/** Says who will be called, before anybody is. */
export function ConfirmPage({
  incident,
  message,
  preview,
  requestId,
  send,
  back,
  onBack,
  onClose,
}: ConfirmPageProps) {
  const page = useChange(incident, send, onClose);
  const calls = useRef<HTMLParagraphElement>(null);
  useEffect(() => calls.current?.focus(), []);
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
          {back}
        </Button>
        <Button
          loading={page.isPending}
          onClick={() => page.mutate({ requestId, ...(preview.shownAt && { shownAt: preview.shownAt }) })}
        >
          Page
        </Button>
      </Group>
    </Stack>
  );
}

const UNCONFIRMED = "We couldn’t confirm that they are called. Try again; they won’t be called twice.";
