"""See deploy/docs-check."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import stand_in
import variables

ROOT = Path(__file__).resolve().parent.parent.parent
MANUAL = "docs/operations.md"
# Documents whose commands run. That of deploy/compose would write the .env of this folder.
RUN = ["README.md", MANUAL, "deploy/kubernetes/README.md", "deploy/cloudbuild/README.md"]
DOCUMENTS = [*RUN, "ARCHITECTURE.md", "CONTRIBUTING.md", "deploy/compose/README.md", "migrations/README.md", "services/sandbox/README.md"]
sys.path.insert(0, str(ROOT / "deploy/kubernetes/checks"))
from rendering import Rendering, containers, kustomize, load, pod_labels  # noqa: E402

PROJECTS = {
    "brightside-dev-363022": {"overlay": "dev", "instance": "slackbots-pg", "cluster": "gke-slackbots-1"},
    "brightside-prod": {"overlay": "prod", "instance": "slackbots-pg-prod", "cluster": "gke-slackbots-1-prod"},
}
# Commands that have to be wrong, so that it is seen that the stand-ins find it.
WRONG = [
    "kubectl get pods",
    "kubectl get pods --namespace=default",
    "kubectl rollout restart deployment/incident-bot --namespace=slackbots",
    "kubectl annotate scaledobject incident-bot-worker autoscaling.keda.sh/paused-replicas- --namespace=slackbots",
    "kubectl rollout reset deployment/incident-bot-web --namespace=slackbots",
    "kubectl scale deployment incident-bot-gateway --replicas=9 --namespace=slackbots",
    "kubectl get deployments --selector=app.kubernetes.io/part-of=slackbots --namespace=slackbots",
    "kubectl logs deployment/incident-bot-web --container=gateway --namespace=slackbots",
    "kubectl exec deployment/incident-bot-web --container=web --namespace=slackbots -- /usr/local/bin/web repair",
    "kubectl get pods --namespace=slackbots --colour",
    "kubectl apply --filename=nowhere.yaml",
    "gcloud sql instances restart slackbots-pg --project=brightside-prod",
    "gcloud sql instances reboot slackbots-pg-prod --project=brightside-prod",
    "gcloud sql instances restart slackbots-pg-prod",
    "gcloud builds submit --project=brightside-prod --config cloudbuild.dev.yml --region=us-central1",
    "make coffee",
    "kubectl create secret generic alertmanager --from-file=alertmanager.yaml=deploy/monitoring/alertmanager.yaml --namespace=gmp-public",
    "kubectl port-forward service/alertmanager 9093 --namespace=slackbots",
    "docker push docker.io/incident-bot-web:1",
    "gcloud artifacts docker images describe incident-bot-web:1 --project=brightside-prod",
    "cloud-sql-proxy --port=5433 brightside-prod:us-central1:slackbots-pg-prod",
    "cloud-sql-proxy --gcloud-auth --port=5433 brightside-prod:us-central1:slackbots-pg",
]


def blocks(text):
    """Of a document: chapter, line, language and text of each fenced block."""
    chapter, found, lines = "", [], text.splitlines()
    i = 0
    while i < len(lines):
        if lines[i].startswith("## "):
            chapter = lines[i][3:]
        fence = re.match(r"( *)```(\w*)", lines[i])
        if fence:
            end = next(j for j in range(i + 1, len(lines)) if lines[j].strip() == "```")
            body = "\n".join(line.removeprefix(fence[1]) for line in lines[i + 1 : end])
            found.append((chapter, i + 1, fence[2], body))
            i = end
        i += 1
    return found


def anchors(path):
    text = re.sub(r"^ *```.*?^ *```", "", path.read_text(), flags=re.M | re.S)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, flags=re.M)
    }


def links(name, text):
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        file = (ROOT / name).parent / path if path else ROOT / name
        if not file.exists():
            yield f"there is no {path}"
        elif anchor and anchor not in anchors(file):
            yield f"{file.name} has no heading #{anchor}"


def names(text):
    """Paths, alerts, targets and commands that the text names."""
    for path in re.findall(r"`((?:deploy|docs)/[\w./-]+)`", text):
        if not (ROOT / path).exists():
            yield f"there is no {path}"
    rules = (ROOT / "deploy/monitoring/rules.yaml").read_text()
    for alert in sorted(set(re.findall(r"IncidentBot\w+", text))):
        if f"alert: {alert}\n" not in rules:
            yield f"there is no alert {alert}"
    for command in re.findall(r"`gcloud ([a-z -]+?)(?: --[a-z-]+)?`", text):
        if command not in stand_in.GCLOUD:
            yield f"gcloud has no command “{command}”"
    for target in re.findall(r"`make ([a-z-]+)`", text):
        if not re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.M):
            yield f"there is no make {target}"


def panels(text):
    titles = {panel["title"] for panel in json.loads((ROOT / "deploy/monitoring/dashboard.json").read_text())["panels"]}
    chapter = text.split("### Read the dashboard")[1].split("\n## ")[0]
    for title in re.findall(r"\*([A-Z][^*]+)\*", chapter):
        if not any(panel.startswith(title) for panel in titles):
            yield f"the dashboard has no panel “{title}”"


def facts(kubectl):
    rendering = Rendering("prod", kustomize(ROOT / "deploy/kubernetes/overlays/prod"), "prod")
    objects = []
    for o in rendering.objects:
        workload = o["kind"] in ("Deployment", "Job")
        marks = o["metadata"].get("annotations", {})
        objects.append(
            {
                "kind": o["kind"],
                "name": o["metadata"]["name"],
                "labels": o["metadata"].get("labels", {}),
                "pod_labels": pod_labels(o) if workload else None,
                "containers": [container["name"] for container in containers(o)] if workload else [],
                "first": marks.get("incident-bot/first-replicas"),
                "max": marks.get("incident-bot/max-replicas"),
            }
        )
    # What deploy/kubernetes/import-legacy makes of it.
    migrate = next(o for o in objects if o["name"] == "incident-bot-migrate")
    objects.append({**migrate, "name": "incident-bot-import-legacy"})
    scaled = load((ROOT / "deploy/kubernetes/components/keda/workers.yaml").read_text())
    objects += [{**migrate, "kind": o["kind"], "name": o["metadata"]["name"]} for o in scaled]
    commands = {
        service: re.findall(r'Some\("(\w+)"\)', (ROOT / f"services/{service}/src/main.rs").read_text())
        for service in ("gateway", "worker", "web")
    }
    return {"kubectl": kubectl, "objects": objects, "commands": commands, "projects": PROJECTS}


def write_program(path, text):
    path.write_text(text)
    path.chmod(0o755)


class Databases:
    """The instance and its clone, as two databases of a private Postgres."""

    SERVER = "test-docs"

    def __init__(self, folder):
        self.folder = folder
        self.there = self.run([ROOT / "deploy/local/postgres", "start", self.SERVER], check=False)
        if not self.there:
            return
        self.url = self.there.splitlines()[-1]
        migrations = "".join(f"\\i {file}\n" for file in sorted((ROOT / "migrations").glob("*.sql")))
        self.psql(
            "current",
            "CREATE SCHEMA incident_bot; SET search_path = incident_bot;\n"
            + migrations
            + "CREATE TABLE incident_bot.marker AS SELECT 'past' AS moment;",
        )
        self.psql("postgres", "DROP DATABASE IF EXISTS clone; CREATE DATABASE clone TEMPLATE current;")
        self.psql("current", "UPDATE incident_bot.marker SET moment = 'today';", make=False)

    def run(self, arguments, check=True, given=None):
        run = subprocess.run(arguments, input=given, capture_output=True, text=True, check=False)
        if run.returncode and check:
            raise SystemExit(f"{arguments[0]} failed:\n{run.stderr.strip()}")
        return run.stdout.strip() if not run.returncode else None

    def of(self, database):
        return self.url.rsplit("/", 1)[0] + "/" + database

    def psql(self, database, statements, make=True):
        if make and database == "current":
            self.psql("postgres", "DROP DATABASE IF EXISTS clone; DROP DATABASE IF EXISTS current; CREATE DATABASE current;")
        # Each statement by itself: CREATE DATABASE wants no transaction.
        arguments = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", self.of(database)]
        return self.run(arguments, given=statements.replace("; ", ";\n"))

    def programs(self, folder):
        """psql, pg_dump and pg_restore that find the databases behind the ports of the proxies."""
        for name in ("psql", "pg_dump", "pg_restore"):
            if not self.there:
                write_program(folder / name, "#!/bin/sh\nexit 0\n")
                continue
            user, password, host, port = re.fullmatch(r"postgres://(.*?):(.*?)@(.*?):(\d+)/.*", self.url).groups()
            write_program(
                folder / name,
                f"""#!/usr/bin/env bash
set -euo pipefail
: "${{PGUSER:?}}" "${{PGPASSWORD:?}}" "${{PGDATABASE:?}}" "${{PGHOST:?}}"
export PGUSER={user} PGPASSWORD={password} PGHOST={host} PGPORT={port} PGDATABASE=
arguments=()
for argument; do
  case $argument in
    --port=5433) PGDATABASE=current ;;
    --port=5434) PGDATABASE=clone ;;
    --dbname=*) arguments+=(--dbname=current) ;;
    *) arguments+=("$argument") ;;
  esac
done
if [[ -z $PGDATABASE ]]; then echo 'it names no port of a proxy' >&2 && exit 64; fi
exec {shutil.which(name)} "${{arguments[@]}}"
""",
            )

    def findings(self):
        if not self.there:
            return
        if self.psql("current", "SELECT moment FROM incident_bot.marker;", make=False) != "past":
            yield "the restore does not bring back what the clone holds"
        if self.psql("current", "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'incident_bot%';", make=False) != "1":
            yield "the schema that was put aside is still there"

    def stop(self):
        if self.there:
            self.run([ROOT / "deploy/local/postgres", "stop", self.SERVER])


def execute(name, found, folder, environment):
    """Each chapter is a script, after the block of the introduction."""
    chapters = {}
    for block in found:
        chapters.setdefault(block[0], []).append(block)
    introduction = chapters.get("", [])
    for chapter, own in chapters.items():
        script = "set -euo pipefail\ntrap 'echo \"$BLOCK\" >\"$STAND_INS/failed\"' ERR\n"
        for _, line, _, body in own if not chapter else [*introduction, *own]:
            script += f"export BLOCK={name}:{line}\n{body}\n"
        script += "wait\n"
        run = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if run.returncode:
            failed = Path(environment["STAND_INS"], "failed")
            place = failed.read_text().strip() if failed.exists() else name
            yield f"{place}: “{chapter}” fails with {run.returncode}: {run.stderr.strip()[-500:]}"


def main():
    texts = {name: (ROOT / name).read_text() for name in DOCUMENTS}
    wrong = variables.findings()
    for name, text in texts.items():
        wrong += [f"{name}: {sentence}" for sentence in [*links(name, text), *names(text)]]
    wrong += [f"{MANUAL}: {sentence}" for sentence in panels(texts[MANUAL])]
    found = {name: blocks(texts[name]) for name in RUN}
    wrong += [f"{MANUAL}:{line}: a block has to be of “sh”, so that it is run" for _, line, language, _ in found[MANUAL] if language != "sh"]
    with tempfile.TemporaryDirectory() as temporary:
        folder, stand_ins, programs = (Path(temporary, name) for name in ("clone", "stand-ins", "bin"))
        for made in (folder, stand_ins, programs):
            made.mkdir()
        # `target` has the tools that the checks need.
        for name in ("deploy", "docs", "target", "Makefile", "cloudbuild.dev.yml", "cloudbuild.prod.yml"):
            (folder / name).symlink_to(ROOT / name)
        stand_in.FACTS.update(facts(shutil.which("kubectl")))
        port = stand_in.start()
        for name in stand_in.PROGRAMS:
            write_program(programs / name, stand_in.program(name, port))
        # It resolves names of files as the commands do.
        os.chdir(folder)
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "STAND_INS": str(stand_ins)}
        # Other chapters than that of the deployment are followed in a terminal that has them.
        environment |= {f"{service}_DIGEST": "sha256:" + 64 * "a" for service in ("GATEWAY", "WORKER", "WEB")}
        databases = Databases(folder)
        try:
            databases.programs(programs)
            for name in RUN:
                wrong += execute(name, [block for block in found[name] if block[2] == "sh"], folder, environment)
            wrong += databases.findings()
        finally:
            databases.stop()
        wrong += stand_in.FAULTS
        for command in WRONG:
            stand_in.FAULTS.clear()
            run = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False)
            if run.returncode == 0 or not stand_in.FAULTS:
                wrong.append(f"the stand-ins do not find what is wrong with “{command}”")
        os.chdir(ROOT)
    if wrong:
        raise SystemExit("\n".join(["the documents have faults:", *(f"  {sentence}" for sentence in wrong)]))
    said = "" if databases.there else " (but for those of Postgres, which is not here)"
    print(f"the documents are right: {sum(map(len, found.values()))} blocks of commands run{said}")


main()
