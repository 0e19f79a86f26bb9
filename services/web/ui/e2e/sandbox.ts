import { expect, type APIRequestContext } from "@playwright/test";
import { environment } from "./environment";

interface Workspace {
  views: { id: string }[];
}

/** Declares an incident in Slack, as a person does with the shortcut and its modal. */
export async function declareInSlack(
  request: APIRequestContext,
  who: string,
  description: string,
): Promise<void> {
  const person = `${environment().sandboxUrl}/sandbox/people/${who}`;
  const act = async (data: object) => {
    const answer = await request.post(`${person}/act`, { data });
    expect(answer.ok(), await answer.text()).toBe(true);
  };
  await act({ act: "shortcut", callback_id: "open_incident_modal" });
  let view = "";
  await expect
    .poll(async () => {
      const { views } = (await (await request.get(person)).json()) as Workspace;
      view = views.at(-1)?.id ?? "";
      return view;
    })
    .not.toBe("");
  await act({ act: "submit", view, values: { Description: description } });
}
