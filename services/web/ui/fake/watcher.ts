import type { Incident } from "../src/gen/incident_bot/v1/incidents_pb";

/** A stream of changes that somebody reads. */
export class Watcher {
  private queue: (Incident | null)[] = [];
  private wake: (() => void) | undefined;
  private ended = false;

  push(incident: Incident | null): void {
    this.queue.push(incident);
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async next(): Promise<Incident | null | undefined> {
    while (this.queue.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.queue.shift();
  }
}
