import { Anchor, Badge, Group, Paper, Text, Title } from "@mantine/core";
import {
  IconPhoneCall,
  IconPhoneCheck,
  IconPhoneOff,
  IconPhonePause,
  IconPhoneX,
  type Icon,
} from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { Age } from "../../components/age";
import { RichText } from "../../components/rich-text";
import { PageNotSent, PageState, PageUrgency, type Page } from "../../gen/incident_bot/v1/on_call_pb";
import { useMayChange } from "../incidents/look-only";
import type { Incident } from "../incidents/queries";
import { PageAnyway } from "./page-anyway";
import { whom } from "./pages";
import classes from "./paging.module.css";

/** Who was called for the incident, and what became of that, the latest first. */
export function PagesPanel({ incident, pages }: { incident: Incident | undefined; pages: Page[] }) {
  if (pages.length === 0) return null;
  return (
    <section aria-labelledby="pages">
      <Paper withBorder p="md">
        <Title order={2} size="h5" mb="sm" id="pages">
          Pages
        </Title>
        <ul className={classes.pages} aria-labelledby="pages">
          {pages.toReversed().map((page) => (
            <PageRow key={page.id} incident={incident} page={page} />
          ))}
        </ul>
      </Paper>
    </section>
  );
}

function PageRow({ incident, page }: { incident: Incident | undefined; page: Page }) {
  const mayChange = useMayChange();
  const { urgency, message, pagedAt, url } = page;
  const { Icon, words } = state(page, useIsOverdue(page));
  return (
    <li className={classes.page}>
      <Group gap="xs" wrap="nowrap" justify="space-between" align="flex-start">
        <Text size="sm" fw={600} dir="auto" className={classes.words}>
          {/^https?:\/\//i.test(url) ? (
            <Anchor href={url} target="_blank" rel="noreferrer" inherit>
              {whom(page)}
            </Anchor>
          ) : (
            whom(page)
          )}
        </Text>
        <Badge variant="light" color="gray" style={{ flex: "none" }}>
          {urgency === PageUrgency.LOW ? "low" : "high"}
        </Badge>
      </Group>
      <Text size="sm" component="div" className={classes.state}>
        <Icon size={16} aria-hidden />
        <span>{words}</span>
      </Text>
      {message !== "" && (
        <Text size="sm" dir="auto" mt={4} className={classes.message}>
          <RichText text={message} />
        </Text>
      )}
      <Text size="xs" c="dimmed" mt={4}>
        {by(page)}
        {pagedAt && <Age at={pagedAt} />}
      </Text>
      {mayChange && incident && page.canPageAnyway && <PageAnyway incident={incident} page={page} />}
    </li>
  );
}

/** Whether PagerDuty should have accepted it by now: by the server's clock, without asking it again. */
function useIsOverdue(page: Page): boolean {
  const { overdueInMs } = page;
  const [due, setDue] = useState<Page>();
  useEffect(() => {
    if (overdueInMs === undefined) return;
    const timer = setTimeout(() => setDue(page), overdueInMs);
    return () => clearTimeout(timer);
  }, [page, overdueInMs]);
  return overdueInMs === 0 || due === page;
}

/** Whom to call without PagerDuty. */
function callYourself({ contacts }: Page): string {
  return contacts.length > 0
    ? `Call ${contacts.join(", ")} yourself.`
    : "Call them yourself if it can’t wait.";
}

/** Who wanted it, before when they did. */
function by({ pagedBy, state }: Page): string {
  if (state === PageState.WITHDRAWN) return pagedBy === "" ? "" : `Asked for by ${pagedBy}, `;
  return pagedBy === "" ? "Paged for its severity, " : `Paged by ${pagedBy}, `;
}

/** Why it was not sent, in the words of Slack. */
function whyNotSent(notSent: PageNotSent): string {
  switch (notSent) {
    case PageNotSent.RESOLVED:
      return "Not paged: the incident was resolved before PagerDuty accepted the page";
    case PageNotSent.LOWERED:
      return "Not paged: the severity was lowered before PagerDuty accepted the page";
    case PageNotSent.AGAIN:
      return "Not paged again";
    default:
      // A reason that is newer than this page.
      return "Not paged";
  }
}

/** Where it stands, in words. */
function state(page: Page, isOverdue: boolean): { Icon: Icon; words: ReactNode } {
  const { state, late, acknowledgedBy, acknowledgedAt, notSent } = page;
  switch (state) {
    case PageState.WAITING:
      return isOverdue
        ? {
            Icon: IconPhoneX,
            words: `PagerDuty hasn’t accepted it yet. Still trying. ${callYourself(page)}`,
          }
        : { Icon: IconPhonePause, words: "Being sent to PagerDuty" };
    case PageState.FAILED:
      return {
        Icon: IconPhoneX,
        words: `Failed: nobody was called. The timeline says why. ${callYourself(page)}`,
      };
    case PageState.WITHDRAWN:
      return { Icon: IconPhoneOff, words: whyNotSent(notSent) };
    case PageState.TRIGGERED:
      return late
        ? { Icon: IconPhoneX, words: "Not acknowledged: nobody has responded yet" }
        : { Icon: IconPhoneCall, words: "Sent, not acknowledged yet" };
    case PageState.ACKNOWLEDGED:
      return {
        Icon: IconPhoneCheck,
        words: (
          <>
            Acknowledged{acknowledgedBy !== "" && ` by ${acknowledgedBy}`}
            {acknowledgedAt && (
              <>
                {" "}
                <Age at={acknowledgedAt} />
              </>
            )}
          </>
        ),
      };
    case PageState.RESOLVED:
      return {
        Icon: IconPhoneCheck,
        words: acknowledgedBy === "" ? "Resolved" : `Resolved, was acknowledged by ${acknowledgedBy}`,
      };
    default:
      // One that is newer than this page.
      return { Icon: IconPhoneCall, words: "Paged" };
  }
}
