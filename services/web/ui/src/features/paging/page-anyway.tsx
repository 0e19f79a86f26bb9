import { create } from "@bufbuild/protobuf";
import { Button, Stack } from "@mantine/core";
import { IconPhoneCall } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useApi } from "../../api/api";
import { explainChange } from "../../api/field-errors";
import { Dialog } from "../../components/dialog";
import { newId } from "../../components/new-id";
import { Notice } from "../../components/notice";
import { PreviewPageResponseSchema } from "../../gen/incident_bot/v1/incidents_pb";
import { PageNotSent, type Page } from "../../gen/incident_bot/v1/on_call_pb";
import type { Incident } from "../incidents/queries";
import { ConfirmPage } from "./confirm-page";
import { whom } from "./pages";

/** Sends a page that was not sent, after a look at who will be called. */
export function PageAnyway({ incident, page }: { incident: Incident; page: Page }) {
  const api = useApi();
  const { id, message, notSent, teamId, personId, urgency } = page;
  const look = useMutation({
    mutationFn: async () => {
      const request = { incidentId: incident.id, teamId, personId, urgency };
      // PagerDuty is asked which team has the name when the page is sent.
      const unknown = { calls: `PagerDuty will page ${whom(page)}.`, anybody: true };
      const preview =
        teamId === "" ? create(PreviewPageResponseSchema, unknown) : await api.incidents.previewPage(request);
      return { preview, requestId: newId() };
    },
  });
  const label = notSent === PageNotSent.AGAIN ? "Page again" : "Page anyway";
  return (
    <Stack gap="xs" align="flex-start" mt={4}>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPhoneCall size={14} aria-hidden />}
        loading={look.isPending}
        onClick={() => look.mutate()}
        aria-label={`${label}: ${whom(page)}`}
      >
        {label}
      </Button>
      <Notice text={look.isError ? explainChange(look.error, UNREACHABLE) : undefined} />
      <Dialog title={label} opened={look.isSuccess} onClose={look.reset} size="lg">
        {look.data && (
          <ConfirmPage
            incident={incident}
            message={message}
            preview={look.data.preview}
            requestId={look.data.requestId}
            send={(api, confirmed) =>
              api.incidents.pageAnyway({ incidentId: incident.id, pageId: id, ...confirmed })
            }
            back="Cancel"
            onBack={look.reset}
            onClose={look.reset}
          />
        )}
      </Dialog>
    </Stack>
  );
}

const UNREACHABLE = "The server cannot be reached right now. Nobody was called; try again.";
