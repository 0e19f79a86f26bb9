import { IconChecklist, IconLayoutDashboard, IconSettings, IconUrgent, type Icon } from "@tabler/icons-react";

export interface NavItem {
  to: "/" | "/incidents" | "/jobs" | "/settings";
  label: string;
  Icon: Icon;
  /** Only admins find something to do there. */
  forAdmins?: boolean;
}

/**
 * The areas of the console, in the order in which they are shown. On call follows with its feature: an area
 * stands here once there is something to do in it.
 */
export const NAV: NavItem[] = [
  { to: "/", label: "Dashboard", Icon: IconLayoutDashboard },
  { to: "/incidents", label: "Incidents", Icon: IconUrgent },
  { to: "/jobs", label: "Jobs", Icon: IconChecklist },
  { to: "/settings", label: "Settings", Icon: IconSettings, forAdmins: true },
];
