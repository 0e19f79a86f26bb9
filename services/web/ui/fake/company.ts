import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  FoundPersonSchema,
  IncidentRoleSchema,
  PersonSchema,
  RoleSchema,
  SeveritySchema,
  StatusSchema,
} from "../src/gen/incident_bot/v1/incidents_pb";

// What the company has set up, and who works there.

export const SEVERITIES = [
  ["sev1", "SEV1", "🟥", "Critical: most customers cannot use the product."],
  ["sev2", "SEV2", "🟧", "Major: an important part is broken for many customers."],
  ["sev3", "SEV3", "🟨", "Minor: something is broken, with a workaround."],
  ["sev4", "SEV4", "🟦", "Low: hardly anyone notices."],
].map(([key = "", label = "", emoji = "", description = ""], index) =>
  create(SeveritySchema, { key, label, emoji, description, rank: index + 1 }),
);

export const STATUSES = [
  ["investigating", "Investigating"],
  ["identified", "Identified"],
  ["monitoring", "Monitoring"],
  ["resolved", "Resolved"],
].map(([key = "", label = ""]) => create(StatusSchema, { key, label, resolved: key === "resolved" }));

export const ROLES = [
  [
    "incident_commander",
    "Incident commander",
    "Leads the response: decides what is done next and who does it.",
  ],
  ["technical_lead", "Technical lead", "Finds the cause and gets it fixed."],
  ["communications_liaison", "Communications liaison", "Keeps everybody up to date."],
].map(([key = "", label = "", description = ""]) =>
  create(RoleSchema, { key, label, description, neededToResolve: key !== "communications_liaison" }),
);

export const PEOPLE = [
  ["U1", "alice"],
  ["U2", "bob"],
  ["U3", "carol"],
].map(([slackUserId = "", name = ""]) =>
  create(FoundPersonSchema, { slackUserId, name, email: `${name}@example.com` }),
);

export function find<T extends { key: string }>(all: T[], key: string, field = "severity"): T {
  const found = all.find((one) => one.key === key);
  if (!found) throw new ConnectError(`${field}: there is no ${key}`, Code.InvalidArgument);
  return found;
}

export const nameOf = (id: string) => PEOPLE.find(({ slackUserId }) => slackUserId === id)?.name ?? id;

export function roleWith(key: string, holder: string | undefined) {
  return create(IncidentRoleSchema, {
    role: find(ROLES, key, "role"),
    ...(holder && { holder: create(PersonSchema, { slackUserId: holder, name: nameOf(holder) }) }),
  });
}
