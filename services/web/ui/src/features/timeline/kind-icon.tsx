import {
  IconActivity,
  IconAlertTriangle,
  IconArchive,
  IconArchiveOff,
  IconBellOff,
  IconCalendarOff,
  IconCloud,
  IconBrandSlack,
  IconEdit,
  IconFileExport,
  IconFileText,
  IconFlag,
  IconGauge,
  IconHash,
  IconKey,
  IconNote,
  IconPin,
  IconPinnedOff,
  IconPoint,
  IconSearch,
  IconSpeakerphone,
  IconUserCheck,
  IconUserMinus,
  IconUsersPlus,
  type Icon,
} from "@tabler/icons-react";
import { TimelineEntryKind } from "../../gen/incident_bot/v1/timeline_pb";

const ICONS: Record<TimelineEntryKind, Icon> = {
  [TimelineEntryKind.UNSPECIFIED]: IconPoint,
  [TimelineEntryKind.DECLARED]: IconFlag,
  [TimelineEntryKind.CHANNEL_CREATED]: IconBrandSlack,
  [TimelineEntryKind.PROBLEM]: IconAlertTriangle,
  [TimelineEntryKind.ROLE_TAKEN]: IconUserCheck,
  [TimelineEntryKind.ROLE_GIVEN_UP]: IconUserMinus,
  [TimelineEntryKind.SEVERITY_CHANGED]: IconGauge,
  [TimelineEntryKind.STATUS_CHANGED]: IconActivity,
  [TimelineEntryKind.UPDATE_SENT]: IconSpeakerphone,
  [TimelineEntryKind.TITLE_CHANGED]: IconEdit,
  [TimelineEntryKind.CHANNEL_RENAMED]: IconHash,
  [TimelineEntryKind.RCA_CHANNEL_CREATED]: IconSearch,
  [TimelineEntryKind.CHANNEL_ARCHIVED]: IconArchive,
  [TimelineEntryKind.CHANNEL_UNARCHIVED]: IconArchiveOff,
  [TimelineEntryKind.NOTED]: IconNote,
  [TimelineEntryKind.PINNED]: IconPin,
  [TimelineEntryKind.UNPINNED]: IconPinnedOff,
  [TimelineEntryKind.GROUP_INVITED]: IconUsersPlus,
  [TimelineEntryKind.ACCESS_GRANTED]: IconKey,
  [TimelineEntryKind.REMINDERS_PAUSED]: IconBellOff,
  [TimelineEntryKind.CHAT_EXPORTED]: IconFileExport,
  [TimelineEntryKind.PLAN_DELETED]: IconCalendarOff,
  [TimelineEntryKind.UPSTREAM_CHANGED]: IconCloud,
  [TimelineEntryKind.RCA_DOCUMENT_WRITTEN]: IconFileText,
};

/** The icon of a kind. */
export function KindIcon({ kind }: { kind: TimelineEntryKind }) {
  // One that is newer than this page has a plain one.
  const Icon = (ICONS as Partial<typeof ICONS>)[kind] ?? IconPoint;
  return <Icon size={16} aria-hidden />;
}
