import {
  IconChecklist,
  IconLayoutDashboard,
  IconPhoneCall,
  IconSettings,
  IconStethoscope,
  IconUrgent,
  type Icon,
} from "@tabler/icons-react";

export interface NavItem {
  to: "/" | "/incidents" | "/on-call" | "/jobs" | "/checks" | "/settings";
  label: string;
  Icon: Icon;
  /** Only admins find something to do there. */
  forAdmins?: boolean;
}

/** The areas of the console, in the order in which they are shown. */
export const NAV: NavItem[] = [
  { to: "/", label: "Dashboard", Icon: IconLayoutDashboard },
  { to: "/incidents", label: "Incidents", Icon: IconUrgent },
  { to: "/on-call", label: "On call", Icon: IconPhoneCall },
  { to: "/jobs", label: "Jobs", Icon: IconChecklist },
  { to: "/checks", label: "Checks", Icon: IconStethoscope, forAdmins: true },
  { to: "/settings", label: "Settings", Icon: IconSettings, forAdmins: true },
];
