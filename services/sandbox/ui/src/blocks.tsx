/**
 * Block Kit. Pictures, rich text and markdown are drawn by slack-blocks-to-jsx; texts in Slack's
 * markup and what people work with are drawn here.
 */

import { memo } from "react";
import { Message as Drawn, type Block as DrawnBlock } from "slack-blocks-to-jsx";
import { useWorld, type World } from "./context";
import { ElementControl } from "./elements";
import { Link } from "./link";
import { plain } from "./markup";
import { Markup } from "./mrkdwn";
import type { Block, Element, Spot, Text } from "./types";

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
  const { workspace, openChannel } = useWorld();
  switch (block.type) {
    case "header":
      return <h3 className="block header">{plain(block.text)}</h3>;
    case "divider":
      return <hr className="block" />;
    case "section":
      return <Section block={block} at={at} />;
    case "context":
      return (
        <div className="block context">
          {block.elements?.map((element, index) =>
            element.type === "image" ? (
              <img key={index} src={element.image_url} alt={element.alt_text} />
            ) : (
              <TextObject key={index} text={element as unknown as Text} />
            ),
          )}
        </div>
      );
    case "actions":
      return (
        <div className="block actions">
          {block.elements?.map((element) => (
            <ElementControl key={element.action_id} block={block} element={element} at={at} />
          ))}
        </div>
      );
    default:
      return <DrawnStatic block={block} workspace={workspace} openChannel={openChannel} />;
  }
}

function TextObject({ text }: { text: Text }) {
  return text.type === "mrkdwn" ? (
    <Markup text={text.text} verbatim={text.verbatim === true} />
  ) : (
    <div className="mrkdwn">{plain(text)}</div>
  );
}

function Section({ block, at }: { block: Block; at: Spot }) {
  return (
    <div className="block section">
      <div className="section-text">
        {block.text !== undefined && <TextObject text={block.text} />}
        {block.fields !== undefined && (
          <div className="section-fields">
            {block.fields.map((field, index) => (
              <TextObject key={index} text={field} />
            ))}
          </div>
        )}
      </div>
      {block.accessory !== undefined && (
        <Accessory block={block} element={block.accessory} at={at} />
      )}
    </div>
  );
}

function Accessory({ block, element, at }: { block: Block; element: Element; at: Spot }) {
  if (element.type === "image") {
    return <img className="accessory-image" src={element.image_url} alt={element.alt_text} />;
  }
  return <ElementControl block={block} element={element} at={at} />;
}

interface StaticProps extends Pick<World, "workspace" | "openChannel"> {
  block: Block;
}

const DrawnStatic = memo(function DrawnStatic({ block, workspace, openChannel }: StaticProps) {
  return (
    <div className={`block ${block.type}`}>
      <Drawn
        blocks={[block as unknown as DrawnBlock]}
        logo=""
        name=""
        theme="light"
        withoutWrapper
        data={{
          users: workspace.people.map((user) => ({ id: user.id, name: user.real_name })),
          channels: workspace.channels.map((channel) => ({ id: channel.id, name: channel.name })),
          user_groups: workspace.user_groups.map((group) => ({ id: group.id, name: group.handle })),
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
  const names = ({ workspace }: StaticProps) =>
    JSON.stringify([
      workspace.people.length,
      workspace.user_groups.length,
      workspace.channels.map((one) => one.name),
    ]);
  return (
    JSON.stringify(before.block) === JSON.stringify(after.block) && names(before) === names(after)
  );
}
