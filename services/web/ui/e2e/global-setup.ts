import { environment } from "./environment";

/** Fails before any test, and in one sentence, when there is nothing to test. */
export default async function globalSetup(): Promise<void> {
  const { consoleUrl, sandboxUrl } = environment();
  for (const url of [consoleUrl, sandboxUrl]) {
    try {
      await fetch(url, { signal: AbortSignal.timeout(10_000) });
    } catch (error) {
      throw new Error(`Nothing answers at ${url}: is the system running?`, { cause: error });
    }
  }
}
