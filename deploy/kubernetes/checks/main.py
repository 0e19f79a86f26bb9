"""See deploy/kubernetes/check."""

import copy
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

import broken
import connections
import policies
from rendering import FOLDER, LOADER, Rendering, kustomize, load, title

# The schemas to check against. What we use is there since 1.30: `sleep` before the stop.
KUBERNETES = "1.33.0"
OVERLAYS = ["dev", "prod"]
# What a component needs beside base.
AFTER = {
    "cloud-sql-iam": ["cloud-sql-proxy"],
    "cloud-sql-private-ip": ["cloud-sql-proxy"],
    "iap": ["ingress"],
    "traces": ["network-policies"],
}
# Those that an overlay may leave out, or have: deploy/kubernetes/README.md says how to add them.
OPTIONAL = ["alerts-google", "alerts-operator", "cloud-sql-iam", "cloud-sql-private-ip", "iap", "keda", "traces"]
DIGESTS = ["sha256:" + 64 * digit for digit in "abc"]


def files():
    """Every file is named by its kustomization, and every component is tried."""
    for kustomization in FOLDER.glob("**/kustomization.yaml"):
        folder, content = kustomization.parent, yaml.load(kustomization.read_text(), LOADER)
        named = set(content.get("resources", [])) | {p["path"] for p in content.get("patches", []) if "path" in p}
        for name in sorted({file.name for file in folder.glob("*.yaml")} - {"kustomization.yaml"} - named):
            yield f"{folder.relative_to(FOLDER)}/{name} is not named in its kustomization.yaml"


def kustomization(folder, content):
    folder.mkdir()
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    return folder


def component_kustomizations(temporary):
    """Base with one component, and each overlay with the components that it leaves out."""

    def path(folder):
        return os.path.relpath(FOLDER / folder, temporary / "x")

    for folder in sorted((FOLDER / "components").iterdir()):
        content = {
            "namespace": policies.NAMESPACE,
            "resources": [path("base")],
            "components": [path(f"components/{name}") for name in [*AFTER.get(folder.name, []), folder.name]],
        }
        if "cloud-sql-proxy" in [*AFTER.get(folder.name, []), folder.name]:
            instance = "CSQL_PROXY_INSTANCE_CONNECTION_NAME=project:region:instance"
            marks = {"labels": {"app.kubernetes.io/part-of": "incident-bot", "app.kubernetes.io/component": "config"}}
            variables = [instance, "POSTGRES_USER=somebody@project.iam"]
            content["configMapGenerator"] = [{"name": "cloud-sql", "literals": variables, "options": marks}]
        yield f"components/{folder.name}", None, kustomization(temporary / folder.name, content)

    for overlay in OVERLAYS:
        content = yaml.load((FOLDER / "overlays" / overlay / "kustomization.yaml").read_text(), LOADER)
        content["resources"] = [path("base")]
        content["components"] = [path(f"components/{name}") for name in with_optional(content["components"])]
        for generator in content["configMapGenerator"]:
            literals = generator["literals"]
            if generator["name"] == "cloud-sql" and not any(one.startswith("POSTGRES_USER=") for one in literals):
                literals.append("POSTGRES_USER=incident-bot@project.iam")
        yield everything(overlay), overlay, kustomization(temporary / f"everything-{overlay}", content)


def with_optional(components):
    """An overlay's components, then the optional ones that it lacks. An overlay may have any of them."""
    names = [component.split("/")[-1] for component in components]
    return names + [name for name in OPTIONAL if name not in names]


def everything(overlay):
    return f"overlays/{overlay} with every component"


def validate(rendering, schemas, valid=None):
    """Objects that were found valid are kept in `valid`: most are the same in all renderings."""
    for o in rendering.objects:
        written = json.dumps(o, sort_keys=True)
        if valid is not None and written in valid:
            continue
        try:
            kind = f"{o['apiVersion']}/{o['kind']}"
            if kind in schemas:
                if set(o) != {"apiVersion", "kind", "metadata", "spec"}:
                    yield f"{title(o)} has fields that are not known: {sorted(o)}"
                jsonschema.validate(o["spec"], schemas[kind])
            else:
                kubernetes_validate.validate(o, KUBERNETES, strict=True)
            if valid is not None:
                valid.add(written)
        except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
            yield f"{title(o)}: {'.'.join(str(p) for p in error.path)}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError:
            yield f"{title(o)}: there is no schema of {kind}"


def breaches(rendering):
    for name, check in policies.ALL.items():
        for sentence in check(rendering):
            yield f"{name}: {sentence}"


def policies_can_fail(production, schemas, valid):
    """Each policy finds what it is for, in manifests that were broken for it."""
    unproven = set(policies.ALL) | {"schemas"}
    for name, harm in broken.HARMS:
        objects = copy.deepcopy(production.objects)
        rendering = Rendering(production.name, objects, production.overlay)
        harm(rendering)
        found = list(validate(rendering, schemas, valid)) if name == "schemas" else list(policies.ALL[name](rendering))
        if not found:
            yield f"the policy {name} does not find what {harm.__name__} has broken"
        unproven.discard(name)
    for name in sorted(unproven):
        yield f"no case in checks/broken.py shows that the policy {name} can fail"


def documents(renderings):
    """Documents that show a table of connections show the one that holds."""
    for document in (FOLDER / "README.md", FOLDER.parent.parent / "docs/operations.md"):
        if not document.exists():
            continue
        text = document.read_text()
        for name in OVERLAYS:
            begin, end = f"<!-- connections of {name} -->\n", "\n<!-- end -->"
            if begin in text:
                shown = text.split(begin)[1].split(end)[0]
                if shown.strip() != connections.table(renderings[f"overlays/{name}"]):
                    yield (
                        f"{document.name}: the connections of {name} have changed; "
                        f"put in what `deploy/kubernetes/check connections {name}` prints"
                    )
            elif document.parent == FOLDER:
                yield f"{document.name} does not show the connections of {name}"


def render():
    """The script that a deploy uses puts in digests and variables."""

    def run(*arguments):
        return subprocess.run([FOLDER / "render", *arguments], capture_output=True, text=True, check=False)

    done = run("prod", *DIGESTS, "WEB_URL=https://incidents.example.com")
    if done.returncode:
        yield f"render failed: {done.stderr.strip()}"
        return
    rendering = Rendering("render", load(done.stdout), "prod")
    found = {
        container["image"].split("/")[-1]
        for workload in rendering.workloads()
        for container in workload["spec"]["template"]["spec"]["containers"]
    }
    wanted = {f"incident-bot-{s}@{d}" for s, d in zip(("gateway", "worker", "web"), DIGESTS, strict=True)}
    if found != wanted:
        yield f"render names the images {sorted(found)}"
    config = rendering.config("incident-bot")
    if not config or config["data"]["WEB_URL"] != "https://incidents.example.com":
        yield "render does not set a variable"
    for arguments in (
        ("nowhere", *DIGESTS),
        ("prod", *DIGESTS[:2]),
        ("prod", *DIGESTS[:2], policies.NO_DIGEST),
        ("prod", *DIGESTS[:2], "latest"),
        ("prod", *DIGESTS, "not a variable"),
    ):
        if run(*arguments).returncode == 0:
            yield f"render takes {' '.join(arguments)}"


def import_legacy(schemas):
    """The script that prints the Job of an import makes it of the migrations' Job, and takes only what it knows."""

    def run(*arguments):
        return subprocess.run([FOLDER / "import-legacy", *arguments], capture_output=True, text=True, check=False)

    for name in OVERLAYS:
        done = run(name, DIGESTS[2], "--dry-run", "--process-time-zone=America/Chicago")
        if done.returncode:
            yield f"import-legacy failed for {name}: {done.stderr.strip()}"
            continue
        rendering = Rendering(f"import-legacy {name}", load(done.stdout), name)
        jobs = rendering.of_kind("Job")
        if [job["metadata"]["name"] for job in jobs] != ["incident-bot-import-legacy"]:
            yield f"import-legacy prints the Jobs {[title(job) for job in jobs]} for {name}"
            continue
        yield from validate(rendering, schemas)
        container = jobs[0]["spec"]["template"]["spec"]["containers"][0]
        if container["args"] != ["import-legacy", "--dry-run", "--process-time-zone=America/Chicago"]:
            yield f"import-legacy gives the arguments {container['args']} for {name}"
        if not container["image"].endswith(f"/incident-bot-web@{DIGESTS[2]}"):
            yield f"import-legacy names the image {container['image']} for {name}"
        if jobs[0]["spec"]["backoffLimit"] != 0:
            yield f"the Job of import-legacy is tried again for {name}: what it asks for would be asked again and again"
        labels = jobs[0]["metadata"]["labels"]
        if labels.get("app.kubernetes.io/component") != "import-legacy":
            yield f"the Job of import-legacy has the labels {labels} for {name}"
    for arguments in (
        ("nowhere", DIGESTS[2]),
        ("prod", policies.NO_DIGEST),
        ("prod", DIGESTS[2], "x, y"),
        ("prod", DIGESTS[2], "--json]"),
    ):
        if run(*arguments).returncode == 0:
            yield f"import-legacy takes {' '.join(arguments)}"


def first_scale(temporary):
    """The script that a deploy uses scales what was never scaled, and nothing else. kubectl is a stand-in."""
    deployments = ["new|2|", "scaled|3|once", "autoscaled||", "chosen|2|"]
    stand_in, calls = temporary / "bin/kubectl", temporary / "calls"
    stand_in.parent.mkdir()
    stand_in.write_text(
        f"""#!/usr/bin/env bash
case "$1 $3" in
  get*) printf '%s\\n' {" ".join(f"'{d}'" for d in deployments)} ;;
  # Somebody has chosen another number than 1.
  'scale chosen') exit 1 ;;
  *) echo "$@" >>{calls} ;;
esac
"""
    )
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}:{os.environ['PATH']}"
    run = subprocess.run(
        [FOLDER / "first-scale"], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    done = calls.read_text().splitlines() if calls.exists() else []
    wanted = [
        "scale deployment new --namespace slackbots --current-replicas=1 --replicas=2",
        "annotate deployment new --namespace slackbots incident-bot/scaled=once --overwrite",
        "annotate deployment chosen --namespace slackbots incident-bot/scaled=once --overwrite",
    ]
    if run.returncode or done != wanted:
        yield f"first-scale ends with {run.returncode} and does {done}: {run.stderr.strip()}"


def main():
    if sys.argv[1:2] == ["connections"] and len(sys.argv) == 3 and sys.argv[2] in OVERLAYS:
        name = sys.argv[2]
        print(connections.table(Rendering(name, kustomize(FOLDER / "overlays" / name), name)))
        return
    if sys.argv[1:]:
        raise SystemExit("usage: deploy/kubernetes/check [connections OVERLAY]")

    schemas = yaml.load((FOLDER / "checks/custom-resources.yaml").read_text(), LOADER)
    wrong = list(files())
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(4) as pool:
        rendered = pool.submit(lambda: list(render()))
        sources = [("base", None, FOLDER / "base")]
        sources += [(f"overlays/{name}", name, FOLDER / "overlays" / name) for name in OVERLAYS]
        sources += component_kustomizations(Path(temporary).resolve())
        objects = pool.map(lambda source: kustomize(source[2]), sources)
        renderings = {
            name: Rendering(name, found, overlay)
            for (name, overlay, _), found in zip(sources, objects, strict=True)
        }
        wrong += rendered.result()
        wrong += import_legacy(schemas)
        wrong += first_scale(Path(temporary))
    valid = set()
    for name, rendering in renderings.items():
        # Policies read objects as their schemas say that they are.
        found = list(validate(rendering, schemas, valid)) or list(breaches(rendering))
        wrong += [f"{name}: {sentence}" for sentence in found]
    if not wrong:
        wrong += policies_can_fail(renderings[everything("prod")], schemas, valid)
        wrong += documents(renderings)
    if wrong:
        raise SystemExit("\n".join(["deploy/kubernetes has faults:", *(f"  {sentence}" for sentence in wrong)]))
    print(f"deploy/kubernetes is valid: {', '.join(renderings)}")


main()
