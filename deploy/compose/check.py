"""See deploy/compose/check."""

import copy
import re
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
SERVICES = ["gateway", "worker", "web"]
# Of the Compose specification: what we use, so that a misspelt key is found.
KEYS = set(
    "build cap_drop command depends_on deploy env_file environment healthcheck image logging networks ports profiles read_only "
    "restart security_opt shm_size stop_grace_period user volumes".split()
)
DEPENDS = {"service_started", "service_healthy", "service_completed_successfully"}
# Commands of the manual, and how many words after them are services.
VERBS = {"down": 0, "exec": 1, "logs": 9, "ps": 0, "restart": 9, "up": 0}
HEALTH_CHECK = {"test", "interval", "timeout", "retries", "start_interval", "start_period"}


def variables(name):
    """Of an environment file."""
    lines = (FOLDER / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def sandbox_variables():
    """What deploy/local/run sets for the services when they use the sandbox."""
    script = (FOLDER.parent / "local/run").read_text()
    block = script.split("    sandbox=true\n")[1].split("    ;;\n")[0]
    return set(re.findall(r"([A-Z][A-Z0-9_]*)=", block)) - {"SANDBOX_LISTEN"}


def faults(compose):
    for key in sorted(set(compose) - {"name", "services", "networks", "volumes"}):
        if not key.startswith("x-"):
            yield f"“{key}” is no key of a Compose file"
    services = compose["services"]
    if set(services) != {"postgres", "migrate", "sandbox", *SERVICES}:
        yield f"the services are {sorted(services)}"
        return
    for name, service in services.items():
        for key in sorted(set(service) - KEYS):
            yield f"{name}: “{key}” is not known"
        for other, condition in service.get("depends_on", {}).items():
            if other not in services or condition.get("condition") not in DEPENDS:
                yield f"{name}: it waits for {other} in a way that is not known"
            if services.get(other, {}).get("profiles") and condition.get("required") is not False:
                yield f"{name}: without the profile of {other} it cannot start"
            if condition.get("condition") == "service_healthy" and "healthcheck" not in services.get(other, {}):
                yield f"{name}: {other} has no health check to wait for"
        for key in sorted(set(service.get("healthcheck", {})) - HEALTH_CHECK):
            yield f"{name}: “{key}” is not known of a health check"
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{name}: {port} is open to other machines"
        for network in service.get("networks", []):
            if network not in compose["networks"]:
                yield f"{name}: there is no network {network}"
        if "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name}: it may gain privileges"
        if not service.get("deploy", {}).get("resources", {}).get("limits", {}).get("memory"):
            yield f"{name}: its memory has no limit"
        if "max-size" not in service.get("logging", {}).get("options", {}):
            yield f"{name}: its logs grow for ever"
        image = service.get("image", "")
        if "latest" in image or (name == "postgres" and not re.fullmatch(r"postgres:\d+\.\d+-\w+", image)):
            yield f"{name}: {image} names no version"
        if name == "postgres":
            continue
        if (service.get("user"), service.get("read_only"), service.get("cap_drop")) != ("65532:65532", True, ["ALL"]):
            yield f"{name}: it runs as another user, can write, or keeps capabilities"
        if name == "sandbox":
            continue
        wanted = f"${{{'WEB' if name == 'migrate' else name.upper()}_IMAGE:?"
        if not image.startswith(wanted):
            yield f"{name}: its image is {image}"
        if service.get("env_file") != ["${ENV_FILE:-.env}"]:
            yield f"{name}: its variables come from elsewhere"
        if service.get("environment", {}).get("POSTGRES_HOST") != "postgres":
            yield f"{name}: it uses another database"
    if "healthcheck" not in services["postgres"] or "outside" in services["postgres"].get("networks", []):
        yield "postgres: it has no health check, or can be reached from outside"
    if not compose["networks"]["database"].get("internal"):
        yield "the network of the database has a way out"
    if services["migrate"].get("command") != ["migrate"]:
        yield "migrate: it does something else"
    if services["migrate"]["depends_on"].get("postgres", {}).get("condition") != "service_healthy":
        yield "migrate: it does not wait for Postgres"
    for name in SERVICES:
        service = services[name]
        if service["depends_on"].get("migrate", {}).get("condition") != "service_completed_successfully":
            yield f"{name}: it does not wait for the migrations"
        if service.get("healthcheck", {}).get("test") != ["CMD", f"/usr/local/bin/{name}", "check"]:
            yield f"{name}: it is not checked"
        if int(service.get("stop_grace_period", "10s").rstrip("s")) <= 30:
            yield f"{name}: it is killed before it has stopped"
    if services["sandbox"].get("profiles") != ["sandbox"]:
        yield "sandbox: it starts without being asked for"


def environment_faults(text, example, sandbox):
    needed = set(re.findall(r"\$\{([A-Z_]+):\?", text)) | {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "INCIDENTS_DIGEST_CHANNEL"}
    needed |= {"WEB_URL", "DEFAULT_WEB_ADMIN_PASSWORD"}
    for name, found in ((".env.example", example), ("sandbox.env", sandbox)):
        for variable in sorted(needed - set(found)):
            yield f"{name} has no {variable}"
    if any("PASSWORD" in name and value for name, value in example.items()):
        yield ".env.example holds a password"
    for variable in sorted(sandbox_variables() - set(sandbox)):
        yield f"sandbox.env has no {variable}, which deploy/local/run sets for the sandbox"
    for variable, value in sandbox.items():
        if variable.endswith("_API_URL") and not value.startswith("http://sandbox:3010/"):
            yield f"sandbox.env: {variable} leads elsewhere"
        if not value:
            yield f"sandbox.env: {variable} is empty"


def manual_faults(text, services):
    """Of the commands in README.md."""
    for file, verb, rest in re.findall(r"docker compose\s+(?:--env-file\s+(\S+)\s+)?(\w+)([^`\n]*)", text):
        if file and not (FOLDER / file).exists():
            yield f"README.md: there is no {file}"
        words = [word for word in rest.split() if not word.startswith("-")]
        if verb not in VERBS:
            yield f"README.md: “docker compose {verb}” is not known"
        for name in words[: VERBS.get(verb, 0)]:
            if name not in services:
                yield f"README.md: “docker compose {verb}” names {name}, which is no service"


def harmed(compose):
    """Copies that are broken, to see that it is found."""

    def copy_with(change):
        broken = copy.deepcopy(compose)
        change(broken, broken["services"])
        return broken

    yield copy_with(lambda c, s: s.pop("web"))
    yield copy_with(lambda c, s: s["web"].update(imagee="x"))
    yield copy_with(lambda c, s: s["web"].update(image="incident-bot-web:latest"))
    yield copy_with(lambda c, s: s["web"].update(ports=["3000:3000"]))
    yield copy_with(lambda c, s: s["web"].update(read_only=False))
    yield copy_with(lambda c, s: s["web"].pop("deploy"))
    yield copy_with(lambda c, s: s["web"].pop("logging"))
    yield copy_with(lambda c, s: s["web"].pop("healthcheck"))
    yield copy_with(lambda c, s: s["web"].update(stop_grace_period="10s"))
    yield copy_with(lambda c, s: s["gateway"]["depends_on"].pop("migrate"))
    yield copy_with(lambda c, s: s["gateway"]["depends_on"]["sandbox"].pop("required"))
    yield copy_with(lambda c, s: s["postgres"].pop("healthcheck"))
    yield copy_with(lambda c, s: s["postgres"].update(image="postgres:17"))
    yield copy_with(lambda c, s: s["sandbox"].pop("profiles"))
    yield copy_with(lambda c, s: c["networks"].update(database={}))
    yield copy_with(lambda c, s: c.update(service={}))


def main():
    text = (FOLDER / "compose.yaml").read_text()
    compose = yaml.safe_load(text)
    example, sandbox = variables(".env.example"), variables("sandbox.env")
    manual = (FOLDER / "README.md").read_text()
    wrong = [*faults(compose), *environment_faults(text, example, sandbox), *manual_faults(manual, compose["services"])]
    if not wrong:
        for number, broken in enumerate(harmed(compose), 1):
            if not list(faults(broken)):
                wrong.append(f"harm {number} of check.py is not found")
        if not list(environment_faults(text, {}, sandbox)) or not list(environment_faults(text, example, {})):
            wrong.append("a variable that is missing is not found")
        for old, new in (("restart gateway", "restart gatway"), ("exec -T postgres", "exec -T database"), ("compose ps", "compose list")):
            if not list(manual_faults(manual.replace(old, new), compose["services"])):
                wrong.append(f"it is not found when README.md has “{new}”")
    if wrong:
        raise SystemExit("\n".join(["deploy/compose has faults:", *(f"  {sentence}" for sentence in wrong)]))
    print("deploy/compose is valid")


main()
