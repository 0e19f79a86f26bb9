"""Runs the steps of cloudbuild.dev.yml and cloudbuild.prod.yml against stand-ins: see `test`."""

import copy
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import unittest
from concurrent.futures import ProcessPoolExecutor

import yaml
from build_config import Invalid, order, resolve, seconds, substitute, validate

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEV = yaml.safe_load((ROOT / "cloudbuild.dev.yml").read_text())
PROD = yaml.safe_load((ROOT / "cloudbuild.prod.yml").read_text())
SERVICES = ("gateway", "worker", "web")
DEPLOYMENTS = (
    "incident-bot-gateway", "incident-bot-web", "incident-bot-worker-confluence", "incident-bot-worker-pagerduty",
    "incident-bot-worker-slack", "incident-bot-worker-status-polling", "incident-bot-worker-statuspage",
)  # fmt: skip
DEV_IMAGES = "us-docker.pkg.dev/brightside-dev-363022/gcp-dev-slackbots-docker"
PROD_IMAGES = "us-docker.pkg.dev/brightside-prod/gcp-prod-slackbots-docker"
BUILD_ID = "5f2a7c1e-0b1d-4c55-9a34-2f9c0d8f6b11"
COMMIT = "3a5ca3ef00d1a2b3c4d5e6f708192a3b4c5d6e7f"
JOB = f"incident-bot-migrate-{BUILD_ID}"
CACHE = "incident-bot-dependencies:cache"
OLD = "old.example/image@sha256:" + "0" * 64


def service_of(deployment):
    return deployment.removeprefix("incident-bot-").split("-")[0]


def cksum(service):
    """The digest that the stand-in for docker gives an image it builds."""
    out = subprocess.run(["cksum"], input=service + "\n", capture_output=True, text=True, check=True).stdout
    return f"sha256:{int(out.split()[0]):064x}"


BUILT = {service: cksum(service) for service in SERVICES}
TESTED = {service: "sha256:" + str(n) * 64 for n, service in enumerate(SERVICES, 1)}


def known(project):
    return {"PROJECT_ID": project, "PROJECT_NUMBER": "42", "BUILD_ID": BUILD_ID, "LOCATION": "us-central1"}


def submitted(build, **overrides):
    """As `gcloud builds submit` does it, with `--substitutions` or without."""
    return resolve(build, known("brightside-dev-363022" if build is DEV else "brightside-prod"), overrides)


def triggered(build, tag="", **overrides):
    values = {
        "TRIGGER_NAME": "main", "COMMIT_SHA": COMMIT, "REVISION_ID": COMMIT, "SHORT_SHA": COMMIT[:7], "REPO_NAME": "incident-bot",
        "REPO_FULL_NAME": "company/incident-bot", "BRANCH_NAME": "" if tag else "main", "TAG_NAME": tag, "REF_NAME": tag or "main",
    }  # fmt: skip
    return resolve(build, known("brightside-dev-363022" if build is DEV else "brightside-prod") | values, overrides, trigger=True)


def manifests():
    """What `deploy/kubernetes/render` prints, with names in place of digests."""
    objects = [
        "apiVersion: v1\ndata:\n  kind: Job\n  name: incident-bot-migrate\nkind: ConfigMap\nmetadata:\n  name: incident-bot-4g5b2g6456\n  namespace: slackbots",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: incident-bot-web\n  namespace: slackbots\nspec:\n  ports: []",
    ]
    for name in DEPLOYMENTS:
        service = service_of(name)
        objects.append(
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  annotations:\n    name: x\n  labels:\n    name: {service}\n  name: {name}\n  namespace: slackbots\n"
            f"spec:\n  template:\n    metadata:\n      name: inner\n    spec:\n      containers:\n      - image: IMAGES/incident-bot-{service}@{service.upper()}\n        name: {service}"
        )
    objects += [
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: incident-bot-web\n  namespace: slackbots\nspec:\n  scaleTargetRef:\n    kind: Deployment\n    name: incident-bot-web",
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: incident-bot-migrate\n  namespace: slackbots\nspec:\n  template:\n    spec:\n      containers:\n      - args:\n        - migrate\n        image: IMAGES/incident-bot-web@WEB\n        name: web",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: incident-bot\n  namespace: slackbots\nspec: {}",
    ]
    return "\n---\n".join(objects) + "\n"


RENDER = """#!/bin/sh
set -eu
echo "render $*" >>"$FAKE/log"
[ ! -e "$FAKE/fail/render" ] || exit 2
for digest in "$2" "$3" "$4"; do case $digest in sha256:*) ;; *) exit 2 ;; esac; done
sed "s/@GATEWAY/@$2/; s/@WORKER/@$3/; s/@WEB/@$4/" "$FAKE/manifests.yaml"
"""
FIRST_SCALE = '#!/bin/sh\necho "first-scale $*" >>"$FAKE/log"\n[ ! -e "$FAKE/fail/first-scale" ]\n'


class Result:
    def __init__(self, status, output, log, ran):
        self.status, self.output, self.log, self.ran = status, output, log, ran

    def calls(self, start):
        return [line for line in self.log if line.startswith(start)]

    def at(self, start):
        for position, line in enumerate(self.log):
            if line.startswith(start):
                return position
        raise AssertionError(f"no call {start!r} in\n" + "\n".join(self.log))


class World:
    """A folder with the sources, and the state of what the stand-ins stand for."""

    def __init__(self, running=True):
        self.processes = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cloudbuild-test-"))
        self.fake = self.folder / "fake"
        self.sources = self.folder / "workspace"
        for name in ("local", "registry", "pushed", "fail", "builds", "deployments", "history", "old", "jobs"):
            (self.fake / name).mkdir(parents=True)
        (self.sources / "deploy/kubernetes").mkdir(parents=True)
        shutil.copytree(ROOT / "deploy/cloudbuild", self.sources / "deploy/cloudbuild", ignore=shutil.ignore_patterns("__pycache__"))
        for name in (".dockerignore", "Cargo.toml", "Cargo.lock", "Dockerfile.gateway", "Dockerfile.worker", "Dockerfile.web"):
            shutil.copy(ROOT / name, self.sources)
        for name in (".sqlx", "migrations", "proto", "services", "shared"):
            (self.sources / name).mkdir()
            (self.sources / name / "a file").write_text(name)
        for name, text in (("render", RENDER), ("first-scale", FIRST_SCALE)):
            script = self.sources / "deploy/kubernetes" / name
            script.write_text(text)
            script.chmod(0o755)
        (self.fake / "manifests.yaml").write_text(manifests())
        (self.fake / "migration").write_text("Complete SuccessCriteriaMet ")
        (self.fake / "log").touch()
        if running:
            for name in DEPLOYMENTS:
                self.runs(name, OLD)

    def runs(self, name, image, replicas=2, revision=7):
        (self.fake / "deployments" / name).write_text(f"{revision} {image} {replicas} 1\n")
        (self.fake / "history" / f"{name}.{revision}").write_text(image + "\n")
        (self.fake / "old" / name).write_text(image + "\n")

    def fails(self, what, times=1000):
        (self.fake / "fail" / what).write_text(f"{times}\n")

    def has_image(self, service, digest, images=DEV_IMAGES, tag=None):
        name = re.sub("[/:@]", "_", f"{images}/incident-bot-{service}:{tag or 'tested-' + COMMIT}")
        (self.fake / "registry" / name).write_text(digest + "\n")

    def brought(self, digests=None):
        """As if the builds were done."""
        (self.sources / ".cloudbuild").mkdir()
        for service, digest in (digests or BUILT).items():
            (self.sources / ".cloudbuild" / f"{service}.digest").write_text(digest)

    def image(self, deployment):
        return (self.fake / "deployments" / deployment).read_text().split()[1]

    def revision(self, deployment):
        return int((self.fake / "deployments" / deployment).read_text().split()[0])

    def environment(self, step):
        return step["env"] | {
            "PATH": f"{self.sources}/deploy/cloudbuild/stand-ins:/usr/bin:/bin", "HOME": str(self.folder), "FAKE": str(self.fake),
            "POLL_SECONDS": "0.02", "RETRY_SECONDS": "0.02", "LOCK_SECONDS": "20", "MIGRATION_SECONDS": "20", **self.extra,
        }  # fmt: skip

    extra = {}

    def run(self, steps, only=None):
        """Runs the steps in their order until one fails, those of a group one after the other."""
        output, ran, status = "", [], 0
        for group in order(steps):
            for step in group:
                if only and step["id"] not in only:
                    continue
                process = self.start(step)
                output += process.communicate(timeout=60)[0]
                ran.append(step["id"])
                status = process.returncode
                if status:
                    return self.result(status, output, ran)
        return self.result(status, output, ran)

    def start(self, step):
        script = self.folder / "script"
        text = step["script"]
        script.write_text(text if text.startswith("#!") else "#!/bin/sh\n" + text)
        script.chmod(0o755)
        process = subprocess.Popen(
            [script], cwd=self.sources, env=self.environment(step), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def result(self, status, output, ran):
        return Result(status, output, (self.fake / "log").read_text().splitlines(), ran)

    def close(self):
        # One that waits for a lock would do so for ever.
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.folder)


class Config(unittest.TestCase):
    """The files themselves, and that what reads them would notice a fault."""

    def test_both_are_valid_and_resolve_as_submitted_and_as_triggered(self):
        for build in (DEV, PROD):
            validate(build)
            submitted(build)
            triggered(build)
            triggered(build, tag="v1.2.0")

    def test_names_of_the_environments(self):
        table = {
            "dev": (DEV, DEV_IMAGES, "gke-slackbots-1"),
            "prod": (PROD, PROD_IMAGES, "gke-slackbots-1-prod"),
        }
        for overlay, (build, images, cluster) in table.items():
            values = build["substitutions"]
            self.assertEqual(values["_IMAGES"], images)
            self.assertEqual(values["_CLUSTER"], cluster)
            self.assertEqual((values["_OVERLAY"], values["_CLUSTER_LOCATION"], values["_NAMESPACE"]), (overlay, "us-central1", "slackbots"))
        self.assertEqual(PROD["substitutions"]["_TESTED_IMAGES"], DEV_IMAGES)

    def test_images_of_the_steps_are_pinned(self):
        for build in (DEV, PROD):
            for step in build["steps"]:
                self.assertRegex(step["name"], r"^gcr\.io/[\w./-]+:\d+\.\d+\.\d+$")

    def test_steps_hold_no_logic(self):
        for build in (DEV, PROD):
            for step in build["steps"]:
                self.assertRegex(step["script"], r"^exec bash deploy/cloudbuild/[\w-]+( \w+)?$")

    def test_order(self):
        builds = ["build-gateway", "build-worker", "build-web"]
        self.assertEqual([[s["id"] for s in group] for group in order(submitted(DEV))], [["dependencies"], builds, ["deploy"], ["mark-tested"]])
        self.assertEqual([[s["id"] for s in group] for group in order(submitted(PROD))], [["take-tested"], ["dependencies"], builds, ["deploy"]])

    def test_the_lease_lasts_as_long_as_the_step(self):
        lease = re.search(r"^lease_seconds=(\d+)$", (ROOT / "deploy/cloudbuild/lock").read_text(), re.M)[1]
        script = (ROOT / "deploy/cloudbuild/deploy").read_text()
        limits = {name: int(value) for name, value in re.findall(r"^(\w+_SECONDS)=\$\{\w+:-(\d+)\}$", script + (ROOT / "deploy/cloudbuild/lock").read_text(), re.M)}
        for build in (DEV, PROD):
            step = next(step for step in build["steps"] if step["id"] == "deploy")
            self.assertEqual(seconds(step["timeout"]), int(lease))
            # Waiting for the lock, the migrations, the rollout, its undoing; what is left is for the checks.
            spent = limits["LOCK_SECONDS"] + limits["MIGRATION_SECONDS"] + 2 * limits["ROLLOUT_SECONDS"]
            self.assertLessEqual(spent + 1800, int(lease))
            self.assertGreaterEqual(seconds(build["timeout"]), int(lease) + 1800)

    def test_substitution(self):
        values = {"_A": "one", "COMMIT_SHA": ""}
        self.assertEqual(substitute("x$_A-${_A}y$$_A $$$_A ${COMMIT_SHA}.", values, True), "xone-oney$_A $one .")
        with self.assertRaises(Invalid):
            substitute("$_B", values, True)
        self.assertEqual(substitute("[$_B]", values, False), "[]")
        for strict in (True, False):
            with self.assertRaises(Invalid):
                substitute("$COMIT_SHA", values, strict)

    def test_what_a_submitted_build_knows(self):
        for step in submitted(DEV):
            self.assertEqual(step["env"]["COMMIT_SHA"], "")
            self.assertEqual(step["env"]["TAG_NAME"], "")
            self.assertEqual(step["env"]["BUILD_ID"], BUILD_ID)
            self.assertEqual(step["env"]["DOCKER_BUILDKIT"], "1")
        self.assertEqual(submitted(PROD, _VERSION="abc", COMMIT_SHA=COMMIT)[0]["env"]["_VERSION"], "abc")

    def test_faults_of_a_config_are_found(self):
        def broken(change):
            build = copy.deepcopy(DEV)
            change(build)
            with self.assertRaises(Invalid, msg=change):
                resolve(build, known("p"))

        broken(lambda b: b.update(step=[]))
        broken(lambda b: b["steps"].clear())
        broken(lambda b: b["steps"][0].update(wait_for=["-"]))
        broken(lambda b: b["steps"][0].update(waitFor="-"))
        broken(lambda b: b["steps"][0].update(waitFor=["build-web"]))
        broken(lambda b: b["steps"][0].update(args=["x"]))
        broken(lambda b: b["steps"][1].update(id="dependencies"))
        broken(lambda b: b["steps"][1].update(env=["A"]))
        broken(lambda b: b["steps"][1].update(env=["A=$_B"]))
        broken(lambda b: b["steps"][1].update(env=["A=$COMIT_SHA"]))
        broken(lambda b: b["steps"][4].update(timeout="4h"))
        broken(lambda b: b["steps"][4].update(timeout="20000s"))
        broken(lambda b: b["substitutions"].update(IMAGES="x"))
        broken(lambda b: b["substitutions"].update(_X=1))
        broken(lambda b: b["options"].update(automapSubstitution=True))
        broken(lambda b: b["options"].update(machineType="BIG"))
        # Without the environment nothing uses the substitutions.
        broken(lambda b: b["options"].pop("automapSubstitutions"))
        with self.assertRaises(Invalid):
            submitted(DEV, _VERSOIN="x")
        with self.assertRaises(Invalid):
            submitted(DEV, BUILD_ID="x")

    def test_real_manifests_are_told_apart(self):
        render = ROOT / "deploy/kubernetes/render"
        if not render.exists() or not shutil.which("kubectl"):
            self.skipTest("deploy/kubernetes/render or kubectl is not there")
        rollout_seconds = int(re.search(r"ROLLOUT_SECONDS:-(\d+)", (ROOT / "deploy/cloudbuild/deploy").read_text())[1])
        for overlay in ("dev", "prod"):
            rendered = subprocess.run([render, overlay, *BUILT.values()], capture_output=True, text=True, check=True).stdout
            world = World()
            (world.fake / "manifests.yaml").write_text(rendered)
            world.brought()
            result = world.run(submitted(DEV), ["deploy"])
            self.assertEqual(result.status, 0, result.output)
            applied = [line.split()[1] for line in result.calls("applied ")]
            there = [f"{o['kind']}/{o['metadata']['name']}" for o in yaml.safe_load_all(rendered) if o]
            there = [f"Job/{JOB}" if one == "Job/incident-bot-migrate" else one for one in there]
            self.assertEqual(sorted(applied), sorted(there))
            for one in yaml.safe_load_all(rendered):
                if one and one["kind"] == "Deployment":
                    # What the rollout and the checks count on.
                    service = service_of(one["metadata"]["name"])
                    container = one["spec"]["template"]["spec"]["containers"][0]
                    self.assertEqual(container["name"], service)
                    self.assertTrue(container["image"].endswith("@" + BUILT[service]))
                    self.assertLess(one["spec"]["progressDeadlineSeconds"], rollout_seconds)
                    self.assertNotIn("replicas", one["spec"], "a rollout would undo how many replicas a person chose")
            self.assertEqual({name for name in applied if name.startswith("Deployment/")}, {f"Deployment/{name}" for name in DEPLOYMENTS})
            world.close()


class Scenario(unittest.TestCase):
    def setUp(self):
        self.new_world()

    def new_world(self, **how):
        self.world = World(**how)
        self.addCleanup(self.world.close)

    def run_steps(self, steps, only=None, fails=False, says=()):
        result = self.world.run(steps, only)
        if fails:
            self.assertNotEqual(result.status, 0, result.output)
        else:
            self.assertEqual(result.status, 0, result.output)
        for sentence in [says] if isinstance(says, str) else says:
            self.assertIn(sentence, result.output)
        # Whatever happens, the next one can deploy.
        if "deploy" in result.ran and not getattr(self, "others_lease", False):
            self.assertFalse((self.world.fake / "lease").exists(), "the lease is left behind")
        return result

    def deploy(self, digests=None, build=DEV, fails=False, says=(), **overrides):
        self.world.brought(digests)
        return self.run_steps(submitted(build, **overrides), ["deploy"], fails, says)

    def assert_runs(self, digests, but=()):
        for name in DEPLOYMENTS:
            if name not in but:
                self.assertTrue(self.world.image(name).endswith("@" + digests[service_of(name)]), name)

    def assert_untouched(self, result):
        self.assertEqual([line for line in result.calls("applied ") if "Deployment/" in line], [])
        self.assertEqual(result.calls("kubectl --namespace slackbots rollout"), [])
        for name in DEPLOYMENTS:
            self.assertEqual((self.world.image(name), self.world.revision(name)), (OLD, 7))

    def assert_undone(self, result, names):
        undone = [line.split("deployment/")[1].split()[0] for line in result.calls("kubectl --namespace slackbots rollout undo")]
        self.assertEqual(sorted(undone), sorted(names))
        for name in names:
            self.assertIn(f"kubectl --namespace slackbots rollout undo deployment/{name} --to-revision 7", result.log)
            self.assertEqual(self.world.image(name), OLD, name)
            # And it was waited for.
            self.assertGreater(
                max(n for n, line in enumerate(result.log) if line.startswith(f"kubectl --namespace slackbots rollout status deployment/{name} ")),
                result.at(f"kubectl --namespace slackbots rollout undo deployment/{name} "),
            )


class Builds(Scenario):
    def check_built(self, result, images, release, revision, version, source, tag=""):
        builds = {line.split(" --tag ")[1].split()[0].split("/")[-1].split(":")[0].removeprefix("incident-bot-"): line for line in result.calls("docker build ")}
        self.assertEqual(list(builds), ["dependencies", *SERVICES])
        cache = f"{images}/{CACHE}"
        self.assertEqual(
            builds["dependencies"],
            f"docker build --file Dockerfile.gateway --target dependencies --cache-from {cache} --build-arg BUILDKIT_INLINE_CACHE=1 --tag {cache} .",
        )
        self.assertLess(result.at(f"docker push {cache}"), result.at("docker build --file Dockerfile.gateway --cache-from"))
        for service in SERVICES:
            image = f"{images}/incident-bot-{service}"
            self.assertEqual(
                builds[service],
                f"docker build --file Dockerfile.{service} --cache-from {cache} --build-arg VERSION={version} --build-arg REVISION={revision}"
                f" --build-arg SOURCE={source} --tag {image}:{release} .",
            )
            self.assertIn(f"docker push {image}:{release}", result.log)
            self.assertEqual(tag != "", f"docker push {image}:{tag}" in result.log)
        pushes = [line for line in result.calls("docker push ") if CACHE not in line]
        self.assertEqual(len(pushes), 6 if tag else 3)

    def check_deployed(self, result, overlay, digests, project, cluster, web_url=""):
        self.assertIn(" ".join(["render", overlay, *(digests[s] for s in SERVICES)]) + web_url, result.log)
        self.assertIn(f"gcloud container clusters get-credentials {cluster} --location us-central1 --project {project}", result.log)
        self.assert_runs(digests)
        steps = [
            result.at("render "),
            result.at("gcloud container clusters"),
            result.at("kubectl --namespace slackbots create"),
            result.at("applied ConfigMap/"),
            result.at("applied NetworkPolicy/"),
            result.at(f"applied Job/{JOB} IMAGES/incident-bot-web@{digests['web']}"),
            result.at(f"kubectl --namespace slackbots get job {JOB}"),
            result.at(f"kubectl --namespace slackbots logs --selector job-name={JOB}"),
            result.at("applied Service/"),
            result.at("applied Deployment/"),
            result.at("first-scale slackbots"),
            result.at("kubectl --namespace slackbots rollout status"),
            result.at("kubectl --namespace slackbots exec"),
            result.at("kubectl --namespace slackbots delete lease"),
        ]
        self.assertEqual(steps, sorted(steps))
        self.assertEqual(len(result.calls("applied Job/")), 1)
        self.assertEqual(len(result.calls("applied ConfigMap/")), 1)
        self.assertEqual(len(result.calls("applied Horizontal")), 1)
        for name in DEPLOYMENTS:
            service = service_of(name)
            self.assertEqual(len(result.calls(f"kubectl --namespace slackbots rollout status deployment/{name} ")), 1)
            self.assertIn(
                f"kubectl --namespace slackbots exec deployment/{name} --container {service} -- /usr/local/bin/{service} check", result.log
            )
            self.assertRegex(result.output, rf"(?m)^{name} +{digests[service]} +2/2$")
        self.assertEqual(result.calls("kubectl --namespace slackbots rollout undo"), [])

    def test_dev_submitted_from_a_laptop(self):
        result = self.run_steps(submitted(DEV))
        self.check_built(result, DEV_IMAGES, BUILD_ID, BUILD_ID, "0.1.0", "")
        self.check_deployed(result, "dev", BUILT, "brightside-dev-363022", "gke-slackbots-1")
        marks = result.calls("gcloud artifacts docker tags add ")
        self.assertEqual(
            marks[:3], [f"gcloud artifacts docker tags add {DEV_IMAGES}/incident-bot-{s}@{BUILT[s]} {DEV_IMAGES}/incident-bot-{s}:tested-{BUILD_ID}" for s in SERVICES]
        )
        for service, mark in zip(SERVICES, marks[3:], strict=True):
            image = f"{DEV_IMAGES}/incident-bot-{service}"
            self.assertRegex(mark, rf"^gcloud artifacts docker tags add {image}@{BUILT[service]} {image}:tested-sources-[0-9a-f]{{40}}$")
        self.assertGreater(result.at(marks[0]), result.at("kubectl --namespace slackbots delete lease"))

    def test_dev_from_a_trigger(self):
        result = self.run_steps(triggered(DEV))
        self.check_built(result, DEV_IMAGES, COMMIT, COMMIT, "0.1.0", "company/incident-bot")
        self.check_deployed(result, "dev", BUILT, "brightside-dev-363022", "gke-slackbots-1")
        self.assertIn(f"{DEV_IMAGES}/incident-bot-web:tested-{COMMIT}", result.calls("gcloud artifacts")[2])

    def test_substitutions_that_cloud_build_leaves_out_are_not_needed(self):
        steps = submitted(DEV)
        for step in steps:
            for name in ("COMMIT_SHA", "TAG_NAME", "SHORT_SHA", "REPO_NAME", "REPO_FULL_NAME", "BRANCH_NAME"):
                del step["env"][name]
        self.run_steps(steps)

    def test_prod_submitted_from_a_laptop_builds(self):
        result = self.run_steps(submitted(PROD), says="Development has not tested these sources: the images are built here.")
        self.check_built(result, PROD_IMAGES, BUILD_ID, BUILD_ID, "0.1.0", "")
        self.check_deployed(result, "prod", BUILT, "brightside-prod", "gke-slackbots-1-prod")
        self.assertEqual(result.calls("gcloud artifacts"), [])

    def test_from_a_laptop_prod_takes_what_dev_has_tested_of_the_same_sources(self):
        other = "11111111-0b1d-4c55-9a34-2f9c0d8f6b11"
        for change, takes in ((None, True), ("services/a file", False), ("Dockerfile.web", False), ("services/a new file", False), ("README.md", True)):
            with self.subTest(change):
                self.new_world()
                self.world.fails("mark")
                self.run_steps(submitted(DEV))
                shutil.rmtree(self.world.sources / ".cloudbuild")
                (self.world.fake / "log").write_text("")
                if change:
                    (self.world.sources / change).write_text("x")
                result = self.run_steps(resolve(PROD, known("brightside-prod") | {"BUILD_ID": other}))
                self.assertEqual(result.calls("docker build") == [], takes)
                self.assertIn(f"docker push {PROD_IMAGES}/incident-bot-web:{other}", result.log)
                self.assert_runs(BUILT)

    def test_a_trigger_takes_what_was_tested_from_a_laptop(self):
        self.run_steps(submitted(DEV))
        shutil.rmtree(self.world.sources / ".cloudbuild")
        (self.world.fake / "log").write_text("")
        result = self.run_steps(triggered(PROD), says="Development has tested the same sources.")
        self.assertEqual(result.calls("docker build"), [])
        self.assertIn(f"docker push {PROD_IMAGES}/incident-bot-web:{COMMIT}", result.log)

    def test_prod_takes_what_dev_has_tested(self):
        for service in SERVICES:
            self.world.has_image(service, TESTED[service])
        result = self.run_steps(triggered(PROD, tag="v1.2.0"))
        self.assertEqual(result.calls("docker build"), [])
        for service in SERVICES:
            image = f"{PROD_IMAGES}/incident-bot-{service}"
            source = f"{DEV_IMAGES}/incident-bot-{service}"
            self.assertIn(f"docker pull {source}:tested-{COMMIT}", result.log)
            self.assertIn(f"docker tag {source}@{TESTED[service]} {image}:{COMMIT}", result.log)
            self.assertIn(f"docker push {image}:{COMMIT}", result.log)
            self.assertIn(f"docker push {image}:v1.2.0", result.log)
        self.check_deployed(result, "prod", TESTED, "brightside-prod", "gke-slackbots-1-prod")

    def test_prod_builds_a_commit_that_dev_has_not_tested(self):
        result = self.run_steps(triggered(PROD, tag="v1.2.0"), says="Development has not tested these sources: the images are built here.")
        self.check_built(result, PROD_IMAGES, COMMIT, COMMIT, "1.2.0", "company/incident-bot", tag="v1.2.0")
        self.check_deployed(result, "prod", BUILT, "brightside-prod", "gke-slackbots-1-prod")

    def test_prod_takes_all_three_or_none(self):
        for service in ("gateway", "worker"):
            self.world.has_image(service, TESTED[service])
        result = self.run_steps(triggered(PROD))
        self.check_built(result, PROD_IMAGES, COMMIT, COMMIT, "0.1.0", "company/incident-bot")
        self.assert_runs(BUILT)

    def test_prod_takes_the_version_that_is_named(self):
        for service in SERVICES:
            self.world.has_image(service, TESTED[service], tag="tested-some-build")
        result = self.run_steps(submitted(PROD, _VERSION="some-build"))
        self.assertEqual(result.calls("docker build"), [])
        self.assertIn(f"docker push {PROD_IMAGES}/incident-bot-web:some-build", result.log)
        self.assert_runs(TESTED)

    def test_prod_goes_back_to_what_it_built_itself(self):
        for settings in ({}, {"_TESTED_IMAGES": ""}):
            self.new_world()
            for service in SERVICES:
                self.world.has_image(service, TESTED[service], images=PROD_IMAGES, tag="some-build")
            result = self.run_steps(submitted(PROD, _VERSION="some-build", **settings))
            self.assertEqual(result.calls("docker build"), [])
            self.assert_runs(TESTED)

    def test_prod_refuses_a_version_that_dev_has_not_tested(self):
        result = self.run_steps(submitted(PROD, _VERSION="some-build"), fails=True, says="development has not tested it")
        self.assertEqual(result.ran, ["take-tested"])

    def test_prod_does_not_build_because_it_may_not_look(self):
        for error, times in (("denied: Permission denied", 1), ("dial tcp: i/o timeout", 3)):
            self.new_world()
            world = self.world
            world.fails("docker-pull-gateway")
            (world.fake / "pull-error").write_text(error + "\n")
            result = world.run(triggered(PROD))
            self.assertEqual((result.status, result.ran), (1, ["take-tested"]), result.output)
            self.assertIn("roles/artifactregistry.reader", result.output)
            self.assertEqual(len(result.calls("docker pull")), times)

    def test_prod_tries_again_to_look(self):
        for service in SERVICES:
            self.world.has_image(service, TESTED[service])
        self.world.fails("docker-pull-worker", 2)
        (self.world.fake / "pull-error").write_text("i/o timeout\n")
        self.run_steps(triggered(PROD))
        self.assert_runs(TESTED)

    def test_prod_builds_where_it_is_told_to(self):
        for service in SERVICES:
            self.world.has_image(service, TESTED[service])
        result = self.run_steps(triggered(PROD, _TESTED_IMAGES=""))
        self.assertEqual(result.calls("docker pull"), [])
        self.assert_runs(BUILT)

    def test_address_of_the_console_and_of_the_sources(self):
        result = self.run_steps(triggered(DEV, _WEB_URL="https://incidents.example", _SOURCE_URL="https://git.example/x"))
        self.check_deployed(result, "dev", BUILT, "brightside-dev-363022", "gke-slackbots-1", " WEB_URL=https://incidents.example")
        self.assertIn("--build-arg SOURCE=https://git.example/x ", "\n".join(result.log))

    def test_a_failing_build_ends_it(self):
        for failing in ("dependencies", *SERVICES):
            self.new_world()
            world = self.world
            world.fails(f"docker-build-{failing}")
            result = world.run(submitted(DEV))
            self.assertEqual(result.status, 101, result.output)
            self.assertNotIn("deploy", result.ran)
            self.assertEqual(result.calls("kubectl") + result.calls("gcloud"), [])
            self.assertEqual([line for line in result.calls("docker push") if f"incident-bot-{failing}:" in line], [])

    def test_a_failing_push_is_tried_again(self):
        for service in SERVICES:
            self.world.fails(f"docker-push-{service}", 2)
        result = self.run_steps(submitted(DEV))
        self.assertEqual(len(result.calls(f"docker push {DEV_IMAGES}/incident-bot-web:")), 3)

    def test_a_push_that_keeps_failing_ends_it(self):
        for service in SERVICES:
            self.new_world()
            world = self.world
            world.fails(f"docker-push-{service}")
            result = world.run(submitted(DEV))
            self.assertEqual((result.status, result.ran[-1]), (1, f"build-{service}"), result.output)
            self.assertEqual(result.calls("kubectl"), [])

    def test_a_cache_that_cannot_be_pushed_ends_nothing(self):
        self.world.fails("docker-push-dependencies")
        self.run_steps(submitted(DEV), says="WARNING")
        self.assert_runs(BUILT)

    def test_nothing_is_marked_that_was_not_deployed(self):
        self.world.fails("check-incident-bot-web")
        result = self.run_steps(submitted(DEV), fails=True)
        self.assertEqual(result.calls("gcloud artifacts"), [])


class Deploys(Scenario):
    def test_a_first_install(self):
        self.new_world(running=False)
        self.deploy()
        self.assert_runs(BUILT)

    def test_a_first_install_that_fails_has_nothing_to_go_back_to(self):
        self.new_world(running=False)
        self.world.fails("rollout-incident-bot-web")
        result = self.deploy(fails=True, says=["incident-bot-web is new: there is nothing to go back to", "what runs now"])
        self.assert_undone(result, [])

    def test_a_failing_rollout_is_undone(self):
        for failing in DEPLOYMENTS:
            with self.subTest(failing):
                self.new_world()
                self.world.fails(f"rollout-{failing}")
                result = self.deploy(fails=True, says=[f"{failing} was not rolled out", f"the log of --selector app.kubernetes.io/name={failing} "])
                self.assert_undone(result, DEPLOYMENTS)
                self.assertEqual(result.calls("kubectl --namespace slackbots exec"), [])
                for name in DEPLOYMENTS:
                    self.assertRegex(result.output.split("what runs now")[1], rf"(?m)^{name} +sha256:0+ +2/2$")
                self.assertTrue((self.world.fake / "jobs" / JOB).exists())

    def test_only_what_was_changed_is_undone(self):
        for service in SERVICES:
            with self.subTest(service):
                # The other services run what is rolled out already.
                self.new_world()
                for name in DEPLOYMENTS:
                    if service_of(name) != service:
                        self.world.runs(name, f"IMAGES/incident-bot-{service_of(name)}@{BUILT[service_of(name)]}", revision=3)
                changed = [name for name in DEPLOYMENTS if service_of(name) == service]
                self.world.fails(f"check-{changed[-1]}")
                result = self.deploy(fails=True)
                self.assert_undone(result, changed)
                self.assert_runs(BUILT, but=changed)
                for name in set(DEPLOYMENTS) - set(changed):
                    self.assertEqual(self.world.revision(name), 3)

    def test_an_apply_that_breaks_off_is_undone(self):
        self.world.fails("apply-incident-bot-worker-pagerduty")
        result = self.deploy(fails=True)
        self.assert_undone(result, ["incident-bot-gateway", "incident-bot-web", "incident-bot-worker-confluence"])

    def test_one_new_deployment_among_others(self):
        (self.world.fake / "deployments/incident-bot-worker-statuspage").unlink()
        (self.world.fake / "old/incident-bot-worker-statuspage").unlink()
        self.world.fails("rollout-incident-bot-worker-statuspage")
        result = self.deploy(fails=True, says="incident-bot-worker-statuspage is new")
        self.assert_undone(result, [name for name in DEPLOYMENTS if not name.endswith("statuspage")])

    def test_an_undo_that_fails_is_told_and_the_others_are_undone(self):
        self.world.fails("rollout-incident-bot-web")
        self.world.fails("undo-incident-bot-gateway")
        result = self.deploy(fails=True, says="kubectl rollout undo deployment/incident-bot-gateway --to-revision 7 --namespace slackbots")
        for name in DEPLOYMENTS[1:]:
            self.assertEqual(self.world.image(name), OLD)
        self.assertEqual(len(result.calls("kubectl --namespace slackbots rollout undo deployment/incident-bot-gateway")), 3)

    def test_first_scale_that_fails_is_undone(self):
        self.world.fails("first-scale")
        self.assert_undone(self.deploy(fails=True), DEPLOYMENTS)

    def test_failing_migrations_leave_everything_as_it_was(self):
        (self.world.fake / "migration").write_text("FailureTarget Failed ")
        result = self.deploy(fails=True, says=["the migrations failed", f"the log of --selector job-name={JOB}"])
        self.assert_untouched(result)

    def test_migrations_that_do_not_end_leave_everything_as_it_was(self):
        (self.world.fake / "migration").write_text("")
        self.world.extra = {"MIGRATION_SECONDS": "0"}
        result = self.deploy(fails=True, says=["have not ended within", f"the log of --selector job-name={JOB}"])
        self.assert_untouched(result)

    def test_migrations_are_waited_for(self):
        self.world.fails("job-pending", 3)
        result = self.deploy(says="The migrations are applied.")
        self.assertEqual(len(result.calls("kubectl --namespace slackbots get job")), 4)
        self.assertGreater(result.at("applied Deployment/"), max(n for n, line in enumerate(result.log) if "get job" in line))

    def test_manifests_without_migrations_are_refused(self):
        (self.world.fake / "manifests.yaml").write_text(manifests().replace("  name: incident-bot-migrate\n  namespace", "  name: other\n  namespace"))
        self.assert_untouched(self.deploy(fails=True, says="the manifests have no Job incident-bot-migrate"))

    def test_manifests_that_cannot_be_rendered_change_nothing(self):
        self.world.fails("render")
        result = self.deploy(fails=True)
        self.assertEqual(result.calls("kubectl"), [])

    def test_a_cluster_that_is_not_reached_changes_nothing(self):
        self.world.fails("credentials")
        result = self.deploy(fails=True)
        self.assertEqual(result.calls("kubectl"), [])
        self.new_world()
        self.world.fails("look")
        self.assert_untouched(self.deploy(fails=True))

    def test_a_missing_image_is_refused(self):
        self.assertEqual(self.deploy({"gateway": BUILT["gateway"]}, fails=True, says="no step has brought an image of worker").calls("kubectl"), [])

    def test_a_failing_check_is_undone(self):
        for failing in DEPLOYMENTS:
            with self.subTest(failing):
                self.new_world()
                self.world.fails(f"check-{failing}")
                result = self.deploy(fails=True, says=[f"the check failed: {failing}", "Slack rejected our token."])
                self.assert_undone(result, DEPLOYMENTS)
                self.assertEqual(len(result.calls(f"kubectl --namespace slackbots exec deployment/{failing} ")), 3)

    def test_a_check_that_fails_for_a_moment_is_no_failure(self):
        self.world.fails("check-incident-bot-worker-pagerduty", 2)
        self.deploy()
        self.assert_runs(BUILT)

    def test_a_failing_check_is_only_told_where_that_is_asked_for(self):
        self.world.fails("check-incident-bot-worker-pagerduty")
        result = self.deploy(says="WARNING: the check failed: incident-bot-worker-pagerduty", _SMOKE_TEST="report")
        self.assert_runs(BUILT)
        self.assert_undone(result, [])

    def test_a_deployment_without_replicas(self):
        self.world.runs("incident-bot-worker-statuspage", OLD, replicas=0)
        result = self.deploy(says="incident-bot-worker-statuspage has 0 replicas: it is not checked.")
        self.assert_runs(BUILT)
        self.assertEqual(result.calls("kubectl --namespace slackbots exec deployment/incident-bot-worker-statuspage"), [])
        self.assertEqual((self.world.fake / "deployments/incident-bot-worker-statuspage").read_text().split()[2], "0")
        self.assertRegex(result.output, r"(?m)^incident-bot-worker-statuspage .* 0/0$")

    def test_everything_without_replicas(self):
        for name in DEPLOYMENTS:
            self.world.runs(name, OLD, replicas=0)
        self.assertEqual(self.deploy().calls("kubectl --namespace slackbots exec"), [])

    def test_a_deployment_that_is_cancelled_is_undone(self):
        for hang in ("hang-incident-bot-web", "hang-check-incident-bot-web"):
            with self.subTest(hang):
                self.new_world()
                self.world.brought()
                self.world.fails(hang)
                step = next(step for step in submitted(DEV) if step["id"] == "deploy")
                process = self.world.start(step)
                until = time.monotonic() + 20
                while not (self.world.fake / "hanging").exists() and time.monotonic() < until:
                    time.sleep(0.02)
                # As a container is stopped: the signal is for the first process alone, while what it waits for goes on.
                os.kill(process.pid, signal.SIGTERM)
                output = process.communicate(timeout=30)[0]
                self.assertNotEqual(process.returncode, 0)
                self.assert_undone(self.world.result(process.returncode, output, ["deploy"]), DEPLOYMENTS)
                self.assertFalse((self.world.fake / "lease").exists())

    def test_what_is_not_ours_is_left_alone(self):
        # 0.8.2 is a Deployment in the same namespace.
        self.world.runs("incident-bot", OLD, revision=41)
        self.world.fails("check-incident-bot-web")
        result = self.deploy(fails=True)
        self.assert_undone(result, DEPLOYMENTS)
        self.assertEqual([line for line in result.log if line.endswith("deployment/incident-bot") or "deployment/incident-bot " in line], [])
        self.assertEqual((self.world.image("incident-bot"), self.world.revision("incident-bot")), (OLD, 41))

    def test_it_can_be_run_again(self):
        self.world.fails("rollout-incident-bot-web")
        self.deploy(fails=True)
        (self.world.fake / "fail/rollout-incident-bot-web").unlink()
        self.run_steps(submitted(DEV), ["deploy"])
        self.assert_runs(BUILT)
        undone = len(self.world.result(0, "", []).calls("kubectl --namespace slackbots rollout undo"))
        result = self.run_steps(submitted(DEV), ["deploy"])
        self.assertEqual(len(result.calls("kubectl --namespace slackbots rollout undo")), undone)


class Locks(Scenario):
    OTHER = "0e0c7c8a-aaaa-4c55-9a34-2f9c0d8f6b11"

    def held(self, status, since="2999-01-01T00:00:00.000000Z"):
        (self.world.fake / "lease").write_text(f"{self.OTHER}|{since}|7200|12\n")
        (self.world.fake / "version").write_text("12\n")
        if status:
            (self.world.fake / "builds" / self.OTHER).write_text(status + "\n")

    def holder(self):
        return (self.world.fake / "lease").read_text().split("|")[0]

    def test_a_second_deployment_changes_nothing_while_the_first_goes_on(self):
        # Where it cannot be told what became of the other build, it is going on.
        for status in ("WORKING", "QUEUED", "PENDING", None):
            with self.subTest(status):
                self.new_world()
                self.others_lease = True
                self.held(status)
                self.world.extra = {"LOCK_SECONDS": "0"}
                result = self.deploy(fails=True, says=[f"the build {self.OTHER} has been deploying since 2999", "kubectl delete lease incident-bot-deploy"])
                self.assert_untouched(result)
                self.assertEqual(result.calls("applied"), [])
                self.assertEqual(self.holder(), self.OTHER)

    def test_a_second_deployment_waits_for_the_first(self):
        self.held("WORKING")
        (self.world.fake / "given-back-after").write_text("3\n")
        result = self.deploy(says="is deploying since 2999-01-01T00:00:00.000000Z: waiting for it.")
        self.assert_runs(BUILT)
        self.assertGreaterEqual(len(result.calls("kubectl --namespace slackbots create")), 4)

    def test_the_lease_of_a_build_that_has_ended_is_taken_over(self):
        for status in ("SUCCESS", "FAILURE", "CANCELLED", "TIMEOUT", "INTERNAL_ERROR"):
            with self.subTest(status):
                self.new_world()
                self.held(status)
                self.deploy(says="is taken over")
                self.assert_runs(BUILT)

    def test_a_lease_that_is_too_old_is_taken_over(self):
        self.held("WORKING", since="2020-01-01T00:00:00.000000Z")
        self.deploy(says="is taken over")
        self.assert_runs(BUILT)

    def test_one_of_two_takes_a_lease_over(self):
        # The other one was quicker, and goes on.
        self.held("FAILURE")
        self.world.fails("replace", 1)
        result = self.deploy()
        self.assertEqual(len(result.calls("kubectl --namespace slackbots replace")), 2)
        self.assertLess(max(n for n, line in enumerate(result.log) if " replace " in line), result.at("applied "))

    def test_a_lease_that_may_not_be_made_ends_it(self):
        self.world.fails("lease-forbidden")
        self.assert_untouched(self.deploy(fails=True, says=["leases is forbidden", "roles/container.developer"]))

    def test_the_lease_is_held_from_before_the_migrations_until_the_end(self):
        result = self.deploy()
        self.assertEqual(result.at("kubectl "), result.at("kubectl --namespace slackbots create"))
        self.assertEqual(result.log[-1], "kubectl --namespace slackbots delete lease incident-bot-deploy")

    def test_the_lease_of_another_is_not_given_back(self):
        # It was deleted by hand and taken by another while this one went on.
        self.others_lease = True
        script = self.world.sources / "deploy/kubernetes/first-scale"
        script.write_text(f'#!/bin/sh\necho "{self.OTHER}|2999-01-01T00:00:00.000000Z|7200|1" >"$FAKE/lease"\n')
        self.deploy()
        self.assertEqual(self.holder(), self.OTHER)


def run(name):
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromName(name, sys.modules[__name__]).run(result)
    return name, [text for _, text in result.failures + result.errors], [reason for _, reason in result.skipped]


def main():
    loader = unittest.defaultTestLoader
    module = sys.modules[__name__]
    chosen = sys.argv[1:]
    suite = loader.loadTestsFromNames(chosen, module) if chosen else loader.loadTestsFromModule(module)

    def flat(some):
        for one in some:
            if isinstance(one, unittest.TestSuite):
                yield from flat(one)
            else:
                yield one

    failed = 0
    cases = [case.id().removeprefix("__main__.") for case in flat(suite)]
    # Processes: a thread that starts a program would keep a script open that another is writing.
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, wrong, skipped in pool.map(run, cases):
            for reason in skipped:
                print(f"{name}: skipped: {reason}")
            for text in wrong:
                failed += 1
                print(f"\n{name} failed:\n{text}", file=sys.stderr)
    print(f"deploy/cloudbuild: {len(cases)} scenarios, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception:
        traceback.print_exc()
        sys.exit(2)
