import { Anchor, Badge, Group, Paper, Text, Title } from "@mantine/core";
import {
  IconPhoneCall,
  IconPhoneCheck,
  IconPhoneOff,
  IconPhonePause,
  IconPhoneX,
  type Icon,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Age } from "../../components/age";
import { RichText } from "../../components/rich-text";
import { PageState, PageUrgency, type Page } from "../../gen/incident_bot/v1/on_call_pb";
import { whom } from "./pages";
import classes from "./paging.module.css";

/** Who was called for the incident, and what became of that, the latest first. */
export function PagesPanel({ pages }: { pages: Page[] }) {
  if (pages.length === 0) return null;
  return (
    <section aria-labelledby="pages">
      <Paper withBorder p="md">
        <Title order={2} size="h5" mb="sm" id="pages">
          Pages
        </Title>
        <ul className={classes.pages} aria-labelledby="pages">
          {pages.toReversed().map((page) => (
            <PageRow key={page.id} page={page} />
          ))}
        </ul>
      </Paper>
    </section>
  );
}

function PageRow({ page }: { page: Page }) {
  const { urgency, message, pagedBy, pagedAt, url } = page;
  const { Icon, words } = state(page);
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
        {pagedBy === "" ? "Paged for its severity" : `Paged by ${pagedBy}`}
        {pagedAt && (
          <>
            , <Age at={pagedAt} />
          </>
        )}
      </Text>
    </li>
  );
}

/** Where it stands, in words. */
function state({ state, late, acknowledgedBy, acknowledgedAt }: Page): { Icon: Icon; words: ReactNode } {
  switch (state) {
    case PageState.WAITING:
      return { Icon: IconPhonePause, words: "On its way to PagerDuty" };
    case PageState.FAILED:
      return { Icon: IconPhoneX, words: "Failed: nobody was called. The timeline says why." };
    case PageState.WITHDRAWN:
      return { Icon: IconPhoneOff, words: "Withdrawn: it was not needed any more" };
    case PageState.TRIGGERED:
      return late
        ? { Icon: IconPhoneX, words: "Not acknowledged: nobody has taken it yet" }
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
