"""See deploy/monitoring/check. Writes the expressions of the dashboard as rules, for promtool, into the file that is named."""

import copy
import json
import re
import sys
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
MANUAL = "docs/operations.md"
# Labels that a Prometheus adds when it collects, and that the rules add.
ADDED = {"pod", "namespace", "slo"}
SEVERITIES = {"page", "ticket", "heartbeat"}
HEARTBEAT = "IncidentBotHeartbeat"
NAME = r"incident_bot[a-z_]*(?::[a-z0-9_:]+)?"


def metrics_of_code():
    """By name: kind and labels."""
    found = {}
    call = re.compile(r'metrics::(counter|gauge|histogram)!\(\s*"(incident_bot_\w+)"\s*((?:,[^;]*?)?)\)\s*[.;]')
    for file in [f for top in ("shared", "services") for f in (ROOT / top).glob("*/src/**/*.rs")]:
        for kind, name, labels in call.findall(file.read_text()):
            found[name] = (kind, set(re.findall(r'"(\w+)" =>', labels)) | found.get(name, (kind, set()))[1])
    return found


def label_values():
    """What the code gives some labels."""

    def words(path, pattern):
        return set(re.findall(pattern, (ROOT / path).read_text()))

    payloads = [file.read_text() for file in (ROOT / "shared/jobs/src").glob("*.rs")]
    return {
        "queue": words("shared/jobs/src/queues.rs", r'Queue::new\("([a-z-]+)"\)'),
        "kind": {kind for text in payloads for kind in re.findall(r'"([a-z_]+\.[a-z_]+)"', text)},
        "component": {folder.name for folder in (ROOT / "services").iterdir()} - {"sandbox"},
        # All words of these two files, the outcomes among them.
        "outcome": {word for file in ("finish", "discard") for word in words(f"shared/queue/src/engine/{file}.rs", '"([a-z]+)"')},
        "state": {"due", "later", "running"},
    }


def bounds():
    """Upper ends of the buckets of histograms."""
    text = (ROOT / "shared/telemetry/src/metrics.rs").read_text()
    return {float(bound) for bound in re.findall(r"[\d.]+", text.split("const SECONDS")[1].split("= [")[1].split("]")[0])}


def parts(pattern):
    """What a label is compared with: `a`, or the alternatives of `a|b` and `x\\.(a|b)`."""
    inner = re.fullmatch(r"(.*)\(([^()?]+)\)", pattern)
    if inner:
        return [inner[1].replace("\\.", ".") + part for part in inner[2].split("|")]
    return [part.replace("\\.", ".") for part in pattern.split("|")]


def of_expression(expression, metrics, values, recorded, buckets):
    """What is wrong with the metrics and labels of an expression."""
    expression = expression.replace("$namespace", ".*")
    known, used = set(ADDED), []
    for name, braces in re.findall(rf"({NAME})(?:\{{([^}}]*)\}})?", expression):
        if name in recorded:
            known |= {"slo"}
            continue
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        base = base if metrics.get(base, ("",))[0] == "histogram" else name
        if base not in metrics:
            yield f"no code records {name}"
            continue
        kind, labels = metrics[base]
        if kind == "histogram" and name == base:
            yield f"{name} is a histogram: use _bucket, _sum or _count"
        labels = labels | ADDED | ({"le"} if name.endswith("_bucket") else set())
        known |= labels
        used.append(name)
        for label, pattern in re.findall(r'(\w+)\s*[=!]~?\s*"((?:[^"\\]|\\.)*)"', braces):
            pattern = pattern.replace("\\\\", "\\")
            if label not in labels:
                yield f"{name} has no label {label}"
            elif label == "le":
                if float(re.sub(r"\(.*", "", pattern)) not in buckets:
                    yield f"{name} has no bucket of {pattern}"
            elif label in values:
                for value in parts(pattern):
                    if value not in values[label]:
                        yield f"{name}: {label} is never “{value}”"
    for labels in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expression):
        for label in re.findall(r"\w+", labels):
            if label not in known:
                yield f"nothing in “{expression.strip()}” has the label {label}"


def anchors(text):
    """Of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rules_faults(groups, tests, manual, check):
    recorded = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}
    chapters, alerts = anchors(manual), {}
    for rule in (rule for group in groups for rule in group["rules"]):
        name = rule.get("alert", rule.get("record"))
        for fault in check(rule["expr"], recorded):
            yield f"{name}: {fault}"
        if "alert" not in rule:
            continue
        alerts[name] = rule
        if rule.get("labels", {}).get("severity") not in SEVERITIES:
            yield f"{name}: its severity is none of {sorted(SEVERITIES)}"
        if set(rule["annotations"]) != {"summary", "description", "runbook"}:
            yield f"{name}: it needs a summary, a description and a runbook"
            continue
        path, _, anchor = rule["annotations"]["runbook"].partition("#")
        if path != MANUAL or anchor not in chapters:
            yield f"{name}: its runbook {path}#{anchor} does not exist"
        if anchor != name.lower():
            yield f"{name}: its runbook is that of another alert"
    if HEARTBEAT not in alerts or alerts[HEARTBEAT]["expr"] != "vector(1)":
        yield f"{HEARTBEAT} does not always fire"
    cases = [case for test in tests for case in test.get("alert_rule_test", [])]
    for name in alerts:
        fired = {bool(case["exp_alerts"]) for case in cases if case["alertname"] == name}
        if True not in fired or (False not in fired and name != HEARTBEAT):
            yield f"{name}: tests.yaml has to show that it fires, and that it does not"
    for case in cases:
        if case["alertname"] not in alerts:
            yield f"tests.yaml tests {case['alertname']}, which does not exist"


def dashboard_faults(dashboard, recorded, check):
    taken, seen = set(), set()
    for panel in dashboard["panels"]:
        title, place = panel.get("title"), panel["gridPos"]
        if panel["id"] in seen:
            yield f"dashboard: two panels have the id {panel['id']}"
        seen.add(panel["id"])
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        if cells & taken or place["x"] + place["w"] > 24:
            yield f"dashboard: “{title}” lies on another panel or outside"
        taken |= cells
        if panel["type"] == "row":
            continue
        if not title or not panel.get("description") or not panel.get("targets"):
            yield f"dashboard: a panel needs a title, a description and a query ({title})"
        if panel["datasource"]["uid"] != "${datasource}":
            yield f"dashboard: “{title}” names a data source of its own"
        for target in panel["targets"]:
            for fault in check(target["expr"], recorded):
                yield f"dashboard: “{title}”: {fault}"
            # Names in a legend are labels that are left.
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                if label not in target["expr"] and label != "slo":
                    yield f"dashboard: “{title}”: its legend has {label}, its query has not"


def routes_faults(alertmanager, groups):
    receivers = {receiver["name"] for receiver in alertmanager["receivers"]}

    def routes(route):
        yield route
        for below in route.get("routes", []):
            yield from routes(below)

    for route in routes(alertmanager["route"]):
        if route.get("receiver") not in receivers:
            yield f"alertmanager.yaml: there is no receiver {route.get('receiver')}"
    alerts = [rule for group in groups for rule in group["rules"] if "alert" in rule]

    def matches(matchers, rule):
        labels = {"alertname": rule["alert"], **rule["labels"]}
        for matcher in matchers:
            label, operator, value = re.fullmatch(r'(\w+)(=~|=)"(.*)"', matcher).groups()
            if not re.fullmatch(value if operator == "=~" else re.escape(value), labels.get(label, "")):
                return False
        return True

    def reached(rule):
        for route in alertmanager["route"]["routes"]:
            if matches(route["matchers"], rule):
                yield route["receiver"]
                if not route.get("continue"):
                    return

    wanted = {"page": ["on-call", "tickets"], "ticket": ["tickets"], "heartbeat": ["dead-mans-switch"]}
    for rule in alerts:
        if list(reached(rule)) != wanted[rule["labels"]["severity"]]:
            yield f"alertmanager.yaml: {rule['alert']} goes to {list(reached(rule))}"
    for rule in alertmanager["inhibit_rules"]:
        for matchers in (rule["source_matchers"], rule["target_matchers"]):
            names = re.search(r'"(.*)"', matchers[0])[1]
            prefix, _, rest = names.partition("(")
            for name in [prefix + part for part in rest.rstrip(")").split("|")]:
                if name not in {rule["alert"] for rule in alerts}:
                    yield f"alertmanager.yaml: there is no alert {name}"


def expressions_as_rules(dashboard):
    """Grafana's variables are given a value."""
    rules = []
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"].replace("$__rate_interval", "5m").replace("$namespace", ".*")
            rules.append({"record": f"panel_{panel['id']}_{target['refId']}", "expr": expression})
    return {"groups": [{"name": "panels", "rules": rules}]}


def main():
    read = lambda name: yaml.safe_load((FOLDER / name).read_text())  # noqa: E731
    groups, tests, alertmanager = read("rules.yaml")["groups"], read("tests.yaml")["tests"], read("alertmanager.yaml")
    dashboard = json.loads((FOLDER / "dashboard.json").read_text())
    metrics, values, buckets = metrics_of_code(), label_values(), bounds()
    manual = (ROOT / MANUAL).read_text()
    recorded = {rule["record"] for group in groups for rule in group["rules"] if "record" in rule}

    def check(expression, recorded):
        return of_expression(expression, metrics, values, recorded, buckets)

    def faults(groups, tests, dashboard, alertmanager, manual):
        yield from rules_faults(groups, tests, manual, check)
        yield from dashboard_faults(dashboard, recorded, check)
        yield from routes_faults(alertmanager, groups)

    wrong = list(faults(groups, tests, dashboard, alertmanager, manual))
    shown = json.dumps(dashboard) + json.dumps(groups)
    wrong += [f"neither a panel nor a rule uses {name}" for name in sorted(metrics) if name not in shown]
    if not wrong:
        # Each of these is found.
        def alert(all_groups, name):
            return next(rule for group in all_groups for rule in group["rules"] if rule.get("alert") == name)

        def harm(name, change):
            broken = copy.deepcopy([groups, tests, dashboard, alertmanager, manual])
            change(broken)
            if not list(faults(*broken)):
                yield f"it is not found when {name}"

        def replace(name, old, new):
            def change(broken):
                rule = alert(broken[0], name)
                assert old in rule["expr"], (name, old)
                rule["expr"] = rule["expr"].replace(old, new)

            return change

        wait = "IncidentBotUrgentJobsWait"
        wrong += harm("a rule names a kind that does not exist", replace("IncidentBotPageDiscarded", "(page|", "(call|"))
        wrong += harm("a rule uses a metric that no code records", replace(wait, "oldest_due", "oldest"))
        wrong += harm("a rule compares a label that a metric has not", replace(wait, "queue=~", "lane=~"))
        wrong += harm("a rule groups by such a label", replace(wait, "by (queue)", "by (kind)"))
        wrong += harm("a rule names a queue that does not exist", replace(wait, "slack|", "slacks|"))
        wrong += harm("a rule names an outcome that does not exist", replace("IncidentBotRunsFail", '"retried"', '"tried"'))
        wrong += harm("the heartbeat may stop", replace(HEARTBEAT, "vector(1)", "up"))
        wrong += harm("an alert has no runbook", lambda b: alert(b[0], wait)["annotations"].pop("runbook"))
        wrong += harm("a runbook has gone", lambda b: b.__setitem__(4, b[4].replace(wait, "Waiting")))
        wrong += harm("an alert is not tested", lambda b: [t.pop("alert_rule_test", None) for t in b[1]])
        wrong += harm("a panel uses a metric that no code records", lambda b: b[2]["panels"][1]["targets"][0].update(expr="incident_bot_up"))
        wrong += harm("a panel lies on another", lambda b: b[2]["panels"][2]["gridPos"].update(x=0))
        wrong += harm("the heartbeat goes elsewhere", lambda b: b[3]["route"]["routes"].pop(0))
        wrong += harm("a receiver is missing", lambda b: b[3]["receivers"].pop())

        def bound(broken):
            for rule in broken[0][0]["rules"]:
                rule["expr"] = rule["expr"].replace('le=~"5(', 'le=~"4(')

        wrong += harm("an objective compares with a bound that no bucket has", bound)
    if wrong:
        raise SystemExit("\n".join(["deploy/monitoring has faults:", *(f"  {sentence}" for sentence in wrong)]))
    Path(sys.argv[1]).write_text(yaml.safe_dump(expressions_as_rules(dashboard)))


main()
