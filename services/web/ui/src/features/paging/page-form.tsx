import { Button, Group, NativeSelect, Radio, Stack, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { useApi } from "../../api/api";
import { toFieldErrors, type FieldErrors } from "../../api/field-errors";
import { CharacterCount } from "../../components/character-count";
import { Notice } from "../../components/notice";
import { checkLength, countCharacters } from "../../components/text-length";
import type { PreviewPageResponse } from "../../gen/incident_bot/v1/incidents_pb";
import { PageUrgency } from "../../gen/incident_bot/v1/on_call_pb";
import type { Incident } from "../incidents/queries";
import { Levels } from "../on-call/levels";
import { InviteButton } from "./invite-button";
import { TeamSelect } from "./team-select";
import { MAX_MESSAGE, peopleOf, toRequest, type PageWish } from "./wish";

const FIELDS = ["team", "message"] as const;

interface PageFormProps {
  incident: Incident;
  wish: PageWish;
  onChange: (changed: Partial<PageWish>) => void;
  onNext: (preview: PreviewPageResponse) => void;
  onClose: () => void;
}

/** Whom to page, how loud, and what to tell them. */
export function PageForm({ incident, wish, onChange, onNext, onClose }: PageFormProps) {
  const api = useApi();
  const [errors, setErrors] = useState<FieldErrors<(typeof FIELDS)[number]>>({});
  const preview = useMutation({
    mutationFn: () => api.incidents.previewPage(toRequest(incident.id, wish)),
    onSuccess: onNext,
    onError: (error) => setErrors(toFieldErrors(error, FIELDS, UNREACHABLE)),
  });
  const { team, personId, urgency, message } = wish;
  const people = peopleOf(team);

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    if (preview.isPending) return;
    const tooLong = checkLength(message, MAX_MESSAGE);
    const found = { ...(!team && { team: "Choose a team." }), ...(tooLong && { message: tooLong }) };
    setErrors(found);
    if (Object.keys(found).length === 0) preview.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TeamSelect
          value={team}
          onChange={(chosen) => {
            onChange({ team: chosen, personId: "" });
            setErrors({});
          }}
          error={errors.team}
        />
        {team && (
          <Levels
            team={team}
            action={(person) =>
              person.slackUserId !== "" && (
                <InviteButton key={person.slackUserId} incident={incident} person={person} />
              )
            }
          />
        )}
        {people.length > 0 && (
          <NativeSelect
            label="Who"
            value={personId}
            onChange={(event) => onChange({ personId: event.currentTarget.value })}
            data={[
              { value: "", label: "The whole team" },
              ...people.map(({ id, name }) => ({ value: id, label: `${name} alone` })),
            ]}
          />
        )}
        <Radio.Group
          label="Urgency"
          value={urgency === PageUrgency.LOW ? "low" : "high"}
          onChange={(value) => onChange({ urgency: value === "low" ? PageUrgency.LOW : PageUrgency.HIGH })}
        >
          <Group gap="xl" mt={6}>
            <Radio value="high" label="High" description="Wakes people" />
            <Radio value="low" label="Low" description="Doesn’t wake anybody" />
          </Group>
        </Radio.Group>
        <Textarea
          label="Message"
          description="What should they know, and do first? Optional."
          autosize
          minRows={3}
          maxRows={10}
          dir="auto"
          value={message}
          onChange={(event) => onChange({ message: event.currentTarget.value })}
          error={errors.message}
          inputWrapperOrder={["label", "description", "input", "error"]}
        />
        {countCharacters(message) > MAX_MESSAGE / 2 && <CharacterCount text={message} most={MAX_MESSAGE} />}
        <Notice text={errors.form} />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose} disabled={preview.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={preview.isPending}>
            Next
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const UNREACHABLE = "The server cannot be reached right now. Nobody was called; try again.";
