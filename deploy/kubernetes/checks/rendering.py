"""What kustomize makes of a folder."""

import re
import subprocess
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent.parent
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Rendering:
    """Objects that kustomize has rendered."""

    def __init__(self, name, objects, overlay=None):
        self.name = name
        self.objects = objects
        # The overlay whose facts hold for it: None for base, and for a component on base.
        self.overlay = overlay

    def of_kind(self, *kinds):
        return [o for o in self.objects if o["kind"] in kinds]

    def named(self, kind, name):
        return next((o for o in self.of_kind(kind) if o["metadata"]["name"] == name), None)

    def workloads(self):
        return self.of_kind("Deployment", "Job")

    def config(self, prefix):
        """The ConfigMap of that name, whose hash kustomize has added."""
        pattern = re.compile(re.escape(prefix) + "-[a-z0-9]{10}")
        return next((o for o in self.of_kind("ConfigMap") if pattern.fullmatch(o["metadata"]["name"])), None)


def kustomize(folder):
    run = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"kubectl kustomize {folder} failed:\n{run.stderr.strip()}")
    if run.stderr.strip():
        raise SystemExit(f"kubectl kustomize {folder} warns:\n{run.stderr.strip()}")
    return load(run.stdout)


def load(text):
    return [o for o in yaml.load_all(text, LOADER) if o]


def pod(workload):
    return workload["spec"]["template"]["spec"]


def pod_labels(workload):
    return workload["spec"]["template"]["metadata"]["labels"]


def containers(workload):
    return pod(workload).get("initContainers", []) + pod(workload)["containers"]


def env(container):
    return {e["name"]: e.get("value") for e in container.get("env", [])}


def title(o):
    return f"{o['kind']} {o['metadata']['name']}"


def selects(selector, labels):
    """Whether a label selector selects these labels."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        value, values = labels.get(expression["key"]), expression.get("values", [])
        matches = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not matches[expression["operator"]]:
            return False
    return True
