import {
  IconChecklist,
  IconLayoutDashboard,
  IconPhoneCall,
  IconUrgent,
  type Icon,
} from "@tabler/icons-react";

export interface NavItem {
  to: "/" | "/incidents" | "/on-call" | "/jobs";
  label: string;
  Icon: Icon;
}

/**
 * The areas of the console, in the order in which they are shown. Settings follow with their feature: an area
 * stands here once there is something to do in it.
 */
export const NAV: NavItem[] = [
  { to: "/", label: "Dashboard", Icon: IconLayoutDashboard },
  { to: "/incidents", label: "Incidents", Icon: IconUrgent },
  { to: "/on-call", label: "On call", Icon: IconPhoneCall },
  { to: "/jobs", label: "Jobs", Icon: IconChecklist },
];
