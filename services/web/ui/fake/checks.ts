import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CheckSchema,
  CheckState,
  ServiceChecksSchema,
  type ChecksService,
  type ServiceChecks,
} from "../src/gen/incident_bot/v1/checks_pb";
import type { Method } from "./server";

/** What it needs of the rest of the server. */
interface Server {
  enter(method: Method, request: unknown): Promise<void>;
}

const QUEUES = ["slack", "pagerduty", "confluence", "statuspage", "status-polling"];
const ok = (name: string) => ({ name, state: CheckState.OK });

/** What every service found when it checked what it needs, in memory. */
export class FakeChecks {
  services: ServiceChecks[] = [
    this.found({ service: "web", checks: [ok("database"), ok("people")] }),
    this.found({ process: "p1", service: "gateway", instance: "gateway-1", checks: [ok("socket")] }),
    this.found({
      process: "p2",
      service: "worker",
      instance: "worker-1",
      queues: QUEUES,
      checks: [ok("pagerduty")],
    }),
  ];
  missing: MessageInitShape<typeof CheckSchema>[] = [];
  /** Whether services answer when they are asked to check again. */
  answers = true;

  constructor(private readonly server: Server) {}

  /** What a check of a service says from now on. */
  set(service: string, check: MessageInitShape<typeof CheckSchema>): void {
    for (const one of this.services.filter((each) => each.service === service)) {
      one.checks = [...one.checks.filter(({ name }) => name !== check.name), create(CheckSchema, check)];
    }
  }

  readonly service: ServiceImpl<typeof ChecksService> = {
    getChecks: async (request) => {
      await this.server.enter("getChecks", request);
      return { services: this.services, missing: this.missing };
    },
    requestChecks: async (request) => {
      await this.server.enter("requestChecks", request);
      const requestedAt = timestampFromMs(Date.now());
      if (this.answers) for (const one of this.services) one.checkedAt = requestedAt;
      return { requestedAt };
    },
  };

  private found(service: MessageInitShape<typeof ServiceChecksSchema>): ServiceChecks {
    return create(ServiceChecksSchema, { checkedAt: timestampFromMs(Date.now() - 150_000), ...service });
  }
}
