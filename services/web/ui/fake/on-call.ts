import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampNow, type Timestamp } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { Incident, IncidentService } from "../src/gen/incident_bot/v1/incidents_pb";
import {
  PageNotSent,
  PageSchema,
  PageState,
  PageUrgency,
  ResolvePages,
  SeverityPagesSchema,
  TeamSchema,
  type OnCallPerson,
  type OnCallService,
  type Page,
  type Team,
} from "../src/gen/incident_bot/v1/on_call_pb";
import { TimelineEntryKind } from "../src/gen/incident_bot/v1/timeline_pb";
import type { Method } from "./server";

/** What it needs of the rest of the server. */
interface Server {
  enter(method: Method, request: unknown): Promise<void>;
  act(
    method: Method,
    request: { incidentId: string; requestId: string },
    change: (who: string) => void,
  ): Promise<{ incident: Incident }>;
  get(id: string): Incident;
  note(id: string, kind: TimelineEntryKind, text: string, at?: number, actor?: string): void;
  change(id: string, changed: Partial<Incident>): void;
}

/** Who is on call, and pages, in memory. */
export class FakeOnCall {
  enabled = true;
  teams: Team[] = [];
  copiedAt: Timestamp | undefined = timestampFromMs(Date.now() - 330_000);
  notice = "";
  pages = new Map<string, Page[]>();
  /** Whom a severity would page, whatever the incident. */
  severityPages: MessageInitShape<typeof SeverityPagesSchema>[] = [];
  /** Whom a severity would page when an incident is declared with it. */
  calledBySeverity: MessageInitShape<typeof SeverityPagesSchema>[] = [];
  resolvePages = ResolvePages.ASK;
  /** Whether PagerDuty answers when it is read again. */
  reads = true;

  constructor(private readonly server: Server) {}

  /** Adds a team with who is on call at each level. */
  add(name: string, ...levels: string[][]): Team {
    const id = `P${String(this.teams.length + 1)}`;
    const until = timestampFromMs(Date.now() + 4 * 3_600_000);
    const team = create(TeamSchema, {
      id,
      name,
      url: `https://acme.pagerduty.example/escalation_policies/${id}`,
      levels: levels.map((names, index) => ({
        number: index + 1,
        minutes: 30,
        people: names.map((person) => ({
          id: `P${person}`,
          name: person,
          slackUserId: person === "frank" ? "" : `U${person}`,
          until,
        })),
      })),
    });
    this.teams.push(team);
    return team;
  }

  page(id: string, team: string, by: string, more: MessageInitShape<typeof PageSchema>): void {
    const pages = this.pages.get(id) ?? [];
    const page = create(PageSchema, {
      id: `${id}-${String(pages.length)}`,
      team,
      pagedBy: by,
      pagedAt: timestampFromMs(Date.now()),
      urgency: PageUrgency.HIGH,
      state: PageState.TRIGGERED,
      ...more,
    });
    this.pages.set(id, [...pages, page]);
    this.server.note(id, TimelineEntryKind.PAGED, `paged ${team}.`, Date.now(), by);
    this.server.change(id, {});
  }

  /** Somebody takes the last page of an incident. */
  acknowledge(id: string, by: string): void {
    const pages = this.pages.get(id) ?? [];
    const acknowledgedAt = timestampFromMs(Date.now());
    const last = pages.length - 1;
    this.pages.set(
      id,
      pages.map((page, index) =>
        index === last
          ? { ...page, state: PageState.ACKNOWLEDGED, acknowledgedBy: by, acknowledgedAt }
          : page,
      ),
    );
    this.server.change(id, {});
  }

  service: ServiceImpl<typeof OnCallService> = {
    listOnCall: async (request) => {
      await this.server.enter("listOnCall", request);
      if (!this.enabled) return {};
      const words = request.query.toLowerCase().split(/\s+/);
      const found = this.teams.filter((team) => {
        const text = [team.name, ...people(team).map(({ name }) => name)].join(" ").toLowerCase();
        return words.every((word) => text.includes(word));
      });
      const from = Number(request.pageToken || "0");
      const to = from + (request.pageSize || 25);
      return {
        enabled: true,
        teams: found.slice(from, to),
        nextPageToken: to < found.length ? String(to) : "",
        notice: this.notice,
        ...(this.copiedAt && { copiedAt: this.copiedAt }),
      };
    },
    refreshOnCall: async (request) => {
      await this.server.enter("refreshOnCall", request);
      if (this.reads) {
        this.copiedAt = timestampFromMs(Date.now());
        this.notice = "";
      }
      return {};
    },
  };

  ofIncidents: Pick<
    ServiceImpl<typeof IncidentService>,
    "previewPage" | "pageTeam" | "pageAnyway" | "invitePerson"
  > = {
    previewPage: async (request) => {
      await this.server.enter("previewPage", request);
      const team = this.find(request.teamId);
      const person = people(team).find(({ id }) => id === request.personId);
      const first = team.levels.find((level) => level.people.length > 0);
      const names = first?.people.map(({ name }) => name).join(" and ");
      return {
        calls: person
          ? `PagerDuty will page only ${person.name} (${team.name}).`
          : `PagerDuty will page ${names ?? "nobody"} (${team.name}).`,
        anybody: first !== undefined,
        notes: ["They are invited to the channel."],
        notice: this.notice,
        shownAt: timestampNow(),
      };
    },
    pageTeam: (request) =>
      this.server.act("pageTeam", request, (who) => {
        const team = this.find(request.teamId);
        const person = people(team).find(({ id }) => id === request.personId)?.name ?? "";
        const { urgency, message } = request;
        this.page(request.incidentId, team.name, who, { person, urgency, message, state: PageState.WAITING });
      }),
    pageAnyway: (request) =>
      this.server.act("pageAnyway", request, (who) => {
        const sent = { state: PageState.WAITING, notSent: PageNotSent.UNSPECIFIED, canPageAnyway: false };
        const pages = this.pages.get(request.incidentId) ?? [];
        this.pages.set(
          request.incidentId,
          pages.map((page) => (page.id === request.pageId ? { ...page, ...sent, pagedBy: who } : page)),
        );
        this.server.change(request.incidentId, {});
      }),
    invitePerson: (request) =>
      this.server.act("invitePerson", request, (who) => {
        const text = `invited ${request.slackUserId}.`;
        this.server.note(request.incidentId, TimelineEntryKind.PERSON_INVITED, text, Date.now(), who);
        this.server.change(request.incidentId, {});
      }),
  };

  private find(id: string): Team {
    const team = this.teams.find((one) => one.id === id);
    if (team) return team;
    throw new ConnectError("This team is no longer in PagerDuty; choose another.", Code.FailedPrecondition);
  }
}

const people = (team: Team): OnCallPerson[] => team.levels.flatMap((level) => level.people);
