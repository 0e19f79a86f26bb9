/** What the tests are told about the system that they run against. */
export interface Environment {
  consoleUrl: string;
  sandboxUrl: string;
  adminPassword: string;
}

export const ADMIN_EMAIL = "admin@admin.com";

/** Reads the environment; throws one error that names everything that is missing. */
export function environment(): Environment {
  const missing: string[] = [];
  const read = (name: string) => {
    const value = process.env[name] ?? "";
    if (value === "") missing.push(name);
    return value.replace(/\/$/, "");
  };
  const found = {
    consoleUrl: read("CONSOLE_URL"),
    sandboxUrl: read("SANDBOX_URL"),
    adminPassword: read("ADMIN_PASSWORD"),
  };
  if (missing.length > 0) {
    throw new Error(
      `The browser tests need a running system. Not set: ${missing.join(", ")}. ` +
        "CONSOLE_URL is where the console is served, SANDBOX_URL the sandbox's Slack, " +
        "ADMIN_PASSWORD the first admin's password.",
    );
  }
  return found;
}
