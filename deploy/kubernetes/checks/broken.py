"""Ways to break what is rendered, by the policy that has to find them."""

from rendering import pod

HARMS = []


def harm(name):
    def register(function):
        HARMS.append((name, function))
        return function

    return register


def deployment(rendering, service="web"):
    return rendering.named("Deployment", f"incident-bot-{service}")


def container(rendering, service="web"):
    return pod(deployment(rendering, service))["containers"][0]


def sidecar(rendering, service="web"):
    return pod(deployment(rendering, service))["initContainers"][0]


def variable(one, name):
    return next(v for v in one["env"] if v["name"] == name)


@harm("names")
def renamed_deployment(rendering):
    deployment(rendering)["metadata"]["name"] = "web"


@harm("names")
def lost_job(rendering):
    rendering.objects.remove(rendering.of_kind("Job")[0])


@harm("namespace")
def other_namespace(rendering):
    rendering.of_kind("Service")[0]["metadata"]["namespace"] = "default"


@harm("labels")
def unlabelled_pods(rendering):
    del deployment(rendering)["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/part-of"]


@harm("labels")
def unlabelled_config(rendering):
    del rendering.config("cloud-sql")["metadata"]["labels"]["app.kubernetes.io/component"]


@harm("kinds")
def public_service(rendering):
    rendering.of_kind("Service")[0]["spec"]["type"] = "LoadBalancer"


@harm("kinds")
def secret_in_the_tree(rendering):
    rendering.objects.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "incident-bot"}})


@harm("images")
def latest(rendering):
    container(rendering)["image"] = container(rendering)["image"].split("@")[0] + ":latest"


@harm("images")
def tag_only(rendering):
    sidecar(rendering)["image"] = sidecar(rendering)["image"].split("@")[0]


@harm("images")
def image_of_another_project(rendering):
    container(rendering)["image"] = container(rendering)["image"].replace("prod", "test")


@harm("pod_security")
def token(rendering):
    del pod(deployment(rendering))["automountServiceAccountToken"]


@harm("pod_security")
def root(rendering):
    pod(deployment(rendering))["securityContext"]["runAsUser"] = 0


@harm("pod_security")
def no_seccomp(rendering):
    del pod(rendering.of_kind("Job")[0])["securityContext"]["seccompProfile"]


@harm("container_security")
def writable(rendering):
    del container(rendering)["securityContext"]["readOnlyRootFilesystem"]


@harm("container_security")
def capable_sidecar(rendering):
    del sidecar(rendering)["securityContext"]["capabilities"]


@harm("resources")
def no_limit(rendering):
    del container(rendering)["resources"]["limits"]


@harm("resources")
def no_request(rendering):
    del sidecar(rendering)["resources"]["requests"]["cpu"]


@harm("probes")
def no_startup_probe(rendering):
    del container(rendering, "gateway")["startupProbe"]


@harm("probes")
def live_when_ready(rendering):
    container(rendering, "worker-slack")["livenessProbe"]["httpGet"]["path"] = "/api/v1/ready"


@harm("probes")
def other_metrics_port(rendering):
    variable(container(rendering), "METRICS_LISTEN")["value"] = "0.0.0.0:3000"


@harm("stopping")
def closes_at_once(rendering):
    del container(rendering)["lifecycle"]


@harm("stopping")
def shell_before_stop(rendering):
    container(rendering, "gateway")["lifecycle"] = {"preStop": {"exec": {"command": ["sleep", "5"]}}}


@harm("stopping")
def killed_early(rendering):
    pod(deployment(rendering, "gateway"))["terminationGracePeriodSeconds"] = 30


@harm("stopping")
def rollout_in_a_hurry(rendering):
    del deployment(rendering, "gateway")["spec"]["minReadySeconds"]


@harm("replicas")
def fixed_replicas(rendering):
    deployment(rendering, "worker-pagerduty")["spec"]["replicas"] = 2


@harm("replicas")
def autoscaler_of_nothing(rendering):
    rendering.of_kind("HorizontalPodAutoscaler")[0]["spec"]["scaleTargetRef"]["name"] = "web"


@harm("replicas")
def too_many_gateways(rendering):
    deployment(rendering, "gateway")["metadata"]["annotations"]["incident-bot/max-replicas"] = "4"


@harm("spread")
def one_zone(rendering):
    pod(deployment(rendering))["topologySpreadConstraints"].pop(0)


@harm("selectors")
def no_budget(rendering):
    rendering.objects.remove(rendering.named("PodDisruptionBudget", "incident-bot-worker-slack"))


@harm("selectors")
def shared_selector(rendering):
    del deployment(rendering, "worker-slack")["spec"]["selector"]["matchLabels"]["incident-bot/queue"]


@harm("selectors")
def service_of_nobody(rendering):
    rendering.of_kind("Service")[0]["spec"]["selector"] = {"app.kubernetes.io/name": "web"}


@harm("queues")
def queue_of_another(rendering):
    variable(container(rendering, "worker-slack"), "WORKER_QUEUES")["value"] = "statuspage"


@harm("references")
def other_secret(rendering):
    container(rendering)["envFrom"][1]["secretRef"]["name"] = "incident-bot-secret"


@harm("references")
def lost_config(rendering):
    rendering.objects.remove(rendering.config("incident-bot"))


@harm("references")
def config_takes_precedence(rendering):
    container(rendering)["envFrom"].reverse()


@harm("proxy")
def proxy_second(rendering):
    pod(deployment(rendering))["initContainers"].insert(0, {"name": "other"})


@harm("proxy")
def proxy_as_container(rendering):
    spec = pod(rendering.of_kind("Job")[0])
    spec["containers"] += spec.pop("initContainers")


@harm("proxy")
def proxy_that_ends(rendering):
    del sidecar(rendering, "worker-slack")["restartPolicy"]


@harm("proxy")
def other_instance(rendering):
    rendering.config("cloud-sql")["data"]["CSQL_PROXY_INSTANCE_CONNECTION_NAME"] = "a:b:c"


@harm("proxy")
def another_host(rendering):
    variable(container(rendering), "POSTGRES_HOST")["value"] = "10.0.0.3"


@harm("service_account")
def account_of_development(rendering):
    pod(deployment(rendering))["serviceAccountName"] = "incident-bot"


@harm("network")
def no_policies(rendering):
    for rule in rendering.of_kind("NetworkPolicy"):
        rendering.objects.remove(rule)


@harm("network")
def open_to_pods(rendering):
    rendering.named("NetworkPolicy", "incident-bot-web")["spec"]["ingress"][0]["from"][0]["ipBlock"]["cidr"] = "10.0.0.0/8"


@harm("network")
def open_metrics(rendering):
    ports = rendering.named("NetworkPolicy", "incident-bot-web")["spec"]["ingress"][0]["ports"]
    ports.append({"protocol": "TCP", "port": 9464})


@harm("network")
def no_metadata_server(rendering):
    rules = rendering.named("NetworkPolicy", "incident-bot")["spec"]["egress"]
    rules[:] = [rule for rule in rules if 988 not in [port["port"] for port in rule["ports"]]]


@harm("monitoring")
def other_port(rendering):
    rendering.of_kind("PodMonitoring")[0]["spec"]["endpoints"][0]["port"] = "http"


@harm("traces")
def collector_by_https(rendering):
    rendering.config("incident-bot")["data"]["OTEL_EXPORTER_OTLP_ENDPOINT"] = "https://traces.example.com:4317"


@harm("traces")
def collector_elsewhere(rendering):
    data = rendering.config("incident-bot")["data"]
    data["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://collector.gke-managed-otel.svc.cluster.local:4317"


@harm("traces")
def no_way_to_the_collector(rendering):
    rendering.named("NetworkPolicy", "incident-bot")["spec"]["egress"].pop()


@harm("ingress")
def plain_http(rendering):
    del rendering.of_kind("Ingress")[0]["metadata"]["annotations"]["kubernetes.io/ingress.allow-http"]


@harm("ingress")
def trusts_nobody(rendering):
    container(rendering)["env"].remove(variable(container(rendering), "WEB_TRUSTED_PROXIES"))


@harm("ingress")
def no_time_for_the_load_balancer(rendering):
    deployment(rendering)["spec"]["progressDeadlineSeconds"] = 300


@harm("ingress")
def health_check_of_nothing(rendering):
    rendering.of_kind("BackendConfig")[0]["spec"]["healthCheck"]["requestPath"] = "/"


@harm("connection_budget")
def bigger_pools(rendering):
    variable(container(rendering, "gateway"), "DATABASE_MAX_CONNECTIONS")["value"] = "40"


@harm("connection_budget")
def more_replicas(rendering):
    rendering.of_kind("HorizontalPodAutoscaler")[0]["spec"]["maxReplicas"] = 20


@harm("connection_budget")
def smaller_instance(rendering):
    rendering.config("cloud-sql")["metadata"]["annotations"]["incident-bot/max-connections"] = "100"


@harm("schemas")
def misspelt_field(rendering):
    container(rendering)["livenessprobe"] = container(rendering).pop("livenessProbe")


@harm("schemas")
def misspelt_custom_field(rendering):
    spec = rendering.of_kind("BackendConfig")[0]["spec"]
    spec["timeoutSeconds"] = spec.pop("timeoutSec")


@harm("schemas")
def unknown_kind(rendering):
    rendering.of_kind("PodMonitoring")[0]["kind"] = "PodMonitor"


@harm("schemas")
def number_in_a_trigger(rendering):
    rendering.of_kind("ScaledObject")[0]["spec"]["triggers"][0]["metadata"]["threshold"] = 20


@harm("replicas")
def more_with_keda(rendering):
    rendering.of_kind("ScaledObject")[0]["spec"]["maxReplicaCount"] += 1


@harm("replicas")
def two_autoscalers(rendering):
    scaled = rendering.of_kind("ScaledObject")[0]["spec"]["scaleTargetRef"]
    scaled["name"] = rendering.of_kind("HorizontalPodAutoscaler")[0]["spec"]["scaleTargetRef"]["name"]


@harm("schemas")
def severity_beside_labels(rendering):
    rendering.of_kind("Rules")[0]["spec"]["groups"][0]["rules"][-1]["severity"] = "page"
