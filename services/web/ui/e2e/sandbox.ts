import { expect, type APIRequestContext } from "@playwright/test";
import { environment } from "./environment";

interface Workspace {
  views: { id: string }[];
  channels: { id: string; name: string; kind: string }[];
}

interface Block {
  type: string;
  block_id?: string;
  text?: { text: string };
  accessory?: { action_id?: string };
}

interface Message {
  ts: string;
  /** What Slack itself notes: who joined, a new topic, … */
  subtype: string | null;
  text: string;
  blocks: Block[];
}

/** One blue pixel. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==",
  "base64",
);

const personUrl = (who: string) => `${environment().sandboxUrl}/sandbox/people/${who}`;

/** Does something in Slack, as a person does it. */
export async function act(request: APIRequestContext, who: string, data: object): Promise<void> {
  const answer = await request.post(`${personUrl(who)}/act`, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
}

/** What people and the app said in a channel, as somebody sees it; nothing where they cannot. */
async function messagesIn(request: APIRequestContext, who: string, channel: string): Promise<Message[]> {
  const answer = await request.get(`${personUrl(who)}/channels/${channel}`);
  if (!answer.ok()) return [];
  const { messages } = (await answer.json()) as { messages: Message[] };
  return messages.filter(({ subtype }) => !subtype);
}

/** The first message in a channel whose fallback has the words, and that has a button or menu of this id, as somebody sees it. */
export async function findMessage(
  request: APIRequestContext,
  who: string,
  channel: string,
  words: string,
  control = "",
): Promise<Message | undefined> {
  const messages = await messagesIn(request, who, channel);
  return messages.find(
    ({ text, blocks }) => text.includes(words) && JSON.stringify(blocks).includes(control),
  );
}

/** Claims a role on the control panel of a channel. */
export async function claimInSlack(
  request: APIRequestContext,
  who: string,
  channel: string,
  title: string,
  role: string,
): Promise<void> {
  await act(request, who, { act: "join", channel });
  // Other messages say the title too: the panel is the one with the role's button.
  const find = ({ blocks }: Message) => blocks.find(({ text }) => text?.text.includes(`*${role}*`));
  let panel: Message | undefined;
  await expect
    .poll(async () => {
      const messages = await messagesIn(request, who, channel);
      panel = messages.find((message) => message.text.includes(title) && find(message)?.accessory);
      return panel;
    })
    .toBeTruthy();
  const block = panel && find(panel);
  await act(request, who, {
    act: "use",
    at: { channel, ts: panel?.ts },
    which: `${block?.block_id ?? ""}/${block?.accessory?.action_id ?? ""}`,
  });
}

/** The modal that somebody sees; empty while there is none. */
async function modalOf(request: APIRequestContext, who: string): Promise<string> {
  const { views } = (await (await request.get(personUrl(who))).json()) as Workspace;
  return views.at(-1)?.id ?? "";
}

/** Does what opens a modal, and gives the modal's id once it is there. */
export async function openModal(request: APIRequestContext, who: string, doing: object): Promise<string> {
  await act(request, who, doing);
  await expect.poll(() => modalOf(request, who)).not.toBe("");
  return modalOf(request, who);
}

/** Closes the modal that somebody sees. */
export async function closeModal(request: APIRequestContext, who: string): Promise<void> {
  await act(request, who, { act: "close", view: await modalOf(request, who) });
}

/** Declares an incident in Slack, as a person does with the shortcut and its modal. */
export async function declareInSlack(
  request: APIRequestContext,
  who: string,
  description: string,
  isPrivate = false,
): Promise<void> {
  const view = await openModal(request, who, { act: "shortcut", callback_id: "open_incident_modal" });
  const only = "Only people invited to its channel can see it";
  await act(request, who, {
    act: "submit",
    view,
    values: { Description: description, ...(isPrivate && { "Private incident": [only] }) },
  });
}

/** Shares an image in a channel, and pins it to the incident with the emoji. */
export async function pinImage(
  request: APIRequestContext,
  who: string,
  channel: string,
  name: string,
  bytes: Buffer,
): Promise<void> {
  const answer = await request.post(`${personUrl(who)}/channels/${channel}/files/${name}`, { data: bytes });
  const { ts } = (await answer.json()) as { ts: string };
  await act(request, who, { act: "react", channel, ts, name: "pushpin" });
}

/** Presses a button of the newest direct message of incident-bot that has the words. */
export async function pressDirectly(
  request: APIRequestContext,
  who: string,
  words: string,
  button: string,
): Promise<void> {
  let found: { channel: string; ts: string } | undefined;
  await expect
    .poll(async () => {
      const { channels } = (await (await request.get(personUrl(who))).json()) as Workspace;
      for (const { id } of channels.filter(({ kind }) => kind === "direct")) {
        const message = await findMessage(request, who, id, words);
        if (message) found = { channel: id, ts: message.ts };
      }
      return found !== undefined;
    })
    .toBe(true);
  await act(request, who, { act: "use", at: found, which: button });
}

/** Takes the page about something in PagerDuty, as whoever was called does. */
export async function acknowledgePage(request: APIRequestContext, who: string, title: string): Promise<void> {
  const pagerduty = `${environment().sandboxUrl}/sandbox/pagerduty`;
  const { incidents } = (await (await request.get(pagerduty)).json()) as {
    incidents: { id: string; title: string }[];
  };
  const id = incidents.find((incident) => incident.title.includes(title))?.id ?? "";
  const answer = await request.put(`${pagerduty}/incidents/${id}`, { data: { who, status: "acknowledged" } });
  expect(answer.ok(), await answer.text()).toBe(true);
}
