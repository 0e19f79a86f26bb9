/** Up to which message somebody has read a channel, kept in the browser. */

import type { Channel } from "./types";

function key(me: string, channel: string) {
  return `seen ${me} ${channel}`;
}

export function markSeen(me: string, channel: Channel) {
  if (channel.latest !== null) {
    window.localStorage.setItem(key(me, channel.id), channel.latest);
  }
}

export function isUnread(me: string, channel: Channel): boolean {
  if (channel.latest === null || channel.latest_user === me || !channel.is_member) {
    return false;
  }
  return channel.latest > (window.localStorage.getItem(key(me, channel.id)) ?? "");
}
