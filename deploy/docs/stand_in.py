"""In place of kubectl, gcloud, make and cloud-sql-proxy, for deploy/docs-check. They are small programs that hand their words to a
server, because starting a Python for each of a hundred commands takes long.

A command that cannot be right is kept in FAULTS, whatever becomes of its exit code.
"""

import contextlib
import io
import json
import os
import re
import socketserver
import subprocess
import threading

import yaml

NAMESPACES = {"slackbots", "gmp-public", "gmp-system", "opentelemetry"}
# What there is: see check.py.
FACTS = {}
# Commands that cannot be right.
FAULTS = []
OPTIONS = {}
# The command that is looked at: its words, the block of the manual, and the file with its input.
NOW = {}


class Fault(Exception):
    pass


def fault(sentence):
    raise Fault(sentence)


def read(path):
    with open(path) as file:
        return file.read()


def run_kubectl(arguments):
    return subprocess.run([FACTS["kubectl"], *arguments], capture_output=True, text=True, check=False)


def options_of(path):
    """Of the real kubectl: by name, whether it takes a value. Asked once."""
    words = " ".join(path)
    if words not in OPTIONS:
        help_text = run_kubectl([*path, "--help"]).stdout
        # Of a word that it does not know kubectl shows the help of the command before. `pods` is shown as `pod`.
        if not re.search(rf"^  kubectl {words.removesuffix('s')}s?\b", help_text, flags=re.M):
            fault(f"kubectl has no command “{words}”")
        found = re.findall(r"^ +(?:-(\w), )?--([\w-]+)=(.*):$", help_text + run_kubectl(["options"]).stdout, flags=re.M)
        OPTIONS[words] = {}
        for short, long, default in found:
            for name in ["--" + long, *(["-" + short] if short else [])]:
                OPTIONS[words][name] = default not in ("true", "false")
    return OPTIONS[words]


def parse(arguments, options):
    """Words, and options by name."""
    words, given = [], {}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return words, given, rest
        if not word.startswith("-") or word == "-":
            words.append(word)
            continue
        name, equals, value = word.partition("=")
        if name not in options:
            fault(f"there is no option {name}")
        if not equals:
            if options[name] and name != "--dry-run" and not rest:
                fault(f"{name} needs a value")
            value = rest.pop(0) if options[name] and name != "--dry-run" else "true"
        given.setdefault(name, []).append(value)
    return words, given, []


def selected(selector, labels):
    """Whether a selector selects these labels."""
    for part in re.split(r",\s*(?![^(]*\))", selector):
        among = re.fullmatch(r"([\w./-]+) (in|notin) \(([^)]*)\)", part)
        if among:
            inside = labels.get(among[1]) in re.split(r",\s*", among[3])
            if inside != (among[2] == "in"):
                return False
            continue
        equal = re.fullmatch(r"([\w./-]+)=([\w.-]+)", part)
        if not equal:
            fault(f"the selector “{part}” cannot be read")
        if labels.get(equal[1]) != equal[2]:
            return False
    return True


def files(given):
    """The objects of the files that are named."""
    names = given.get("--filename", [])
    if not names:
        fault("it names no file")
    objects = []
    for name in names:
        if name != "-" and not os.path.isfile(name):
            fault(f"there is no file {name}")
        text = read(NOW["input"] if name == "-" else name)
        objects += [o for o in yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if o]
    if not objects or not all(o.get("kind") and o["metadata"].get("name") for o in objects):
        fault("the file has no objects")
    return objects


KINDS = {
    "deployment": "Deployment",
    "hpa": "HorizontalPodAutoscaler",
    "job": "Job",
    "scaledobject": "ScaledObject",
    "secret": "Secret",
    "service": "Service",
}
OTHERS = {"node", "event", "pod", "lease"}
# That of 0.8.2.
OLD_DEPLOYMENT = ["deployment", "incident-bot"]


def kind_of(word):
    singular = word[:-1] if word.endswith("s") and word != "s" else word
    if singular not in {*KINDS, *OTHERS}:
        fault(f"there is no kind “{word}”")
    return KINDS.get(singular, singular)


def targets(words, given, default=None):
    """The Deployments that are meant; objects that are named have to exist."""
    if not words:
        return []
    if "/" in words[0]:
        pairs = [(kind_of(word.split("/")[0]), word.split("/")[1]) for word in words]
    elif default:
        pairs = [(default, word) for word in words]
    else:
        kind = kind_of(words[0])
        pairs = [(kind, name) for name in words[1:]]
        selector = given.get("--selector", given.get("-l", [None]))[0]
        if selector:
            labels = [o["pod_labels" if kind == "pod" else "labels"] for o in FACTS["objects"] if kind in ("pod", o["kind"])]
            if not any(selected(selector, found) for found in labels if found is not None):
                fault(f"“{selector}” selects nothing")
    found = []
    for kind, name in pairs:
        objects = [o for o in FACTS["objects"] if o["kind"] == kind and o["name"] == name]
        if kind == "Service" and name == "NAME":  # The one of 0.8.2.
            continue
        if not objects and not (kind == "Secret" and name == "incident-bot"):
            fault(f"there is no {kind} {name}")
        found += objects
    return found


def kubectl(arguments):
    path = arguments[:1]
    if path[0] in ("rollout", "config", "top"):
        path = arguments[:2]
    if path[0] == "create" and arguments[1] == "secret":
        path = arguments[:3]
    words, given, command = parse(arguments[len(path) :], options_of(path))
    verb = path[0]
    namespace = given.get("--namespace", given.get("-n", [None]))[0]
    if namespace not in {None, *NAMESPACES}:
        fault(f"nothing is in the namespace {namespace}")
    if namespace is None and verb not in ("apply", "diff", "replace", "config") and words[:1] != ["nodes"]:
        if "--all-namespaces" not in given:
            fault("it names no namespace")

    if path[:2] == ["create", "secret"]:
        for value in given.get("--from-file", []):
            if "REPLACE" in read(value.split("=")[-1]) and value.split("=")[-1].startswith("deploy/"):
                fault(f"{value} is an example that has to be filled in first")
        shown = given.get("--output")
        run = run_kubectl([*arguments, *([] if "--dry-run" in given else ["--dry-run=client"])])
        if run.returncode:
            fault(run.stderr.strip())
        if shown:
            print(run.stdout, end="")
    elif verb in ("apply", "diff", "replace"):
        objects = files(given)
        selector = given.get("--selector", [None])[0]
        if selector and not any(selected(selector, o["metadata"].get("labels", {})) for o in objects):
            fault(f"“{selector}” selects nothing")
    elif verb in ("exec", "logs"):
        if verb == "exec" and not command:
            fault("it runs nothing")
        (deployment,) = targets(words, given)
        container = given.get("--container", given.get("-c", [None]))[0]
        if container not in deployment["containers"]:
            fault(f"{deployment['name']} has no container {container}")
        if command:
            service = command[0].removeprefix("/usr/local/bin/")
            if command[0] != f"/usr/local/bin/{container}" or command[1] not in FACTS["commands"].get(service, []):
                fault("the image has no such command")
    elif verb == "scale":
        replicas = given.get("--replicas", [""])[0]
        if not replicas.isdigit():
            fault("it names no number of replicas")
        if words == OLD_DEPLOYMENT:
            return
        for deployment in targets(words, given):
            if deployment["max"] and int(replicas) > int(deployment["max"]):
                fault(f"{deployment['name']} has at most {deployment['max']} replicas")
    elif verb == "port-forward":
        if words != ["service/alertmanager", "9093"] or namespace != "gmp-system":
            fault("the managed Alertmanager is service/alertmanager in gmp-system, at port 9093")
    elif verb == "patch":
        targets(words, given)
        json.loads(given["--patch"][0])
    elif verb == "get" and "jsonpath" in given.get("--output", [""])[0]:
        for o in targets(words, given) or FACTS["objects"]:
            if o["kind"] == "Deployment":
                print(f"{o['name']}|{o['first'] or ''}|")
    elif verb == "get" and "go-template" in given.get("--output", [""])[0] and words == ["secret", "incident-bot"]:
        print("a-value", end="")
    elif verb == "annotate":
        # `name=value` sets one, `name-` removes it.
        targets([word for word in words if "=" not in word and not word.endswith("-")], given)
    elif path == ["rollout", "history"] or verb in ("get", "delete", "describe", "wait", "rollout", "top"):
        if verb == "top":
            words = path[1:]
        targets(words, given)
    else:
        fault("stand_in.py does not know this command: teach it")


# Command: its options, and how many words follow. All were taken from `gcloud … --help`.
GCLOUD = {
    "artifacts docker images describe": ("--format", 1),
    "auth configure-docker": ("", 1),
    "auth login": ("", 0),
    "beta builds submit": ("--config --region --substitutions", 0),
    "builds get-default-service-account": ("--region", 0),
    "builds list": ("--region --limit", 0),
    "builds submit": ("--config --region --substitutions", 0),
    "compute addresses list": ("--filter", 0),
    "compute forwarding-rules list": ("", 0),
    "compute networks subnets list": ("--filter", 0),
    "container clusters describe": ("--location --format", 1),
    "container clusters get-credentials": ("--location", 1),
    "logging read": ("--freshness --limit", 1),
    "sql backups create": ("--instance --description", 0),
    "sql backups list": ("--instance --limit", 0),
    "sql backups restore": ("--restore-instance --backup-instance", 1),
    "sql instances clone": ("--point-in-time", 2),
    "sql instances delete": ("", 1),
    "sql instances describe": ("--format", 1),
    "sql instances patch": ("--database-version", 1),
    "sql instances restart": ("", 1),
    "sql operations list": ("--instance --limit", 0),
    "sql users set-password": ("--instance --prompt-for-password", 1),
}
WITHOUT_VALUE = {"--prompt-for-password"}
REGISTRIES = {
    "brightside-dev-363022": "us-docker.pkg.dev/brightside-dev-363022/gcp-dev-slackbots-docker",
    "brightside-prod": "us-docker.pkg.dev/brightside-prod/gcp-prod-slackbots-docker",
}


def gcloud(arguments):
    path = next((path for path in GCLOUD if arguments[: path.count(" ") + 1] == path.split()), None)
    if not path:
        fault("stand_in.py does not know this command: teach it")
    names, count = GCLOUD[path]
    options = {name: name not in WITHOUT_VALUE for name in [*names.split(), "--project"]}
    words, given, _ = parse(arguments[path.count(" ") + 1 :], options)
    if len(words) != count:
        fault(f"{count} words have to follow “{path}”")
    if path.startswith("auth"):
        if words not in ([], ["us-docker.pkg.dev"]):
            fault(f"no image of ours is in {words[0]}")
        return
    project = given.get("--project", [None])[0]
    if project not in FACTS["projects"]:
        fault(f"it names no project of ours ({project})")
    facts = FACTS["projects"][project]
    instances = given.get("--instance", []) + (words if path.startswith("sql instances") else [])
    for instance in instances:
        if instance.removesuffix("-restored") != facts["instance"]:
            fault(f"{project} has no instance {instance}")
    if path.startswith("container clusters") and words != [facts["cluster"]]:
        fault(f"{project} has no cluster {words[0]}")
    for value in given.get("--region", []) + given.get("--location", []):
        if value != "us-central1":
            fault(f"nothing is in {value}")
    for value in given.get("--config", []):
        if not os.path.isfile(value) or facts["overlay"] not in value:
            fault(f"{value} is not for {project}")
    for value in given.get("--substitutions", []):
        for name in re.findall(r"(?:^|,)(\w+)=", value):
            if f"{name}:" not in read(given["--config"][0]):
                fault(f"{given['--config'][0]} has no substitution {name}")
    if path.startswith("artifacts"):
        image_of(words[0], REGISTRIES[project])
        print("sha256:" + 64 * "a")
    for value in given.get("--point-in-time", []):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
            fault(f"{value} is no time")


def image_of(image, *registries):
    """An image of one of our services in one of the registries."""
    registry, _, name = image.rpartition("/")
    if registry not in registries or not re.fullmatch(r"incident-bot-(gateway|worker|web):[\w.-]+", name):
        fault(f"{image} is no image of ours in {' or '.join(registries)}")


def docker(arguments):
    verb, *images = arguments
    if verb not in ("tag", "push") or len(images) != (2 if verb == "tag" else 1):
        fault("stand_in.py does not know this command: teach it")
    if verb == "tag":
        image_of(f"local/{images[0]}", "local")
    image_of(images[-1], *REGISTRIES.values())


def make(arguments):
    for target in arguments:
        if not re.search(rf"^{re.escape(target)}:", read("Makefile"), flags=re.M):
            fault(f"there is no target {target}")


def cloud_sql_proxy(arguments):
    words, given, _ = parse(arguments, {"--port": True, "--gcloud-auth": False})
    known = {f"{project}:us-central1:{facts['instance']}" for project, facts in FACTS["projects"].items()}
    if len(words) != 1 or words[0].removesuffix("-restored") not in known:
        fault("there is no such instance")
    if given.get("--port", [""])[0] not in ("5433", "5434"):
        fault("the manual uses the ports 5433 and 5434")
    if "--gcloud-auth" not in given:
        fault("it has no credentials: nobody has made those of applications")


PROGRAMS = {"kubectl": kubectl, "gcloud": gcloud, "docker": docker, "make": make, "cloud-sql-proxy": cloud_sql_proxy}


def program(name, port):
    """What lies on the PATH. `kubectl kustomize` needs no cluster: it is the real one."""
    return f"""#!/usr/bin/env bash
set -euo pipefail
if [[ {name} == kubectl && ${{1:-}} == kustomize ]]; then exec {FACTS["kubectl"]} "$@"; fi
input=/dev/null
for argument; do
  if [[ $argument == --filename=- ]]; then input=$(mktemp) && cat >"$input"; fi
done
exec 3<>/dev/tcp/127.0.0.1/{port}
printf '%s\\0' "${{BLOCK:-?}}" "$input" {name} "$@" >&3
printf '\\n' >&3
read -r code <&3
cat <&3
exit "$code"
"""


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        block, given, name, *arguments = self.rfile.readline().decode().split("\0")[:-1]
        NOW["input"] = given
        output, code = io.StringIO(), 0
        try:
            with contextlib.redirect_stdout(output):
                PROGRAMS[name](arguments)
        except (Fault, KeyError, IndexError, ValueError, OSError) as error:
            reason = str(error) if isinstance(error, Fault) else f"it cannot be read ({error!r})"
            FAULTS.append(f"{block}: {name} {' '.join(arguments)}: {reason}")
            code = 64
        self.wfile.write(f"{code}\n{output.getvalue()}".encode())


def start():
    """The port of the server. Commands come one after the other."""
    server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]
