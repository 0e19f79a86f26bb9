"""Environment variables: what the services read is documented, and what is documented or set is read. See deploy/docs-check."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/*.md", "deploy/*/README.md", "services/sandbox/README.md"]
# What sets variables of the services.
SETTINGS = ["deploy/kubernetes/base/**/*.yaml", "deploy/kubernetes/components/**/*.yaml", "deploy/kubernetes/overlays/**/*.yaml"]
SETTINGS += ["deploy/compose/compose.yaml", "deploy/compose/.env.example", "deploy/compose/sandbox.env", "deploy/local/run"]
# Of the machine: nobody sets it.
GIVEN = {"HOSTNAME"}
# Words of others, and variables of scripts, of tools and of the sandbox.
OTHERS = {"BUILD_ID", "CLOUD_IAM_SERVICE_ACCOUNT", "CLOUD_LOGGING_ONLY", "COMPOSE_PROFILES", "CSQL_PROXY_AUTO_IAM_AUTHN"}
OTHERS |= {"CSQL_PROXY_INSTANCE_CONNECTION_NAME", "CSQL_PROXY_PRIVATE_IP", "ENV_FILE", "GATEWAY_IMAGE"}
OTHERS |= {"GKE_METADATA", "INSTA_UPDATE", "NODE_IMAGE", "NO_COLOR", "RUNTIME_IMAGE", "RUST_IMAGE", "SANDBOX_LISTEN"}
OTHERS |= {"SANDBOX_START_OVER_FILE", "SHARED_LOADBALANCER_VIP", "SQLX_OFFLINE", "WEB_IMAGE", "WORKER_IMAGE"}


def read_by_services():
    found = set()
    for top in ("shared", "services"):
        for file in (ROOT / top).glob("*/src/**/*.rs"):
            if file.relative_to(ROOT).parts[1] in ("testing", "sandbox"):
                continue
            code = file.read_text().split("#[cfg(test)]")[0]
            # Only what has a reader of the environment reads some.
            if "Reader" in code:
                found |= set(re.findall(rf'(?<!env!\()"({NAME}|LOGLEVEL)"', code))
    return found - GIVEN


def texts(patterns):
    return {str(file.relative_to(ROOT)): file.read_text() for pattern in patterns for file in sorted(ROOT.glob(pattern))}


def named(text):
    """In code: `A`, `A=b`, `A B_C`."""
    return {name for code in re.findall(r"`([^`\n]+)`", text) for name in re.findall(rf"\b(?:{NAME}|LOGLEVEL)\b", code)}


def given(text):
    """By a manifest, a file of variables or a script."""
    return set(re.findall(rf"^\s*(?:(?:- )?name: |- |export )?({NAME})(?:[:=]|$)", text, flags=re.M))


def faults(read, documents, settings):
    table = documents["README.md"].split("| variable | who reads it | |\n")[1].split("\n\n")[0]
    listed = {name for row in table.splitlines() for name in named(row.split("|")[1])}
    # Those that exist for tests only.
    architecture = " ".join(documents["ARCHITECTURE.md"].split())
    short = named(architecture.split("are shortened by configuration")[1].split("exist for that")[0])
    for name in sorted(read - listed - short):
        yield f"README.md does not list {name}, which a service reads"
    for name in sorted(listed & short):
        yield f"{name} is listed by README.md and is for tests"
    for file, text in documents.items():
        for name in sorted(named(text) - read - OTHERS - {"LOGLEVEL"}):
            yield f"{file} names {name}, which nothing reads"
    for file, text in settings.items():
        for name in sorted(given(text) - read - OTHERS):
            yield f"{file} sets {name}, which nothing reads"
    used = set().union(*map(named, documents.values()), *map(given, settings.values()))
    for name in sorted(OTHERS - used):
        yield f"deploy/docs/variables.py excuses {name}, which nobody names"


def findings():
    read, documents, settings = read_by_services(), texts(DOCUMENTS), texts(SETTINGS)
    wrong = list(faults(read, documents, settings))
    if wrong:
        return wrong

    def harmed(where, file, old, new):
        broken = {"documents": dict(documents), "settings": dict(settings)}
        broken[where][file] = broken[where][file].replace(old, new)
        return list(faults(read, broken["documents"], broken["settings"]))

    harms = [
        ("documents", "README.md", "`AUTH0_DOMAIN`", "`AUTH0_TENANT`"),
        ("documents", "ARCHITECTURE.md", "`WORKER_LEASE_MS`", "a lease"),
        ("documents", "docs/operations.md", "`CHECKS_EVERY_SECONDS`", "`CHECKS_EVERY_MINUTES`"),
        ("settings", "deploy/kubernetes/base/gateway.yaml", "METRICS_LISTEN", "METRICS_ADDRESS"),
        ("settings", "deploy/compose/sandbox.env", "PAGERDUTY_API_URL=", "PAGERDUTY_URL="),
    ]
    return [f"it is not found when {file} has {new} for {old}" for where, file, old, new in harms if not harmed(where, file, old, new)]
