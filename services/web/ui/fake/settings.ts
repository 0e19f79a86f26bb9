import type { ServiceImpl } from "@connectrpc/connect";
import type { Incident } from "../src/gen/incident_bot/v1/incidents_pb";
import type { SettingsService } from "../src/gen/incident_bot/v1/settings_pb";
import type { Method } from "./server";

/** What it needs of the rest of the server. */
interface Server {
  enter(method: Method, request: unknown): Promise<void>;
  get(id: string): Incident;
}

/** What admins change, in memory. */
export class FakeSettings {
  readonly defaultTemplate = "<h2>What happened</h2>\n{{description}}\n<h2>Timeline</h2>\n{{timeline}}\n";
  /** Of the RCA document. */
  template = this.defaultTemplate;

  /** Names and addresses of those whose status is looked at. */
  providers = ["github"];
  /** Those whose status cannot be read. */
  readonly broken = new Set<string>();
  readonly warnings: string[] = [];

  constructor(private readonly server: Server) {}

  readonly service: ServiceImpl<typeof SettingsService> = {
    getRcaTemplate: async (request) => {
      await this.server.enter("getTemplate", request);
      return {
        template: this.template,
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
    updateRcaTemplate: async (request) => {
      await this.server.enter("updateTemplate", request);
      this.template = request.template.trim() === "" ? this.defaultTemplate : request.template;
      return { template: this.template };
    },
    getProviders: async (request) => {
      await this.server.enter("getProviders", request);
      return { providers: this.watched(), known: ["aws", "github", "slack"], warnings: this.warnings };
    },
    updateProviders: async (request) => {
      await this.server.enter("updateProviders", request);
      this.providers = request.providers.map((provider) => provider.trim().toLowerCase());
      return { providers: this.watched() };
    },
  };

  private watched() {
    return this.providers.map((provider) => ({
      provider,
      feed: {
        name: provider,
        url: provider.includes("://") ? provider : `https://${provider}.example.com`,
        ...(this.broken.has(provider) && { failingSince: { seconds: 1n }, error: "No answer." }),
      },
    }));
  }
}
