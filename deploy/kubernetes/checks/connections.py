"""The connections that all replicas may take, and whether the instance has them."""

from rendering import env, pod, title

# What a process connects with beside its pool of DATABASE_MAX_CONNECTIONS. The engine of a worker has five connections of
# its own (shared/queue/src/engine). Every process has two while it starts (shared/store/src/start.rs), those of a worker
# before the engine's.
OWN = {"gateway": 2, "web": 2, "worker": 5, "migrate": 2}


def max_replicas(rendering, deployment):
    """How many replicas there may be; None where nothing says it."""
    name = deployment["metadata"]["name"]
    found = []
    for autoscaler in rendering.of_kind("HorizontalPodAutoscaler", "ScaledObject"):
        if autoscaler["spec"]["scaleTargetRef"]["name"] == name:
            spec = autoscaler["spec"]
            found.append(spec["maxReplicas"] if "maxReplicas" in spec else spec["maxReplicaCount"])
    annotation = deployment["metadata"].get("annotations", {}).get("incident-bot/max-replicas")
    if annotation and not found:
        found.append(int(annotation))
    return max(found, default=None)


def pods_in_rollout(deployment, replicas):
    """How many pods hold connections at once while they are replaced, those that stop among them."""
    spec = deployment["spec"]
    if spec["strategy"]["type"] == "Recreate":
        return replicas
    surge, unavailable = (int(spec["strategy"]["rollingUpdate"][k]) for k in ("maxSurge", "maxUnavailable"))
    if spec.get("minReadySeconds", 0) >= pod(deployment)["terminationGracePeriodSeconds"]:
        # What a step stops has ended before the next step.
        return replicas + surge + surge + unavailable
    return 2 * replicas + surge


def each(workload):
    component = workload["metadata"]["labels"]["app.kubernetes.io/component"]
    return int(env(pod(workload)["containers"][0])["DATABASE_MAX_CONNECTIONS"]), OWN[component]


def rows(rendering):
    """Name, connections of a replica (pool, own), most replicas, connections then, pods and connections in a rollout."""
    for deployment in rendering.of_kind("Deployment"):
        replicas = max_replicas(rendering, deployment)
        if replicas is None:
            raise SystemExit(f"{rendering.name}: {title(deployment)} names no incident-bot/max-replicas")
        pool, own = each(deployment)
        pods = pods_in_rollout(deployment, replicas)
        yield deployment["metadata"]["name"], pool, own, replicas, replicas * (pool + own), pods, pods * (pool + own)
    for job in rendering.of_kind("Job"):
        pool, own = each(job)
        yield job["metadata"]["name"], pool, own, 1, 0, 1, pool + own


def limits(rendering):
    """How many connections the instance takes, and how many are kept for others."""
    annotations = rendering.config("cloud-sql")["metadata"]["annotations"]
    return (int(annotations[f"incident-bot/{name}"]) for name in ("max-connections", "reserved-connections"))


def table(rendering):
    lines = [
        "| | of a replica: pool + own | most replicas | connections | pods in a rollout | connections in a rollout |",
        "|---|---|---|---|---|---|",
    ]
    steady = rollout = 0
    for name, pool, own, replicas, at_most, pods, in_rollout in rows(rendering):
        lines.append(f"| `{name}` | {pool} + {own} | {replicas} | {at_most} | {pods} | {in_rollout} |")
        steady, rollout = steady + at_most, rollout + in_rollout
    lines.append(f"| all at once | | | {steady} | | {rollout} |")
    takes, reserved = limits(rendering)
    lines.append(f"| the instance: `max_connections` {takes} less {reserved} for others | | | | | {takes - reserved} |")
    return "\n".join(lines)


def findings(rendering):
    takes, reserved = limits(rendering)
    if reserved < 10:
        yield "fewer than 10 connections are kept for Cloud SQL itself and for people"
    rollout = sum(row[-1] for row in rows(rendering))
    if rollout > takes - reserved:
        yield (
            f"all replicas in a rollout take {rollout} connections, and the instance has {takes - reserved} for them: "
            "lower max-replicas or DATABASE_MAX_CONNECTIONS, or raise max_connections with Terraform and in the overlay"
        )
