import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { AuthService, SessionSchema, UserRole, type Session } from "../src/gen/incident_bot/v1/auth_pb";
import {
  IncidentSchema,
  IncidentService,
  IncidentState,
  SeveritySchema,
  StatusSchema,
  type Incident,
  type ListIncidentsRequest,
} from "../src/gen/incident_bot/v1/incidents_pb";
import {
  TimelineEntryKind,
  TimelineEntrySchema,
  type TimelineEntry,
} from "../src/gen/incident_bot/v1/timeline_pb";

export const SEVERITIES = [
  ["sev1", "SEV1", "🟥", "Critical: most customers cannot use the product."],
  ["sev2", "SEV2", "🟧", "Major: an important part is broken for many customers."],
  ["sev3", "SEV3", "🟨", "Minor: something is broken, with a way around it."],
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

export interface Seed {
  description: string;
  severity?: string;
  status?: string;
  private?: boolean;
  by?: string;
  minutesAgo?: number;
  resolvedAfterMinutes?: number;
  channel?: boolean;
}

type Fault = ConnectError | Promise<void>;
type Method = "signIn" | "signOut" | "getSession" | "list" | "get" | "declare" | "watch" | "options";

/** The API in memory, true to the contract as far as the console can see. */
export class FakeServer {
  session: Session | null = create(SessionSchema, {
    email: "admin@admin.com",
    name: "Admin",
    role: UserRole.ADMIN,
    version: "1.0.0",
  });
  password = "secret";
  incidents: Incident[] = [];
  timeline = new Map<string, TimelineEntry[]>();
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
      },
    });
  }

  resolve(id: string): void {
    this.change(id, { status: find(STATUSES, "resolved"), resolvedAt: timestampFromMs(Date.now()) });
  }

  note(id: string, kind: TimelineEntryKind, text: string, at = Date.now(), actor = ""): void {
    const entries = this.timeline.get(id) ?? [];
    const entry = create(TimelineEntrySchema, {
      id: `${id}-${String(entries.length)}`,
      kind,
      actor,
      text,
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
    });
    router.service(IncidentService, {
      listIncidents: async (request) => {
        await this.enter("list", request);
        return this.list(request);
      },
      getIncident: async ({ id }) => {
        await this.enter("get", { id });
        const incident = this.incidents.find((other) => other.id === id);
        if (!incident) throw new ConnectError("no such incident", Code.NotFound);
        return { incident, timeline: this.timeline.get(id) ?? [] };
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
        };
      },
      watchIncidents: (request, context) => this.watch(request, context.signal),
    });
  };

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
        if (!incident) return;
        yield { incident };
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
      incidents: found.slice(from, to),
      nextPageToken: to < found.length ? String(to) : "",
      total: found.length,
    };
  }

  private async enter(method: Method, request: unknown, needsSession = true): Promise<void> {
    this.calls.push({ method, request });
    const [fault, ...rest] = this.faults.get(method) ?? [];
    this.faults.set(method, rest);
    if (fault instanceof ConnectError) throw fault;
    await fault;
    if (needsSession && !this.session) throw new ConnectError("no session", Code.Unauthenticated);
  }

  private tell(incident: Incident): void {
    for (const watcher of this.watchers) watcher.push(incident);
  }
}

class Watcher {
  private queue: Incident[] = [];
  private wake: (() => void) | undefined;
  private ended = false;

  push(incident: Incident): void {
    this.queue.push(incident);
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async next(): Promise<Incident | undefined> {
    while (this.queue.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.queue.shift();
  }
}

const ms = ({ declaredAt }: Incident) => (declaredAt ? timestampMs(declaredAt) : 0);

function find<T extends { key: string }>(all: T[], key: string): T {
  const found = all.find((one) => one.key === key);
  if (!found) throw new ConnectError(`severity: there is no ${key}`, Code.InvalidArgument);
  return found;
}
