/**
 * Block Kit. What only shows something is drawn by slack-blocks-to-jsx; what people work with is
 * drawn here, because it must tell the app.
 */

import { memo } from "react";
import { Message as Drawn, type Block as DrawnBlock } from "slack-blocks-to-jsx";
import { useWorld } from "./context";
import { ElementControl } from "./elements";
import type { Block, Spot } from "./types";

/** Blocks of a message or a view. */
export function Blocks({ blocks, at }: { blocks: Block[]; at: Spot }) {
  return (
    <div className="blocks">
      {blocks.map((block, index) => (
        <OneBlock key={block.block_id ?? index} block={block} at={at} />
      ))}
    </div>
  );
}

function OneBlock({ block, at }: { block: Block; at: Spot }) {
  if (block.type === "actions") {
    return (
      <div className="block actions">
        {block.elements?.map((element) => (
          <ElementControl key={element.action_id} block={block} element={element} at={at} />
        ))}
      </div>
    );
  }
  if (block.accessory !== undefined) {
    const { accessory, ...rest } = block;
    return (
      <div className="block with-accessory">
        <Static block={rest} />
        {accessory.type === "image" ? (
          <img className="accessory-image" src={accessory.image_url} alt={accessory.alt_text} />
        ) : (
          <ElementControl block={block} element={accessory} at={at} />
        )}
      </div>
    );
  }
  if (block.type === "header") {
    return <h3 className="block header">{block.text?.text}</h3>;
  }
  if (block.type === "divider") {
    return <hr className="block" />;
  }
  return <Static block={block} />;
}

/** Text in Slack's own markup. */
export function Markup({ text }: { text: string }) {
  return <Static block={{ type: "section", text: { type: "mrkdwn", text } }} />;
}

function Static({ block }: { block: Block }) {
  const { workspace, openChannel } = useWorld();
  return (
    <DrawnStatic
      block={block}
      people={workspace.people}
      channels={workspace.channels}
      groups={workspace.user_groups}
      openChannel={openChannel}
    />
  );
}

interface StaticProps {
  block: Block;
  people: { id: string; name: string; real_name: string }[];
  channels: { id: string; name: string }[];
  groups: { id: string; name: string }[];
  openChannel: (id: string) => void;
}

const DrawnStatic = memo(function DrawnStatic({
  block,
  people,
  channels,
  groups,
  openChannel,
}: StaticProps) {
  return (
    <div className={`block ${block.type}`}>
      <Drawn
        blocks={[block as unknown as DrawnBlock]}
        logo=""
        name=""
        theme="light"
        withoutWrapper
        data={{
          users: people.map((user) => ({ id: user.id, name: user.real_name })),
          channels: channels.map((channel) => ({ id: channel.id, name: channel.name })),
          user_groups: groups.map((group) => ({ id: group.id, name: group.name })),
        }}
        hooks={{
          user: (user) => <span className="mention">@{user.name}</span>,
          usergroup: (group) => <span className="mention">@{group.name}</span>,
          channel: (channel) => (
            <button type="button" className="mention" onClick={() => openChannel(channel.id)}>
              #{channel.name}
            </button>
          ),
          atHere: () => <span className="mention everyone">@here</span>,
          atChannel: () => <span className="mention everyone">@channel</span>,
          atEveryone: () => <span className="mention everyone">@everyone</span>,
          link: ({ href, children }) => <Link href={href}>{children}</Link>,
        }}
      />
    </div>
  );
}, sameStatic);

/** The workspace is new after every change; a block is drawn anew only when its names changed. */
function sameStatic(before: StaticProps, after: StaticProps): boolean {
  return (
    JSON.stringify(before.block) === JSON.stringify(after.block) &&
    before.people.length === after.people.length &&
    before.groups.length === after.groups.length &&
    before.channels.length === after.channels.length &&
    before.channels.every((channel, index) => channel.name === after.channels[index]?.name)
  );
}

/** Links into the sandbox stay on this page and with the same person. */
function Link({ href, children }: { href: string; children: React.ReactNode }) {
  const inside = ownAddress(href);
  return (
    <a href={inside ?? href} {...(inside === null ? { target: "_blank", rel: "noreferrer" } : {})}>
      {children}
    </a>
  );
}

/** The address of a channel or message of this workspace, kept with who acts. */
export function ownAddress(href: string): string | null {
  const match =
    /\/archives\/(C[A-Z0-9]+)(\/p\d+)?/.exec(href) ??
    /app_redirect\?.*channel=(C[A-Z0-9]+)/.exec(href) ??
    /\/client\/[A-Z0-9]+\/(C[A-Z0-9]+)/.exec(href);
  if (match === null) {
    return null;
  }
  return `/archives/${match[1] ?? ""}${match[2] ?? ""}${window.location.search}`;
}
