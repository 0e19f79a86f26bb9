import type { ServiceChecks } from "../../gen/incident_bot/v1/checks_pb";

/** `Worker, incident-bot-worker-slack-7d9f` */
export function nameOf({ service, instance }: ServiceChecks): string {
  return [capital(service), instance].filter((part) => part !== "").join(", ");
}

export const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** Services write for a log; an address or a channel at the beginning stays as it is. */
export function sentence(detail: string): string {
  const text = /^[a-z]+[ ,]/.test(detail) ? capital(detail) : detail;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
