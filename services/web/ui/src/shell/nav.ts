import { IconChecklist, IconLayoutDashboard, IconUrgent, type Icon } from "@tabler/icons-react";

export interface NavItem {
  to: "/" | "/incidents" | "/jobs";
  label: string;
  Icon: Icon;
}

/**
 * The areas of the console, in the order in which they are shown. On call and Settings follow with their
 * features: an area stands here once there is something to do in it.
 */
export const NAV: NavItem[] = [
  { to: "/", label: "Dashboard", Icon: IconLayoutDashboard },
  { to: "/incidents", label: "Incidents", Icon: IconUrgent },
  { to: "/jobs", label: "Jobs", Icon: IconChecklist },
];
