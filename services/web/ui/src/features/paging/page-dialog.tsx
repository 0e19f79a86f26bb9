import { useState } from "react";
import { Dialog } from "../../components/dialog";
import type { PreviewPageResponse } from "../../gen/incident_bot/v1/incidents_pb";
import type { Incident } from "../incidents/queries";
import { ConfirmPage } from "./confirm-page";
import { PageForm } from "./page-form";
import { NEW_WISH, toRequest, type PageWish } from "./wish";
import { newId } from "../../components/new-id";

interface PageDialogProps {
  incident: Incident;
  opened: boolean;
  onClose: () => void;
}

/** Calls a team: first whom and why, then a look at who will be called. */
export function PageDialog({ incident, opened, onClose }: PageDialogProps) {
  return (
    <Dialog title="Page a team" opened={opened} onClose={onClose} size="lg">
      <Steps incident={incident} onClose={onClose} />
    </Dialog>
  );
}

interface Step {
  preview: PreviewPageResponse;
  /** Pressed again in the same step it is the same wish, whatever became of the incident meanwhile. */
  requestId: string;
}

function Steps({ incident, onClose }: Omit<PageDialogProps, "opened">) {
  const [wish, setWish] = useState<PageWish>(NEW_WISH);
  const [step, setStep] = useState<Step>();
  if (step) {
    const message = wish.message.trim();
    return (
      <ConfirmPage
        incident={incident}
        message={message}
        preview={step.preview}
        requestId={step.requestId}
        send={(api, confirmed) =>
          api.incidents.pageTeam({ ...toRequest(incident.id, wish), message, ...confirmed })
        }
        back="Back"
        onBack={() => setStep(undefined)}
        onClose={onClose}
      />
    );
  }
  return (
    <PageForm
      incident={incident}
      wish={wish}
      onChange={(changed) => setWish((before) => ({ ...before, ...changed }))}
      onNext={(preview) => setStep({ preview, requestId: newId() })}
      onClose={onClose}
    />
  );
}
