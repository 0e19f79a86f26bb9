import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  SlackConnectionSchema,
  SlackConnectionState,
  type AccountService,
  type SlackConnection,
} from "../src/gen/incident_bot/v1/account_pb";
import type { Session } from "../src/gen/incident_bot/v1/auth_pb";
import { nameOf } from "./company";
import type { Method } from "./server";

/** What it needs of the rest of the server. */
interface Server {
  session: Session | null;
  enter(method: Method, request: unknown): Promise<void>;
}

/** Who the one who is signed in is in Slack, in memory. */
export class FakeAccount {
  connection: SlackConnection = create(SlackConnectionSchema, { state: SlackConnectionState.NOT_CONNECTED });

  constructor(private readonly server: Server) {}

  /** The person in Slack says that it is them. */
  answerSlack(slackUserId: string): void {
    const { session } = this.server;
    if (session) this.server.session = { ...session, slackUserId };
    this.connection = create(SlackConnectionSchema, {
      state: SlackConnectionState.CONNECTED,
      name: nameOf(slackUserId),
    });
  }

  readonly service: ServiceImpl<typeof AccountService> = {
    getSlackConnection: async (request) => {
      await this.server.enter("getSlackConnection", request);
      return { connection: this.connection };
    },
    connectSlack: async (request) => {
      await this.server.enter("connectSlack", request);
      this.connection = create(SlackConnectionSchema, {
        state: SlackConnectionState.WAITING,
        name: "alice",
        expiresAt: timestampFromMs(Date.now() + 15 * 60_000),
      });
      return { connection: this.connection };
    },
  };
}
