"""What has to be true of everything that is rendered. Each policy yields sentences that say what is wrong."""

import ipaddress
import json
import re
from urllib.parse import urlsplit

import connections
from rendering import containers, env, pod, pod_labels, selects, title

NAMESPACE = "slackbots"
SECRET = "incident-bot"
QUEUES = ["slack", "pagerduty", "confluence", "statuspage", "status-polling"]
DEPLOYMENTS = ["incident-bot-gateway", "incident-bot-web", *(f"incident-bot-worker-{queue}" for queue in QUEUES)]
PORTS = {"gateway": 3001, "worker": 3002, "web": 3000}
METRICS_PORT = 9464
USER = 65532
# How long a service takes to stop, and the proxy after it.
SERVICE_STOPS_SECONDS = 30
PROXY_STOPS_SECONDS = 10
# From which Google's health checks call.
HEALTH_CHECKS = {ipaddress.ip_network(cidr) for cidr in ("35.191.0.0/16", "130.211.0.0/22")}
# A proxy-only subnet is /23 as Google recommends, and /26 at least. One that is much wider has other addresses too.
PROXY_ONLY_SUBNET_PREFIX = 22
# How long the first load balancer may take, for which the pods of web wait.
LOAD_BALANCER_SECONDS = 900
NO_DIGEST = "sha256:" + 64 * "0"

# The set-up that is there.
FACTS = {
    "dev": {
        "registry": "us-docker.pkg.dev/brightside-dev-363022/gcp-dev-slackbots-docker/",
        "instance": "brightside-dev-363022:us-central1:slackbots-pg",
        "service account": "incident-bot",
    },
    "prod": {
        "registry": "us-docker.pkg.dev/brightside-prod/gcp-prod-slackbots-docker/",
        "instance": "brightside-prod:us-central1:slackbots-pg-prod",
        "service account": "incident-bot-prod",
    },
}

ALL = {}


def policy(check):
    ALL[check.__name__] = check
    return check


def overlay_policy(check):
    """Of what a cluster gets: base has no proxy and no registry."""
    ALL[check.__name__] = lambda rendering: check(rendering) if rendering.overlay else ()
    return check


def component(workload):
    return workload["metadata"]["labels"].get("app.kubernetes.io/component")


@policy
def names(rendering):
    found = {o["metadata"]["name"] for o in rendering.of_kind("Deployment")}
    for name in sorted(found ^ set(DEPLOYMENTS)):
        yield f"Deployment {name} is {'missing' if name in DEPLOYMENTS else 'not one of ours'}"
    if [o["metadata"]["name"] for o in rendering.of_kind("Job")] != ["incident-bot-migrate"]:
        yield "there has to be one Job, incident-bot-migrate"
    seen = set()
    for o in rendering.objects:
        if title(o) in seen:
            yield f"{title(o)} is there twice"
        seen.add(title(o))


@overlay_policy
def namespace(rendering):
    for o in rendering.objects:
        if o["metadata"].get("namespace") != NAMESPACE:
            yield f"{title(o)} is not in the namespace {NAMESPACE}"


@policy
def labels(rendering):
    for o in rendering.objects:
        if o["metadata"].get("labels", {}).get("app.kubernetes.io/part-of") != "incident-bot":
            yield f"{title(o)} has no label app.kubernetes.io/part-of=incident-bot"
    for workload in rendering.workloads():
        if pod_labels(workload).get("app.kubernetes.io/part-of") != "incident-bot":
            yield f"the pods of {title(workload)} have no label app.kubernetes.io/part-of=incident-bot"
    # A deploy applies what the migrations need first.
    for o in rendering.objects:
        if o["kind"] == "ConfigMap" and component(o) != "config":
            yield f"{title(o)} has no label app.kubernetes.io/component=config"
        if o["kind"] == "Job" and component(o) != "migrate":
            yield f"{title(o)} has no label app.kubernetes.io/component=migrate"


@policy
def kinds(rendering):
    for o in rendering.objects:
        if o["kind"] in ("Secret", "ServiceAccount", "Namespace"):
            yield f"{title(o)}: it is made elsewhere, and applying it would change it"
        if o["kind"] == "Service" and o["spec"].get("type") != "ClusterIP":
            yield f"{title(o)} can be reached from outside without https"


@policy
def images(rendering):
    for workload in rendering.workloads():
        for container in containers(workload):
            image = container["image"]
            if ":latest" in image or not re.search("@sha256:[0-9a-f]{64}$", image):
                yield f"{title(workload)}: {image} has no digest"
            if container["name"] == "cloud-sql-proxy":
                if not re.match(r"gcr\.io/cloud-sql-connectors/cloud-sql-proxy:2\.\d+\.\d+@", image):
                    yield f"{title(workload)}: {image} is not version 2 of the Cloud SQL Auth Proxy"
                if image.endswith(NO_DIGEST):
                    yield f"{title(workload)}: the proxy's digest is a placeholder"
                continue
            registry = FACTS[rendering.overlay]["registry"] if rendering.overlay else ""
            if image.split("@")[0] != f"{registry}incident-bot-{container['name']}":
                yield f"{title(workload)}: {image} is not {registry}incident-bot-{container['name']}"


@policy
def pod_security(rendering):
    for workload in rendering.workloads():
        spec = pod(workload)
        context = spec.get("securityContext", {})
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{title(workload)}: the pod gets a token of Kubernetes"
        if context.get("runAsNonRoot") is not True or context.get("runAsUser") != USER:
            yield f"{title(workload)}: the pod does not run as user {USER}"
        if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{title(workload)}: the seccomp profile is not RuntimeDefault"
        for key in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
            if spec.get(key):
                yield f"{title(workload)}: {key} is set"
        if spec.get("enableServiceLinks") is not False:
            yield f"{title(workload)}: the pod gets variables of all Services"


@policy
def container_security(rendering):
    for workload in rendering.workloads():
        for container in containers(workload):
            context, place = container.get("securityContext", {}), f"{title(workload)}, {container['name']}"
            if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
                yield f"{place}: it may gain privileges"
            if context.get("readOnlyRootFilesystem") is not True:
                yield f"{place}: its file system is not read-only"
            if context.get("capabilities") != {"drop": ["ALL"]}:
                yield f"{place}: it keeps capabilities"
            if context.get("runAsNonRoot") is False or context.get("runAsUser", USER) != USER:
                yield f"{place}: it runs as another user"


@policy
def resources(rendering):
    for workload in rendering.workloads():
        for container in containers(workload):
            given = container.get("resources", {})
            place = f"{title(workload)}, {container['name']}"
            if not {"cpu", "memory"} <= given.get("requests", {}).keys():
                yield f"{place}: it requests no CPU or no memory"
            if "memory" not in given.get("limits", {}):
                yield f"{place}: its memory has no limit"


@policy
def probes(rendering):
    wanted = {
        "startupProbe": "/api/v1/health",
        "livenessProbe": "/api/v1/health",
        "readinessProbe": "/api/v1/ready",
    }
    for deployment in rendering.of_kind("Deployment"):
        container = pod(deployment)["containers"][0]
        place = f"{title(deployment)}, {container['name']}"
        ports = {p["name"]: p["containerPort"] for p in container.get("ports", [])}
        if ports != {"http": PORTS[component(deployment)], "metrics": METRICS_PORT}:
            yield f"{place}: its ports are {ports}"
        if env(container).get("METRICS_LISTEN") != f"0.0.0.0:{METRICS_PORT}":
            yield f"{place}: METRICS_LISTEN is not 0.0.0.0:{METRICS_PORT}"
        for probe, path in wanted.items():
            get = container.get(probe, {}).get("httpGet", {})
            if get.get("path") != path or get.get("port") != "http":
                yield f"{place}: its {probe} does not ask {path}"
        startup = container.get("startupProbe", {})
        if startup.get("periodSeconds", 10) * startup.get("failureThreshold", 3) < 60:
            yield f"{place}: it has less than a minute to start"


@policy
def stopping(rendering):
    for deployment in rendering.of_kind("Deployment"):
        container = pod(deployment)["containers"][0]
        before = container.get("lifecycle", {}).get("preStop", {})
        seconds = before.get("sleep", {}).get("seconds", 0)
        if before and "sleep" not in before:
            yield f"{title(deployment)}: its image has no program for preStop but `sleep` of Kubernetes"
        if component(deployment) == "web" and seconds < 20:
            yield f"{title(deployment)}: it closes its port before load balancers know that it ends"
        grace = pod(deployment).get("terminationGracePeriodSeconds", 30)
        if grace < seconds + SERVICE_STOPS_SECONDS + PROXY_STOPS_SECONDS:
            yield f"{title(deployment)}: it is killed after {grace} s, and may need longer to stop"
        spec = deployment["spec"]
        if spec.get("minReadySeconds", 0) < grace:
            yield f"{title(deployment)}: a rollout goes on while the pod that was replaced may still run"
        rolling = spec.get("strategy", {}).get("rollingUpdate", {})
        if rolling.get("maxUnavailable") != 0:
            yield f"{title(deployment)}: a rollout stops a pod before the next one is ready"
        starts = container["startupProbe"]["periodSeconds"] * container["startupProbe"]["failureThreshold"]
        if spec.get("progressDeadlineSeconds", 600) < starts + spec.get("minReadySeconds", 0):
            yield f"{title(deployment)}: a rollout counts as failed before a pod has had its time to start"


@policy
def replicas(rendering):
    """A deploy never resets what a person or an autoscaler chose."""
    scaled = [
        o["spec"]["scaleTargetRef"]["name"] for o in rendering.of_kind("HorizontalPodAutoscaler", "ScaledObject")
    ]
    for name in sorted(set(scaled)):
        if not rendering.named("Deployment", name):
            yield f"an autoscaler is for {name}, which is not there"
        if scaled.count(name) > 1:
            yield f"two autoscalers are for {name}"
    for deployment in rendering.of_kind("Deployment"):
        if "replicas" in deployment["spec"]:
            yield f"{title(deployment)}: it says how many replicas there are, and each deploy would reset them"
        annotations = deployment["metadata"].get("annotations", {})
        first, most = (annotations.get(f"incident-bot/{kind}-replicas") for kind in ("first", "max"))
        if deployment["metadata"]["name"] not in scaled and (not first or not most or not 1 <= int(first) <= int(most)):
            yield f"{title(deployment)}: first-replicas ({first}) and max-replicas ({most}) do not fit"
        if component(deployment) == "gateway" and most:
            # Slack takes ten connections of an app, and a gateway holds two.
            if 2 * connections.pods_in_rollout(deployment, int(most)) > 10:
                yield f"{title(deployment)}: {most} replicas hold more than ten connections to Slack in a rollout"
    for autoscaler in rendering.of_kind("ScaledObject"):
        target = rendering.named("Deployment", autoscaler["spec"]["scaleTargetRef"]["name"])
        most = target and target["metadata"].get("annotations", {}).get("incident-bot/max-replicas")
        if most and int(most) != autoscaler["spec"]["maxReplicaCount"]:
            yield f"{title(autoscaler)}: maxReplicaCount is not {most}, the max-replicas of {title(target)}"
    for autoscaler in rendering.of_kind("HorizontalPodAutoscaler"):
        for metric in autoscaler["spec"]["metrics"]:
            target = rendering.named("Deployment", autoscaler["spec"]["scaleTargetRef"]["name"])
            name = metric.get("containerResource", {}).get("container")
            if target and name not in [c["name"] for c in containers(target)]:
                yield f"{title(autoscaler)}: {title(target)} has no container {name}"


@policy
def spread(rendering):
    for deployment in rendering.of_kind("Deployment"):
        constraints = pod(deployment).get("topologySpreadConstraints", [])
        keys = [c["topologyKey"] for c in constraints]
        if keys != ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]:
            yield f"{title(deployment)}: its pods are not spread over zones and machines"
        for constraint in constraints:
            if not selects(constraint.get("labelSelector", {}), pod_labels(deployment)):
                yield f"{title(deployment)}: the spread does not count its own pods"
            # Pods of others have the label, too; the hash is that of one revision of one Deployment.
            if "pod-template-hash" not in constraint.get("matchLabelKeys", []):
                yield f"{title(deployment)}: the spread counts pods of others"


@policy
def selectors(rendering):
    deployments = rendering.of_kind("Deployment")
    for deployment in deployments:
        for other in rendering.workloads():
            if selects(deployment["spec"]["selector"], pod_labels(other)) != (deployment is other):
                yield f"{title(deployment)}: its selector does not tell its pods from those of {title(other)}"
    budgets = rendering.of_kind("PodDisruptionBudget")
    for deployment in deployments:
        found = [b for b in budgets if selects(b["spec"]["selector"], pod_labels(deployment))]
        if len(found) != 1:
            yield f"{title(deployment)}: {len(found)} disruption budgets are for its pods"
        elif found[0]["spec"].get("maxUnavailable") != 1:
            yield f"{title(found[0])}: with one replica no machine could be drained"
    for service in rendering.of_kind("Service"):
        found = [d for d in deployments if selects({"matchLabels": service["spec"]["selector"]}, pod_labels(d))]
        if [d["metadata"]["name"] for d in found] != [service["metadata"]["name"]]:
            yield f"{title(service)}: it leads to {[title(d) for d in found]}"
            continue
        ports = [p["name"] for p in pod(found[0])["containers"][0]["ports"]]
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in ports:
                yield f"{title(service)}: {title(found[0])} has no port {port['targetPort']}"


@policy
def queues(rendering):
    """Every queue has one worker, whose name says which."""
    served = {}
    for deployment in rendering.of_kind("Deployment"):
        if component(deployment) != "worker":
            continue
        name = env(pod(deployment)["containers"][0]).get("WORKER_QUEUES")
        served[name] = deployment["metadata"]["name"]
    for name, deployment in served.items():
        if deployment != f"incident-bot-worker-{name}":
            yield f"Deployment {deployment} serves {name}"
    for name in sorted(set(QUEUES) - set(served)):
        yield f"nobody serves the queue {name}"


@policy
def references(rendering):
    maps = {o["metadata"]["name"]: o.get("data", {}) for o in rendering.of_kind("ConfigMap")}

    def check(place, reference, is_map, key=None):
        name = reference["name"]
        if is_map and name not in maps:
            yield f"{place}: there is no ConfigMap {name}"
        elif is_map and key and key not in maps[name]:
            yield f"{place}: ConfigMap {name} has no {key}"
        elif not is_map and name != SECRET:
            yield f"{place}: there is no secret {name}"

    for workload in rendering.workloads():
        for container in containers(workload):
            place = f"{title(workload)}, {container['name']}"
            for source in container.get("envFrom", []):
                for kind in ("configMapRef", "secretRef"):
                    if kind in source:
                        yield from check(place, source[kind], kind == "configMapRef")
            for variable in container.get("env", []):
                source = variable.get("valueFrom", {})
                for kind in ("configMapKeyRef", "secretKeyRef"):
                    if kind in source:
                        yield from check(place, source[kind], kind == "configMapKeyRef", source[kind]["key"])
            seen = [v["name"] for v in container.get("env", [])]
            for name in sorted({name for name in seen if seen.count(name) > 1}):
                yield f"{place}: {name} is set twice"
            if container["name"] != "cloud-sql-proxy":
                # The last one takes precedence.
                last = container.get("envFrom", [{}])[-1]
                if last.get("secretRef", {}).get("name") != SECRET:
                    yield f"{place}: the secret {SECRET} does not take precedence"


@overlay_policy
def proxy(rendering):
    config = rendering.config("cloud-sql")
    instance = config and config["data"].get("CSQL_PROXY_INSTANCE_CONNECTION_NAME")
    if instance != FACTS[rendering.overlay]["instance"]:
        yield f"the instance is {instance}"
    if config and "CSQL_PROXY_AUTO_IAM_AUTHN" in config["data"] and not config["data"].get("POSTGRES_USER"):
        yield "with IAM database authentication the overlay has to name POSTGRES_USER"
    for workload in rendering.workloads():
        sidecars = pod(workload).get("initContainers", [])
        if [s["name"] for s in sidecars] != ["cloud-sql-proxy"]:
            yield f"{title(workload)}: the proxy does not start first"
            continue
        sidecar = sidecars[0]
        if sidecar.get("restartPolicy") != "Always":
            yield f"{title(workload)}: the proxy is no sidecar"
        for flag in ("--health-check", "--exit-zero-on-sigterm", "--address=127.0.0.1", "--port=5432"):
            if flag not in sidecar.get("args", []):
                yield f"{title(workload)}: the proxy lacks {flag}"
        for probe, path in (("startupProbe", "/startup"), ("livenessProbe", "/liveness")):
            if sidecar.get(probe, {}).get("httpGet", {}).get("path") != path:
                yield f"{title(workload)}: the proxy's {probe} does not ask {path}"
        sources = [s["configMapRef"]["name"] for s in sidecar.get("envFrom", []) if "configMapRef" in s]
        if not config or sources != [config["metadata"]["name"]]:
            yield f"{title(workload)}: the proxy does not know its instance"
        place = env(pod(workload)["containers"][0])
        if (place.get("POSTGRES_HOST"), place.get("POSTGRES_PORT")) != ("127.0.0.1", "5432"):
            yield f"{title(workload)}: the service does not connect to the proxy"


@overlay_policy
def service_account(rendering):
    for workload in rendering.workloads():
        if pod(workload).get("serviceAccountName") != FACTS[rendering.overlay]["service account"]:
            yield f"{title(workload)}: its service account is {pod(workload).get('serviceAccountName')}"


@overlay_policy
def network(rendering):
    """All pods are shut off; only what is public is open to load balancers; metrics are not."""
    rules = rendering.of_kind("NetworkPolicy")
    for workload in rendering.workloads():
        mine = [p for p in rules if selects(p["spec"]["podSelector"], pod_labels(workload))]
        for direction in ("Ingress", "Egress"):
            if not any(direction in p["spec"]["policyTypes"] for p in mine):
                yield f"{title(workload)}: no network policy is for its {direction}"
        opened = set()
        for rule in (rule for p in mine for rule in p["spec"].get("ingress", [])):
            if not rule.get("from") or not rule.get("ports"):
                yield f"{title(workload)}: a network policy lets everybody in"
            for peer in rule.get("from", []):
                addresses = ipaddress.ip_network(peer["ipBlock"]["cidr"]) if "ipBlock" in peer else None
                if addresses and addresses not in HEALTH_CHECKS and addresses.prefixlen < PROXY_ONLY_SUBNET_PREFIX:
                    yield f"{title(workload)}: {addresses} is more than a proxy-only subnet, and may hold pods"
            addresses = any("ipBlock" in peer for peer in rule.get("from", []))
            for port in rule.get("ports", []):
                opened.add(port["port"])
                if port["port"] == METRICS_PORT and addresses:
                    yield f"{title(workload)}: metrics are open to addresses outside the cluster"
        wanted = {METRICS_PORT, PORTS["web"]} if component(workload) == "web" else {METRICS_PORT}
        if opened != wanted:
            yield f"{title(workload)}: the open ports are {sorted(opened)}"
        out = {port["port"] for p in mine for rule in p["spec"].get("egress", []) for port in rule.get("ports", [])}
        missing = {53, 80, 443, 988, 3307} - out
        if missing:
            yield f"{title(workload)}: it cannot call ports {sorted(missing)}"
        if any(not rule.get("ports") for p in mine for rule in p["spec"].get("egress", [])):
            yield f"{title(workload)}: a network policy lets it call everything"


@policy
def monitoring(rendering):
    for monitor in rendering.of_kind("PodMonitoring"):
        for workload in rendering.workloads():
            selected = selects(monitor["spec"]["selector"], pod_labels(workload))
            if selected != (workload["kind"] == "Deployment"):
                yield f"{title(monitor)}: {title(workload)} is {'' if selected else 'not '}asked for metrics"
        for endpoint in monitor["spec"]["endpoints"]:
            if (endpoint["port"], endpoint.get("path")) != ("metrics", "/metrics"):
                yield f"{title(monitor)}: metrics are on another port or path"
        for deployment in rendering.of_kind("Deployment"):
            annotations = deployment["spec"]["template"]["metadata"].get("annotations", {})
            if annotations.get("prometheus.io/port") != str(METRICS_PORT):
                yield f"{title(deployment)}: its annotations for Prometheus name another port"


@policy
def ingress(rendering):
    for entry in rendering.of_kind("Ingress"):
        annotations = entry["metadata"].get("annotations", {})
        if annotations.get("kubernetes.io/ingress.allow-http") != "false":
            yield f"{title(entry)}: it serves plain http"
        if annotations.get("kubernetes.io/ingress.class") != "gce-internal":
            yield f"{title(entry)}: it is not internal"
        backend = entry["spec"]["defaultBackend"]["service"]
        service = rendering.named("Service", backend["name"])
        if not service or backend["port"]["name"] not in [p["name"] for p in service["spec"]["ports"]]:
            yield f"{title(entry)}: there is no Service {backend['name']} with that port"
            continue
        marks = service["metadata"].get("annotations", {})
        if json.loads(marks.get("cloud.google.com/neg", "{}")) != {"ingress": True}:
            yield f"{title(service)}: the load balancer does not call the pods themselves"
        name = json.loads(marks.get("cloud.google.com/backend-config", "{}")).get("default")
        backend_config = rendering.named("BackendConfig", name)
        if not backend_config:
            yield f"{title(service)}: there is no BackendConfig {name}"
            continue
        spec = backend_config["spec"]
        if (spec["healthCheck"]["port"], spec["healthCheck"]["requestPath"]) != (PORTS["web"], "/api/v1/ready"):
            yield f"{title(backend_config)}: its health check asks something else"
        if spec["timeoutSec"] < 600:
            yield f"{title(backend_config)}: streams of the console are cut every {spec['timeoutSec']} s"
        web = rendering.named("Deployment", backend["name"])
        if env(pod(web)["containers"][0]).get("WEB_TRUSTED_PROXIES") != "2":
            yield f"{title(web)}: Google's load balancer adds two entries to X-Forwarded-For"
        if web["spec"].get("progressDeadlineSeconds", 600) < LOAD_BALANCER_SECONDS:
            yield f"{title(web)}: a rollout counts as failed before the first load balancer is made"


@policy
def traces(rendering):
    """They go to a collector in the cluster, because the services have no TLS for them, and the network lets them."""
    endpoint = rendering.config("incident-bot")["data"].get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if not endpoint:
        return
    address = urlsplit(endpoint)
    found = re.fullmatch(r"[\w-]+\.([\w-]+)\.svc\.cluster\.local", address.hostname or "")
    if address.scheme != "http" or not address.port or not found:
        yield f"{endpoint} is no http://SERVICE.NAMESPACE.svc.cluster.local:PORT"
        return
    collector = {"kubernetes.io/metadata.name": found[1]}
    for workload in rendering.workloads():
        mine = [p["spec"] for p in rendering.of_kind("NetworkPolicy") if selects(p["spec"]["podSelector"], pod_labels(workload))]
        rules = [
            rule
            for spec in mine
            for rule in spec.get("egress", [])
            if address.port in [port["port"] for port in rule.get("ports", [])]
            and ("to" not in rule or any(selects(peer.get("namespaceSelector", {"matchLabels": {"": ""}}), collector) for peer in rule["to"]))
        ]
        if mine and not rules:
            yield f"{title(workload)}: no network policy lets it send traces to {endpoint}"


@overlay_policy
def connection_budget(rendering):
    yield from connections.findings(rendering)
