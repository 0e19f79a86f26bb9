import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  DiscardedJobSchema,
  GetJobsOverviewResponseSchema,
  StalledIntegrationSchema,
  type DiscardedJob,
  type JobsService,
} from "../src/gen/incident_bot/v1/jobs_pb";
import type { Method } from "./server";

/** What it needs of the rest of the server. */
interface Server {
  enter(method: Method, request: unknown): Promise<void>;
}

/** What was given up, waits, and is planned, in memory. */
export class FakeJobs {
  private discarded: DiscardedJob[] = [];
  overview: MessageInitShape<typeof GetJobsOverviewResponseSchema> = {
    queues: ["slack", "pagerduty", "confluence", "statuspage", "status-polling"].map((queue) => ({ queue })),
  };
  /** What does not get on outside. */
  stalled: MessageInitShape<typeof StalledIntegrationSchema>[] = [];
  private serial = 0;

  constructor(private readonly server: Server) {}

  /** The newest job that was given up. */
  giveUp(job: MessageInitShape<typeof DiscardedJobSchema>): void {
    const added = create(DiscardedJobSchema, {
      id: `job-${String((this.serial += 1))}`,
      queue: "slack",
      attempts: 5,
      discardedAt: timestampFromMs(Date.now()),
      retry: true,
      ...job,
    });
    this.discarded = [added, ...this.discarded];
  }

  readonly service: ServiceImpl<typeof JobsService> = {
    listDiscardedJobs: async (request) => {
      await this.server.enter("listJobs", request);
      const from = Number(request.pageToken || "0");
      const to = from + 25;
      return {
        jobs: this.discarded.slice(from, to),
        nextPageToken: to < this.discarded.length ? String(to) : "",
      };
    },
    retryJob: async (request) => {
      await this.server.enter("retryJob", request);
      this.discarded = this.discarded.filter(({ id }) => id !== request.id);
      return {};
    },
    getHealth: async (request) => {
      await this.server.enter("health", request);
      return { stalled: this.stalled.map((one) => create(StalledIntegrationSchema, one)) };
    },
    getJobsOverview: async (request) => {
      await this.server.enter("overview", request);
      return create(GetJobsOverviewResponseSchema, this.overview);
    },
  };
}
