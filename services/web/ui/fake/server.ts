import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { AccountService } from "../src/gen/incident_bot/v1/account_pb";
import { AuthService, SessionSchema, UserRole, type Session } from "../src/gen/incident_bot/v1/auth_pb";
import { ChecksService } from "../src/gen/incident_bot/v1/checks_pb";
import {
  IncidentSchema,
  IncidentService,
  IncidentState,
  MissingRolesSchema,
  StatusTimeSchema,
  UpdateSchema,
  type GivenRole,
  type Incident,
  type ListIncidentsRequest,
  type StatusTime,
} from "../src/gen/incident_bot/v1/incidents_pb";
import { JobsService } from "../src/gen/incident_bot/v1/jobs_pb";
import { LegacyRecordSchema, type LegacyRecord } from "../src/gen/incident_bot/v1/legacy_pb";
import { OnCallService } from "../src/gen/incident_bot/v1/on_call_pb";
import { PinSchema, type Pin } from "../src/gen/incident_bot/v1/pins_pb";
import { SettingsService } from "../src/gen/incident_bot/v1/settings_pb";
import {
  TimelineEntryKind,
  TimelineEntrySchema,
  type TimelineEntry,
} from "../src/gen/incident_bot/v1/timeline_pb";

import { FakeAccount } from "./account";
import { FakeChecks } from "./checks";
import { find, nameOf, PEOPLE, ROLES, roleWith, SEVERITIES, STATUSES } from "./company";
import { FakeJobs } from "./jobs";
import { FakeOnCall } from "./on-call";
import { FakeSettings } from "./settings";
import { Watcher } from "./watcher";

export interface Seed {
  description: string;
  severity?: string;
  status?: string;
  private?: boolean;
  by?: string;
  minutesAgo?: number;
  resolvedAfterMinutes?: number;
  channel?: boolean;
  /** Who has which role: keys and ids in Slack. */
  roles?: Record<string, string>;
  update?: string;
}

type Fault = ConnectError | Promise<void>;
export type Method =
  | "signIn"
  | "signOut"
  | "getSession"
  | "signInOptions"
  | "list"
  | "get"
  | "declare"
  | "watch"
  | "options"
  | "setSeverity"
  | "setStatus"
  | "assignRole"
  | "giveUpRole"
  | "sendUpdate"
  | "searchPeople"
  | "addEntry"
  | "changeEntry"
  | "deleteEntry"
  | "pins"
  | "legacyRecords"
  | "retryProblem"
  | "getSlackConnection"
  | "connectSlack"
  | "listJobs"
  | "retryJob"
  | "overview"
  | "health"
  | "listOnCall"
  | "refreshOnCall"
  | "previewPage"
  | "pageTeam"
  | "pageAnyway"
  | "invitePerson"
  | "getChecks"
  | "requestChecks"
  | "getTemplate"
  | "previewTemplate"
  | "getProviders"
  | "listSettings"
  | "updateSettings";

/** The API in memory, true to the contract as far as the console can see. */
export class FakeServer {
  session: Session | null = create(SessionSchema, {
    email: "admin@admin.com",
    name: "Admin",
    role: UserRole.ADMIN,
    version: "1.0.0",
  });
  password = "secret";
  /** Whether the digest channel says that there is a private incident. */
  privateInDigest = true;
  /** Where people open the console. */
  consoleUrl = "";
  incidents: Incident[] = [];
  timeline = new Map<string, TimelineEntry[]>();
  statusTimes = new Map<string, StatusTime[]>();
  pins = new Map<string, Pin[]>();
  legacyRecords = new Map<string, LegacyRecord[]>();
  /** Private incidents that the one who is signed in is not in. */
  sealed = new Set<string>();
  readonly account = new FakeAccount(this);
  readonly checks = new FakeChecks(this);
  readonly jobs = new FakeJobs(this);
  readonly onCall = new FakeOnCall(this);
  readonly settings = new FakeSettings(this);
  /** Every call that came in, in order. */
  calls: { method: Method; request: unknown }[] = [];
  /** Makes a channel appear after so many milliseconds, as the worker would. */
  channelAfterMs: number | null = null;

  private faults = new Map<Method, Fault[]>();
  private requests = new Map<string, string>();
  private watchers = new Set<Watcher>();
  private serial = 0;

  /** The next call of `method` fails so, or waits for the promise first. */
  failNext(method: Method, fault: Fault): void {
    this.faults.set(method, [...(this.faults.get(method) ?? []), fault]);
  }

  /** Ends all streams, as a server that is going away. */
  dropStreams(): void {
    for (const watcher of this.watchers) watcher.end();
  }

  /** Says on all streams that they stand. */
  beat(): void {
    for (const watcher of this.watchers) watcher.push(null);
  }

  get streams(): number {
    return this.watchers.size;
  }

  add(seed: Seed): Incident {
    const ago = (seed.minutesAgo ?? 0) * 60_000;
    const declaredAt = Date.now() - ago;
    const resolvedAt =
      seed.resolvedAfterMinutes === undefined ? undefined : declaredAt + seed.resolvedAfterMinutes * 60_000;
    const id = `018f0000-0000-7000-8000-${String((this.serial += 1)).padStart(12, "0")}`;
    const status = resolvedAt ? "resolved" : (seed.status ?? "investigating");
    const by = seed.by ?? "alice";
    const incident = create(IncidentSchema, {
      id,
      title: (seed.description.trim().split("\n")[0] ?? "").slice(0, 120),
      description: seed.description,
      severity: find(SEVERITIES, seed.severity === "" ? "sev4" : (seed.severity ?? "sev4")),
      status: find(STATUSES, status),
      private: seed.private ?? false,
      declaredBy: { name: by, slackUserId: "U1" },
      declaredAt: timestampFromMs(declaredAt),
      updatedAt: timestampFromMs(resolvedAt ?? declaredAt),
      ...(resolvedAt && { resolvedAt: timestampFromMs(resolvedAt) }),
      roles: ROLES.map((role) => roleWith(role.key, seed.roles?.[role.key])),
      ...(seed.update && { lastUpdate: { at: timestampFromMs(Date.now()), message: seed.update } }),
      revision: 1n,
    });
    this.incidents.push(incident);
    const text = `declared the incident as ${incident.severity?.label ?? ""}.`;
    this.note(id, TimelineEntryKind.DECLARED, text, declaredAt, by);
    this.tell(incident);
    if (seed.channel) this.createChannel(id);
    return incident;
  }

  change(id: string, changed: Partial<Incident>): void {
    this.incidents = this.incidents.map((incident) =>
      incident.id === id
        ? {
            ...incident,
            ...changed,
            revision: incident.revision + 1n,
            updatedAt: timestampFromMs(Date.now()),
          }
        : incident,
    );
    const incident = this.incidents.find((other) => other.id === id);
    if (incident) this.tell(incident);
  }

  createChannel(id: string): void {
    const declared = this.incidents.find((other) => other.id === id)?.declaredAt;
    const name = `inc-20261123-${id.slice(-4)}-payments`;
    this.note(
      id,
      TimelineEntryKind.CHANNEL_CREATED,
      `The channel #${name} was created.`,
      (declared ? timestampMs(declared) : Date.now()) + 400,
    );
    this.change(id, {
      channel: {
        $typeName: "incident_bot.v1.SlackChannel",
        id: "C1",
        name,
        url: "https://slack.example/archives/C1",
        closed: "",
      },
    });
  }

  resolve(id: string): void {
    this.change(id, { status: find(STATUSES, "resolved"), resolvedAt: timestampFromMs(Date.now()) });
  }

  setSeverity(id: string, key: string, actor: string): void {
    const severity = find(SEVERITIES, key);
    const text = `changed the severity to ${severity.label}.`;
    this.note(id, TimelineEntryKind.SEVERITY_CHANGED, text, Date.now(), actor, severity.emoji);
    this.change(id, { severity });
  }

  setStatus(id: string, key: string, given: Pick<GivenRole, "role" | "slackUserId">[], actor: string): void {
    const status = find(STATUSES, key, "status");
    const roles = this.get(id).roles.map((one) => {
      const gift = given.find(({ role }) => role === one.role?.key);
      return gift ? roleWith(gift.role, gift.slackUserId) : one;
    });
    const missing = roles.flatMap(({ role, holder }) => (role?.neededToResolve && !holder ? [role] : []));
    if (status.resolved && missing.length > 0) {
      throw new ConnectError(
        `To resolve the incident, assign ${missing.map(({ label }) => label).join(" and ")} first.`,
        Code.FailedPrecondition,
        undefined,
        [{ desc: MissingRolesSchema, value: { roles: missing } }],
      );
    }
    const text = status.resolved ? "resolved the incident." : `set the status to ${status.label}.`;
    this.note(id, TimelineEntryKind.STATUS_CHANGED, text, Date.now(), actor, status.resolved ? "✅" : "");
    const at = timestampFromMs(Date.now());
    this.statusTimes.set(id, [...(this.statusTimes.get(id) ?? []), create(StatusTimeSchema, { status, at })]);
    delete this.get(id).resolvedAt;
    this.change(id, { status, roles, ...(status.resolved && { resolvedAt: at }) });
  }

  /** Gives a role to somebody, or to nobody. */
  giveRole(id: string, key: string, slackUserId: string | undefined, actor: string): void {
    const kind = slackUserId ? TimelineEntryKind.ROLE_TAKEN : TimelineEntryKind.ROLE_GIVEN_UP;
    const label = find(ROLES, key, "role").label;
    const text = slackUserId
      ? `made ${nameOf(slackUserId)} ${label}.`
      : `stepped down as ${label}. The role is open.`;
    this.note(id, kind, text, Date.now(), actor);
    this.change(id, {
      roles: this.get(id).roles.map((one) => (one.role?.key === key ? roleWith(key, slackUserId) : one)),
    });
  }

  sendUpdate(id: string, message: string, actor: string): void {
    this.note(id, TimelineEntryKind.UPDATE_SENT, `sent an update: “${message}”`, Date.now(), actor);
    this.change(id, { lastUpdate: create(UpdateSchema, { at: timestampFromMs(Date.now()), message }) });
  }

  get(id: string): Incident {
    const incident = this.incidents.find((other) => other.id === id);
    if (!incident) throw new ConnectError("no such incident", Code.NotFound);
    return incident;
  }

  /** Declares a private incident that the one who is signed in is not in. */
  addSealed(seed: Seed): Incident {
    const incident = this.add({ ...seed, private: true });
    this.sealed.add(incident.id);
    return incident;
  }

  pin(id: string, pin: { author: string; text?: string; images?: string[]; by?: string }): void {
    const pins = this.pins.get(id) ?? [];
    const number = String(pins.length + 1);
    const added = create(PinSchema, {
      id: `C1/${number}`,
      author: pin.author,
      text: pin.text ?? "",
      writtenAt: timestampFromMs(Date.now()),
      pinnedBy: pin.by ?? "bob",
      pinnedAt: timestampFromMs(Date.now()),
      images: (pin.images ?? []).map((name) => ({
        name,
        path: `/api/v1/incidents/${id}/pins/C1/${number}/${name}`,
        bytes: 1000n,
      })),
    });
    this.pins.set(id, [...pins, added]);
  }

  /** Something of incident-bot 0.8.2 that has no place elsewhere. */
  keepLegacy(id: string, record: MessageInitShape<typeof LegacyRecordSchema>): void {
    const records = this.legacyRecords.get(id) ?? [];
    const added = create(LegacyRecordSchema, {
      id: `incident_logging/${String(records.length + 1)}`,
      ...record,
    });
    this.legacyRecords.set(id, [...records, added]);
  }

  private writeDown(
    { incidentId, date, time, text }: Record<"incidentId" | "date" | "time" | "text", string>,
    actor: string,
    entryId?: string,
  ): void {
    if (date > new Date(Date.now() + 86_400_000).toISOString()) {
      throw new ConnectError("date: That time is in the future.", Code.InvalidArgument);
    }
    // As if the company were in UTC: near enough here.
    const at = timestampFromMs(Date.parse(`${date}T${time}:00Z`));
    const entries = this.timeline.get(incidentId) ?? [];
    const changed = { at, note: text.trim(), text: `noted: ${text.trim()}` };
    if (entryId === undefined) {
      this.note(incidentId, TimelineEntryKind.NOTED, changed.text, timestampMs(at), actor);
      const added = this.timeline.get(incidentId)?.at(-1);
      if (added) Object.assign(added, { mine: true, note: changed.note });
    } else {
      const editedAt = timestampFromMs(Date.now());
      this.timeline.set(
        incidentId,
        entries.map((entry) => (entry.id === entryId ? { ...entry, ...changed, editedAt } : entry)),
      );
    }
    this.change(incidentId, {});
  }

  private shown(incident: Incident): Incident {
    if (!this.sealed.has(incident.id)) return incident;
    const { id, severity, status, declaredAt, updatedAt, resolvedAt, revision } = incident;
    return create(IncidentSchema, {
      id,
      title: "Private incident",
      private: true,
      sealed: true,
      revision,
      ...(severity && { severity }),
      ...(status && { status }),
      ...(declaredAt && { declaredAt }),
      ...(updatedAt && { updatedAt }),
      ...(resolvedAt && { resolvedAt }),
    });
  }

  note(id: string, kind: TimelineEntryKind, text: string, at = Date.now(), actor = "", emoji = ""): void {
    const entries = this.timeline.get(id) ?? [];
    const entry = create(TimelineEntrySchema, {
      id: `${id}-${String((this.serial += 1))}`,
      kind,
      actor,
      text,
      emoji,
      ownWords: kind === TimelineEntryKind.NOTED,
      at: timestampFromMs(at),
    });
    this.timeline.set(id, [...entries, entry]);
  }

  routes = (router: ConnectRouter): void => {
    router.service(AuthService, {
      signIn: async (request) => {
        await this.enter("signIn", request, false);
        if (request.password !== this.password) throw new ConnectError("wrong", Code.Unauthenticated);
        this.session ??= create(SessionSchema, {
          email: request.email,
          name: "Admin",
          role: UserRole.ADMIN,
          version: "1.0.0",
        });
        return { session: this.session };
      },
      signOut: async (request) => {
        await this.enter("signOut", request, false);
        this.session = null;
        return {};
      },
      getSession: async (request) => {
        await this.enter("getSession", request);
        return { ...(this.session && { session: this.session }) };
      },
      getSignInOptions: async (request) => {
        await this.enter("signInOptions", request, false);
        return { consoleUrl: this.consoleUrl };
      },
    });
    router.service(AccountService, this.account.service);
    router.service(ChecksService, this.checks.service);
    router.service(JobsService, this.jobs.service);
    router.service(OnCallService, this.onCall.service);
    router.service(SettingsService, this.settings.service);
    router.service(IncidentService, {
      ...this.onCall.ofIncidents,
      listIncidents: async (request) => {
        await this.enter("list", request);
        return this.list(request);
      },
      getIncident: async ({ id, openPrivate }) => {
        await this.enter("get", { id, openPrivate });
        if (this.sealed.has(id) && !openPrivate) return { incident: this.shown(this.get(id)) };
        return {
          opened: this.sealed.has(id),
          incident: this.get(id),
          timeline: this.timeline.get(id) ?? [],
          statusTimes: this.statusTimes.get(id) ?? [],
          pages: this.onCall.pages.get(id) ?? [],
          severityPages: this.onCall.severityPages,
        };
      },
      declareIncident: async (request) => {
        await this.enter("declare", request);
        const known = this.requests.get(request.requestId);
        const incident =
          this.incidents.find(({ id }) => id === known) ??
          this.add({
            description: request.description,
            severity: request.severity,
            private: request.private,
            by: this.session?.name ?? "",
          });
        this.requests.set(request.requestId, incident.id);
        if (!known && this.channelAfterMs !== null) {
          setTimeout(() => this.createChannel(incident.id), this.channelAfterMs);
        }
        return { incident };
      },
      getIncidentOptions: async (request) => {
        await this.enter("options", request);
        return {
          severities: SEVERITIES,
          statuses: STATUSES,
          defaultSeverity: "sev4",
          timeZone: "Europe/Madrid",
          roles: ROLES,
          rcaChannel: true,
          privateInDigest: this.privateInDigest,
          paging: this.onCall.enabled,
          resolvePages: this.onCall.resolvePages,
          severityPages: this.onCall.calledBySeverity,
        };
      },
      setSeverity: (request) =>
        this.act("setSeverity", request, (who) =>
          this.setSeverity(request.incidentId, request.severity, who),
        ),
      setStatus: (request) =>
        this.act("setStatus", request, (who) =>
          this.setStatus(request.incidentId, request.status, request.roles, who),
        ),
      assignRole: (request) =>
        this.act("assignRole", request, (who) =>
          this.giveRole(request.incidentId, request.role, request.slackUserId, who),
        ),
      giveUpRole: (request) =>
        this.act("giveUpRole", request, (who) =>
          this.giveRole(request.incidentId, request.role, undefined, who),
        ),
      sendUpdate: (request) =>
        this.act("sendUpdate", request, (who) => this.sendUpdate(request.incidentId, request.message, who)),
      addTimelineEntry: (request) => this.act("addEntry", request, (who) => this.writeDown(request, who)),
      changeTimelineEntry: (request) =>
        this.act("changeEntry", request, (who) => this.writeDown(request, who, request.entryId)),
      deleteTimelineEntry: (request) =>
        this.act("deleteEntry", request, () => {
          const entries = this.timeline.get(request.incidentId) ?? [];
          this.timeline.set(
            request.incidentId,
            entries.filter(({ id }) => id !== request.entryId),
          );
          this.change(request.incidentId, {});
        }),
      retryProblem: (request) =>
        this.act("retryProblem", request, (who) => {
          for (const entry of this.timeline.get(request.incidentId) ?? []) {
            if (entry.id === request.entryId) entry.retry = false;
          }
          this.note(
            request.incidentId,
            TimelineEntryKind.TRIED_AGAIN,
            "retried: “It failed.”",
            Date.now(),
            who,
          );
          this.change(request.incidentId, {});
        }),
      listPins: async (request) => {
        await this.enter("pins", request);
        return { pins: this.pins.get(request.incidentId) ?? [] };
      },
      listLegacyRecords: async (request) => {
        await this.enter("legacyRecords", request);
        return { records: this.legacyRecords.get(request.incidentId) ?? [] };
      },
      searchPeople: async (request) => {
        await this.enter("searchPeople", request);
        const words = request.query.toLowerCase().split(/\s+/);
        return {
          people: PEOPLE.filter(({ name, email }) =>
            words.every((word) => `${name} ${email}`.includes(word)),
          ),
        };
      },
      watchIncidents: (request, context) => this.watch(request, context.signal),
    });
  };

  /** Does it once for each request id, and answers with the incident. */
  async act(
    method: Method,
    request: { incidentId: string; requestId: string },
    change: (who: string) => void,
  ): Promise<{ incident: Incident }> {
    await this.enter(method, request);
    const key = `${method}/${request.incidentId}/${request.requestId}`;
    if (!this.requests.has(key)) change(this.session?.name ?? "");
    this.requests.set(key, request.incidentId);
    return { incident: this.get(request.incidentId) };
  }

  private async *watch(request: unknown, signal: AbortSignal) {
    await this.enter("watch", request);
    const watcher = new Watcher();
    this.watchers.add(watcher);
    const end = () => watcher.end();
    signal.addEventListener("abort", end);
    try {
      yield {};
      for (;;) {
        const incident = await watcher.next();
        if (incident === undefined) return;
        yield incident ? { incident } : {};
      }
    } finally {
      signal.removeEventListener("abort", end);
      this.watchers.delete(watcher);
    }
  }

  private list(request: ListIncidentsRequest) {
    const words = request.query.toLowerCase().split(/\s+/);
    const found = this.incidents
      .filter(({ severity, status, resolvedAt, description }) => {
        if (request.severities.length > 0 && !request.severities.includes(severity?.key ?? "")) return false;
        if (request.statuses.length > 0 && !request.statuses.includes(status?.key ?? "")) return false;
        if (request.state === IncidentState.OPEN && resolvedAt) return false;
        if (request.state === IncidentState.RESOLVED && !resolvedAt) return false;
        return words.every((word) => description.toLowerCase().includes(word));
      })
      .sort((a, b) => ms(b) - ms(a) || (a.id < b.id ? 1 : -1));
    const from = Number(request.pageToken || "0");
    const to = from + (request.pageSize || 50);
    return {
      incidents: found.slice(from, to).map((incident) => this.shown(incident)),
      nextPageToken: to < found.length ? String(to) : "",
      total: found.length,
    };
  }

  async enter(method: Method, request: unknown, needsSession = true): Promise<void> {
    this.calls.push({ method, request });
    const [fault, ...rest] = this.faults.get(method) ?? [];
    this.faults.set(method, rest);
    if (fault instanceof ConnectError) throw fault;
    await fault;
    if (needsSession && !this.session) throw new ConnectError("no session", Code.Unauthenticated);
  }

  private tell(incident: Incident): void {
    for (const watcher of this.watchers) watcher.push(this.shown(incident));
  }
}

const ms = ({ declaredAt }: Incident) => (declaredAt ? timestampMs(declaredAt) : 0);
