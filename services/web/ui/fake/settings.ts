import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { Incident } from "../src/gen/incident_bot/v1/incidents_pb";
import {
  InvalidSettingsSchema,
  SettingGroupSchema,
  SettingType,
  StaleSettingsSchema,
  type Setting,
  type SettingChange,
  type SettingFieldSchema,
  type SettingsService,
} from "../src/gen/incident_bot/v1/settings_pb";
import type { Method } from "./server";

/** What it needs of the rest of the server. */
interface Server {
  session: { name: string } | null;
  enter(method: Method, request: unknown): Promise<void>;
  get(id: string): Incident;
}

const TEMPLATE = "<h2>What happened</h2>\n{{description}}\n<h2>Timeline</h2>\n{{timeline}}\n";

type Field = MessageInitShape<typeof SettingFieldSchema>;

function setting(
  key: string,
  label: string,
  type: SettingType,
  value: unknown,
  more: Field = {},
  editor = "",
) {
  const json = JSON.stringify(value);
  const field = { key, label, type, help: "", ...more };
  return { field, value: json, defaultValue: json, editor };
}

function field(key: string, label: string, type: SettingType, more: Field = {}): Field {
  return { key, label, type, ...more };
}

const { TEXT, LONG_TEXT, LINK, KEY, SWITCH, NUMBER, CHOICE, CHOICES, TEXTS, LINES, ITEMS } = SettingType;

const group = (key: string, label: string, settings: ReturnType<typeof setting>[]) =>
  create(SettingGroupSchema, { key, label, help: `About ${label}.`, settings });

function groups() {
  const severity = (key: string) => ({ key, label: key.toUpperCase(), reminders: true, page_teams: [] });
  const role = (key: string, label: string) => ({ key, label, duties: ["Lead.", "Decide."] });
  return [
    group("general", "General", [
      setting("time_zone", "Time zone", CHOICE, "UTC", {
        options: ["Europe/Berlin", "Europe/Madrid", "UTC"].map((value) => ({ value, label: value })),
      }),
      setting("meeting_link", "Meeting", LINK, null, { optional: true }),
    ]),
    group("severities", "Severities", [
      setting("severities", "Severities", ITEMS, ["sev1", "sev2", "sev3", "sev4"].map(severity), {
        itemName: "severity",
        maxLength: 20,
        fields: [
          field("key", "Key", KEY),
          field("label", "Label", TEXT),
          field("reminders", "Reminders", SWITCH),
          field("page_teams", "Paged teams", TEXTS),
        ],
      }),
      setting("default_severity", "Default severity", CHOICE, "sev4", { optionsOf: "severities" }),
    ]),
    group("roles", "Roles", [
      setting("roles", "Roles", ITEMS, [role("lead", "Lead"), role("scribe", "Scribe")], {
        itemName: "role",
        maxLength: 20,
        fields: [field("key", "Key", KEY), field("label", "Label", TEXT), field("duties", "Duties", LINES)],
      }),
    ]),
    group("channels", "Channels", [
      setting("channel_topic", "Topic", TEXT, "", { maxLength: 250 }),
      setting("invite_groups", "Invited user groups", TEXTS, []),
      setting("archive_after_days", "Archive after", NUMBER, null, {
        optional: true,
        max: 366,
        unit: "days",
      }),
    ]),
    group("reminders", "Reminders", [
      setting("update_every_minutes", "Further updates", NUMBER, 25, { min: 1, max: 1440, unit: "minutes" }),
      setting("reminder_roles", "Mentioned roles", CHOICES, ["lead"], { optionsOf: "roles" }),
      setting("reminder_here", "Mention @here", SWITCH, true),
    ]),
    group("upstream-providers", "Upstream providers", [
      setting("providers", "Providers", TEXTS, ["github"], {}, "providers"),
    ]),
    group("rca-document", "RCA document", [
      setting("rca_template", "Template", LONG_TEXT, TEMPLATE, {}, "rca_template"),
    ]),
  ];
}

/** What admins change, in memory. */
export class FakeSettings {
  readonly defaultTemplate = TEMPLATE;
  readonly groups = groups();
  /** Those whose status cannot be read. */
  readonly broken = new Set<string>();
  readonly warnings: string[] = [];

  constructor(private readonly server: Server) {}

  /** The setting with this key. */
  get(key: string): Setting {
    const all = this.groups.flatMap(({ settings }) => settings);
    const found = all.find((one) => one.field?.key === key);
    if (!found) throw new ConnectError(`changes: There is no setting ${key}.`, Code.InvalidArgument);
    return found;
  }

  valueOf(key: string): unknown {
    return JSON.parse(this.get(key).value);
  }

  /** Changes a setting, as somebody else does. */
  set(key: string, value: unknown, who = "Ada"): void {
    const setting = this.get(key);
    setting.value = JSON.stringify(value);
    setting.revision += 1n;
    setting.changedAt = timestampFromMs(Date.now());
    setting.changedBy = who;
  }

  /** Refuses the next change: at these places of settings. */
  refuseNext(...settings: MessageInitShape<typeof InvalidSettingsSchema>["settings"] & object): void {
    const error = new ConnectError("not valid", Code.InvalidArgument, undefined, [
      { desc: InvalidSettingsSchema, value: { settings } },
    ]);
    this.refusals.push(error);
  }

  private readonly refusals: ConnectError[] = [];

  readonly service: ServiceImpl<typeof SettingsService> = {
    listSettings: async (request) => {
      await this.server.enter("listSettings", request);
      return { groups: this.groups };
    },
    updateSettings: async (request) => {
      await this.server.enter("updateSettings", request);
      this.update(request.changes);
      return { groups: this.groups };
    },
    getRcaTemplate: async (request) => {
      await this.server.enter("getTemplate", request);
      return {
        template: String(this.valueOf("rca_template")),
        defaultTemplate: this.defaultTemplate,
        placeholders: [
          { name: "title", meaning: "the incident's title" },
          { name: "timeline", meaning: "the timeline, as a table" },
        ],
      };
    },
    previewRcaTemplate: async (request) => {
      await this.server.enter("previewTemplate", request);
      const { title } = this.server.get(request.incidentId);
      return { body: request.template.replaceAll("{{title}}", title) };
    },
    getProviders: async (request) => {
      await this.server.enter("getProviders", request);
      return { providers: this.watched(), known: ["aws", "github", "slack"], warnings: this.warnings };
    },
  };

  private update(changes: SettingChange[]): void {
    const refused = this.refusals.shift();
    if (refused) throw refused;
    const stale = changes.flatMap(({ key, value, revision }) => {
      const setting = this.get(key);
      if (setting.revision === revision) return [];
      const { value: current, changedAt, changedBy } = setting;
      const known = { key, yours: value ?? "null", current, revision: setting.revision, changedBy };
      return [{ ...known, ...(changedAt && { changedAt }) }];
    });
    if (stale.length > 0) {
      throw new ConnectError("Somebody else has changed it.", Code.Aborted, undefined, [
        { desc: StaleSettingsSchema, value: { settings: stale } },
      ]);
    }
    for (const { key, value } of changes) {
      this.set(key, JSON.parse(value ?? this.get(key).defaultValue), this.server.session?.name);
    }
  }

  private watched() {
    const providers = this.valueOf("providers") as string[];
    return providers.map((provider) => ({
      provider,
      feed: {
        name: provider,
        url: provider.includes("://") ? provider : `https://${provider}.example.com`,
        ...(this.broken.has(provider) && { failingSince: { seconds: 1n }, error: "No answer." }),
      },
    }));
  }
}
