/** What the sandbox tells, as JSON. */

export interface User {
  id: string;
  name: string;
  real_name: string;
  email: string;
  is_bot: boolean;
  deleted: boolean;
  team_id: string;
  is_restricted: boolean;
  is_ultra_restricted: boolean;
  is_admin: boolean;
}

export interface UserGroup {
  id: string;
  handle: string;
  name: string;
  users: string[];
  disabled: boolean;
}

export interface Channel {
  id: string;
  name: string;
  kind: "public" | "private" | "direct";
  topic: string;
  archived: boolean;
  /** Other workspaces that it is shared with. */
  connected_teams: string[];
  is_member: boolean;
  bot_is_member: boolean;
  members: number;
  latest: string | null;
  latest_user: string | null;
}

export interface Text {
  type: "plain_text" | "mrkdwn";
  text: string;
  emoji?: boolean;
  /** Bare addresses are no links. */
  verbatim?: boolean;
}

export interface Option {
  text: Text;
  value: string;
  description?: Text;
  url?: string;
}

export interface Confirm {
  title: Text;
  text: Text;
  confirm: Text;
  deny: Text;
  style?: "primary" | "danger";
}

/** An element; which fields there are depends on its type. */
export interface Element {
  type: string;
  action_id?: string;
  text?: Text;
  placeholder?: Text;
  style?: "primary" | "danger";
  url?: string;
  confirm?: Confirm;
  options?: Option[];
  option_groups?: { label: Text; options: Option[] }[];
  initial_option?: Option;
  initial_options?: Option[];
  initial_user?: string;
  initial_users?: string[];
  initial_channel?: string;
  initial_channels?: string[];
  initial_conversation?: string;
  initial_conversations?: string[];
  initial_date?: string;
  initial_time?: string;
  initial_date_time?: number;
  initial_value?: string;
  multiline?: boolean;
  max_length?: number;
  min_query_length?: number;
  image_url?: string;
  alt_text?: string;
}

export interface Block {
  type: string;
  block_id?: string;
  text?: Text;
  fields?: Text[];
  label?: Text;
  hint?: Text;
  optional?: boolean;
  dispatch_action?: boolean;
  element?: Element;
  elements?: Element[];
  accessory?: Element;
}

export interface Reaction {
  name: string;
  users: string[];
}

/** What hangs below a message, as alerts and older apps write it. */
export interface Attachment {
  color?: string;
  pretext?: string;
  author_name?: string;
  title?: string;
  title_link?: string;
  text?: string;
  fallback?: string;
  fields?: { title: string; value: string; short?: boolean }[];
  blocks?: Block[];
  image_url?: string;
  footer?: string;
}

export interface Message {
  ts: string;
  user: string;
  from_app: boolean;
  subtype: string | null;
  text: string;
  blocks: Block[];
  attachments: Attachment[];
  extra: Record<string, unknown>;
  thread_ts: string | null;
  broadcast: boolean;
  reactions: Reaction[];
  edited: string | null;
  files: string[];
}

export interface Ephemeral {
  ts: string;
  text: string;
  blocks: Block[];
  thread_ts: string | null;
}

export interface ViewContent {
  type: "modal" | "home";
  title?: Text;
  submit?: Text | null;
  close?: Text | null;
  blocks: Block[];
}

export interface View {
  id: string;
  content: ViewContent;
  values: Record<string, Record<string, StateValue>>;
  errors: Record<string, string>;
}

/** A value as Slack reports it. */
export interface StateValue {
  type: string;
  value?: string | null;
  selected_option?: Option | null;
  selected_options?: Option[];
  selected_user?: string | null;
  selected_users?: string[];
  selected_channel?: string | null;
  selected_channels?: string[];
  selected_conversation?: string | null;
  selected_conversations?: string[];
  selected_date?: string | null;
  selected_time?: string | null;
  selected_date_time?: number | null;
}

export interface Workspace {
  me: string;
  /** Whether the app is being emptied, too. */
  starting_over: boolean;
  bot: string;
  people: User[];
  user_groups: UserGroup[];
  channels: Channel[];
  views: View[];
  home: View | null;
  shortcuts: { name: string; callback_id: string }[];
  commands: string[];
  sockets: number;
  foreign_sockets: number;
}

export interface Inside {
  channel: Channel;
  member_ids: string[];
  pins: { ts: string; user: string }[];
  bookmarks: { id: string; title: string; link: string; emoji: string }[];
  messages: Message[];
  ephemerals: Ephemeral[];
  files: Record<string, string>;
}

export interface Answer {
  acked_after: { secs: number; nanos: number } | null;
}

export type Submission =
  | { kind: "closed" }
  | { kind: "errors"; value: Record<string, string> }
  | { kind: "updated"; value: View }
  | { kind: "unanswered" }
  | { kind: "misunderstood"; value: string };

export interface Harm {
  kind: string;
  value?: number | string;
}

export interface Fault {
  method: string;
  harm: Harm;
  nth?: number;
  times?: number | null;
}

export interface Trouble {
  latency_ms: number;
  latency_of_ms: Record<string, number>;
  rate_limits: { enabled: boolean; speed: number; message_burst: number };
  faults: { id: number; fault: Fault; seen: number }[];
  /** The calls of other vendors than Slack that can be broken. */
  methods: string[];
}

export interface Outage {
  id: number;
  title: string;
  state: string;
  began_at: string;
  ended_at: string | null;
}

export interface Feeds {
  feeds: { provider: string; outages: Outage[] }[];
}

export interface PageComponent {
  id: string;
  name: string;
  status: string;
  group: string | null;
}

export interface PageUpdate {
  id: string;
  status: string;
  body: string;
  notified: boolean;
  at: string;
}

export interface PageIncident {
  id: string;
  name: string;
  status: string;
  impact: string;
  updates: PageUpdate[];
  scheduled_for: string | null;
}

export interface StatusPage {
  limited: boolean;
  groups: { id: string; name: string }[];
  components: PageComponent[];
  incidents: PageIncident[];
}
export interface PagerDutyIncident {
  id: string;
  title: string;
  status: "triggered" | "acknowledged" | "resolved";
  assigned: string[];
}

export interface PagerDuty {
  users: { id: string; name: string }[];
  incidents: PagerDutyIncident[];
}

export interface ConfluencePage {
  id: string;
  space: string;
  title: string;
  body: string;
  version: number;
  message: string;
  attachments: { name: string; size: number }[];
}

export interface Confluence {
  site: string;
  may_write: boolean;
  pages: ConfluencePage[];
}

export interface Call {
  seq: number;
  method: string;
  at: string;
  args: unknown;
  outcome: { kind: string; value?: unknown };
  took: { secs: number; nanos: number } | null;
}

/** Where an element stands. */
export type Spot = { channel: string; ts: string } | { view: string };
