import { Button, Group, Radio, Skeleton, Stack, Switch } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState, type SubmitEvent } from "react";
import { Code } from "@connectrpc/connect";
import { askAgain } from "../../api/ask-again";
import { useApi } from "../../api/api";
import { isCode } from "../../api/errors";
import { toFieldErrors } from "../../api/field-errors";
import { Dialog } from "../../components/dialog";
import { ErrorState } from "../../components/error-state";
import { LongText } from "../../components/long-text";
import { Notice } from "../../components/notice";
import { newId } from "../../components/new-id";
import { useFieldErrors } from "../../components/use-field-errors";
import type { SeverityPages } from "../../gen/incident_bot/v1/on_call_pb";
import { useMayAct } from "../auth/session";
import { LISTS_KEY, optionsQuery } from "../incidents/queries";
import classes from "./declare-dialog.module.css";
import { useDeclare } from "./declare-context";
import { useDeclareShortcut } from "./shortcut";
import { MAX_DESCRIPTION, checkDescription, type Draft } from "./draft";

const FIELDS = ["description", "severity", "private"] as const;

/** The dialog in which an incident is declared, and the key that opens it. */
export function DeclareDialog() {
  const { isOpen, open, close } = useDeclare();
  const mayAct = useMayAct();
  const [hasShortcut] = useDeclareShortcut();
  // After declaring, the new incident has the focus, not the button that opened the form.
  const [isDeclared, setDeclared] = useState(false);
  useHotkeys(hasShortcut ? [["c", () => mayAct && open()]] : []);
  return (
    <Dialog
      title="Declare an incident"
      opened={isOpen && mayAct}
      onClose={close}
      size="lg"
      returnFocus={!isDeclared}
    >
      <DeclareForm onDeclared={setDeclared} />
    </Dialog>
  );
}

function DeclareForm({ onDeclared }: { onDeclared: (isDeclared: boolean) => void }) {
  const api = useApi();
  useEffect(() => onDeclared(false), [onDeclared]);
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { draft, change, discard } = useDeclare();
  const { errors, show, changed } = useFieldErrors(FIELDS);
  const options = useQuery(optionsQuery(api));
  const severity = draft.severity || (options.data?.defaultSeverity ?? "");
  // A private incident pages nobody by itself.
  const pages = draft.private ? [] : (options.data?.severityPages ?? []);

  const declare = useMutation({
    mutationFn: (wish: Draft) =>
      api.incidents.declareIncident({
        description: wish.description,
        severity: wish.severity,
        private: wish.private,
        requestId: wish.requestId,
      }),
    onSuccess: ({ incident }) => {
      onDeclared(true);
      discard();
      askAgain(queryClient, LISTS_KEY);
      if (incident) {
        void navigate({ to: "/incidents/$id", params: { id: incident.id }, state: { declared: true } });
      }
    },
    onError: (error) => {
      // What was sent first was declared; what is typed now is another incident, if it is still wanted.
      if (isCode(error, Code.AlreadyExists)) change({ requestId: newId() });
      show(toFieldErrors(error, FIELDS, UNCONFIRMED));
    },
  });

  function edit(typed: Partial<Omit<Draft, "requestId">>) {
    change(typed);
    changed(typed);
  }

  function submit(event?: SubmitEvent<HTMLFormElement>) {
    event?.preventDefault();
    if (declare.isPending) return;
    const wrong = checkDescription(draft.description);
    if (wrong) show({ description: wrong });
    else {
      show({});
      declare.mutate({ ...draft, severity });
    }
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <LongText
          name="description"
          label="Description"
          description="What is happening, and who is affected? The first line becomes the title."
          value={draft.description}
          most={MAX_DESCRIPTION}
          onChange={(description) => edit({ description })}
          error={errors.description}
        />
        {options.isError ? (
          <ErrorState
            what="The severities could not be loaded"
            error={options.error}
            onRetry={() => void options.refetch()}
          />
        ) : (
          <Radio.Group
            label="Severity"
            name="severity"
            value={severity}
            onChange={(key) => edit({ severity: key })}
            error={errors.severity}
          >
            <Stack gap={6} mt={6}>
              {options.data
                ? options.data.severities.map(({ key, emoji, label, description }) => (
                    <Radio
                      key={key}
                      value={key}
                      className={classes.severity}
                      label={
                        <>
                          <span aria-hidden>{emoji}</span> <b>{label}</b>
                        </>
                      }
                      description={withPages(
                        description,
                        pages.find((one) => one.severity === key),
                      )}
                    />
                  ))
                : [1, 2, 3, 4].map((row) => <Skeleton key={row} h={58} />)}
            </Stack>
          </Radio.Group>
        )}
        <Switch
          name="private"
          label="Private incident"
          description={
            options.data?.privateInDigest
              ? "Only its members see it. The digest channel says that there is one, and nothing of it; people can request access."
              : "Only its members can see it. It stays out of the digest channel."
          }
          checked={draft.private}
          onChange={(event) => edit({ private: event.currentTarget.checked })}
          error={errors.private}
        />
        <Notice text={errors.form} />
        <Group justify="flex-end" gap="sm" className={classes.actions}>
          <Button variant="default" onClick={discard} disabled={declare.isPending}>
            Discard
          </Button>
          <Button type="submit" loading={declare.isPending}>
            Declare
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What a severity means, and whom it pages. */
function withPages(description: string, pages: SeverityPages | undefined): string {
  if (!pages) return description;
  return [description, `Pages ${pages.teams.join(", ")}.`].filter((part) => part !== "").join(" ");
}

const UNCONFIRMED =
  "We couldn’t confirm that the incident was declared. Try again; it won’t be declared twice.";
