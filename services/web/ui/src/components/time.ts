const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long something lasted, in at most two units: `45 s`, `12 min`, `1 h 12 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return two(Math.floor(ms / HOUR), "h", Math.floor((ms % HOUR) / MINUTE), "min");
  return two(Math.floor(ms / DAY), "d", Math.floor((ms % DAY) / HOUR), "h");
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** How long ago, for the eye: `just now`, `12 min ago`, `2 d ago`. A clock that is ahead does not show. */
export function age(ms: number): string {
  if (ms < MINUTE) return "just now";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ago`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ago`;
  return `${Math.floor(ms / DAY)} d ago`;
}

/** The exact time in the company's zone, with the zone's name: `Mon 23 Nov 2026, 14:02:05 CET`. */
export function exactTime(ms: number, timeZone: string | undefined): string {
  return format(ms, timeZone, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });
}

/** The time of day in the company's zone: `14:02`. */
export function timeOfDay(ms: number, timeZone: string | undefined): string {
  return format(ms, timeZone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** The day in the company's zone: `23 Nov 2026`. */
export function day(ms: number, timeZone: string | undefined): string {
  return format(ms, timeZone, { day: "numeric", month: "short", year: "numeric" });
}

/** The day of the week in the company's zone: `Monday`. */
export function weekday(ms: number, timeZone: string | undefined): string {
  return format(ms, timeZone, { weekday: "long" });
}

/** The day in the company's zone as a field for dates takes it: `2026-11-23`. */
export function dateOfField(ms: number, timeZone: string): string {
  const parts = formatter(timeZone, { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(ms);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
}

function format(ms: number, timeZone: string | undefined, options: Intl.DateTimeFormatOptions): string {
  // Better no time for a moment than one that changes under the eye.
  if (timeZone === undefined) return "\u00a0";
  return formatter(timeZone, options).format(ms);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter is slow; a list needs the same one for every row. */
function formatter(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = timeZone + JSON.stringify(options);
  let found = formatters.get(key);
  if (!found) {
    try {
      found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: timeZone || "UTC" });
    } catch {
      // A zone that this browser does not know yet.
      found = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
    }
    formatters.set(key, found);
  }
  return found;
}
