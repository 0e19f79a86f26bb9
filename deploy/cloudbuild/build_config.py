"""Build configs as Cloud Build reads them: fields, substitutions, order, environment of a step.

From Google's documentation: "Build configuration file schema", "Substituting variable values", "Run bash scripts".
"""

import re

STEP = {
    "allowExitCodes": list, "allowFailure": bool, "args": list, "automapSubstitutions": bool, "dir": str, "entrypoint": str, "env": list,
    "id": str, "name": str, "script": str, "secretEnv": list, "timeout": str, "volumes": list, "waitFor": list,
}  # fmt: skip
OPTIONS = {
    "automapSubstitutions": bool, "defaultLogsBucketBehavior": str, "diskSizeGb": int, "dynamicSubstitutions": bool, "env": list,
    "logging": str, "logStreamingOption": str, "machineType": str, "pool": dict, "requestedVerifyOption": str, "secretEnv": list,
    "substitutionOption": str, "volumes": list,
}  # fmt: skip
BUILD = {
    "artifacts": dict, "availableSecrets": dict, "images": list, "logsBucket": str, "options": dict, "queueTtl": str, "serviceAccount": str,
    "steps": list, "substitutions": dict, "tags": list, "timeout": str,
}  # fmt: skip
# What every build has, and what only a trigger knows: empty for `gcloud builds submit`.
ALWAYS = ("PROJECT_ID", "PROJECT_NUMBER", "BUILD_ID", "LOCATION")
TRIGGERED = (
    "TRIGGER_NAME", "COMMIT_SHA", "REVISION_ID", "SHORT_SHA", "REPO_NAME", "REPO_FULL_NAME", "BRANCH_NAME", "TAG_NAME", "REF_NAME",
    "TRIGGER_BUILD_CONFIG_PATH", "SERVICE_ACCOUNT_EMAIL", "SERVICE_ACCOUNT",
)  # fmt: skip
MACHINES = {"E2_HIGHCPU_8", "E2_HIGHCPU_32", "E2_MEDIUM", "N1_HIGHCPU_8", "N1_HIGHCPU_32", "UNSPECIFIED"}
LOGGING = {"CLOUD_LOGGING_ONLY", "GCS_ONLY", "LEGACY", "NONE"}


class Invalid(Exception):
    """Cloud Build would refuse it."""


def _fields(what, value, allowed):
    if not isinstance(value, dict):
        raise Invalid(f"{what} is no map")
    for name, one in value.items():
        if name not in allowed:
            raise Invalid(f"{what} has the field {name}, which there is not")
        if not isinstance(one, allowed[name]) or (allowed[name] is int and isinstance(one, bool)):
            raise Invalid(f"{what}: {name} is no {allowed[name].__name__}")
        if allowed[name] is list and name not in ("steps", "volumes") and not all(isinstance(item, str) for item in one):
            raise Invalid(f"{what}: {name} has an entry that is no string")


def seconds(duration):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)s", duration)
    if not match:
        raise Invalid(f"{duration!r} is no duration, such as 60s")
    return float(match[1])


def validate(build):
    _fields("the build", build, BUILD)
    options = build.get("options", {})
    _fields("options", options, OPTIONS)
    if options.get("machineType", "UNSPECIFIED") not in MACHINES:
        raise Invalid(f"there is no machine {options['machineType']}")
    if options.get("logging", "LEGACY") not in LOGGING:
        raise Invalid(f"there is no logging {options['logging']}")
    limit = seconds(build.get("timeout", "3600s"))
    if limit > 86400:
        raise Invalid("the timeout is more than a day")
    for key, value in build.get("substitutions", {}).items():
        if not re.fullmatch(r"_[A-Z0-9_]+", key) or not isinstance(value, str):
            raise Invalid(f"the substitution {key} does not begin with _, or its value is no string")
    if not build.get("steps"):
        raise Invalid("there is no step")
    known = set()
    for step in build["steps"]:
        _fields("a step", step, STEP)
        name = step.get("id", step.get("name"))
        if not step.get("name"):
            raise Invalid(f"the step {name} has no name")
        if "script" in step and ("args" in step or "entrypoint" in step):
            raise Invalid(f"the step {name} has a script and args or an entrypoint")
        for entry in step.get("env", []) + options.get("env", []):
            if "=" not in entry:
                raise Invalid(f"the step {name}: {entry!r} is not KEY=VALUE")
        for other in step.get("waitFor", []):
            if other != "-" and other not in known:
                raise Invalid(f"the step {name} waits for {other}, which is not above it")
        if seconds(step.get("timeout", "0s")) > limit:
            raise Invalid(f"the step {name} may take longer than the build")
        if "id" in step:
            if step["id"] in known or step["id"] == "-":
                raise Invalid(f"the id {step['id']} is taken")
            known.add(step["id"])


def substitute(text, values, strict):
    """`$NAME` and `${NAME}`, and `$$` for a dollar sign. Of a build that was submitted, a name that there is not is an error."""

    def one(match):
        if match[0] == "$$":
            return "$"
        name = match[1] or match[2]
        if name in values:
            return values[name]
        if not name.startswith("_"):
            raise Invalid(f"{name} is no substitution of Cloud Build")
        if strict:
            raise Invalid(f"{name} is not among the substitutions")
        return ""

    return re.sub(r"\$\$|\$\{([A-Z_][A-Z0-9_]*)\}|\$([A-Z_][A-Z0-9_]*)", one, text)


def resolve(build, known, overrides=None, trigger=False):
    """The steps as they are run: name, script or args, environment, and the steps that they wait for.

    `known` are the values that Cloud Build sets, `overrides` those of `--substitutions` or of the trigger.
    """
    validate(build)
    overrides = overrides or {}
    options = build.get("options", {})
    declared = build.get("substitutions", {})
    for key in overrides:
        if key.startswith("_") and key not in declared:
            raise Invalid(f"{key} is set and no substitution of the build")
        if key in ALWAYS or not (key.startswith("_") or key in TRIGGERED):
            raise Invalid(f"{key} cannot be set")
    for key in ALWAYS:
        if not known.get(key):
            raise AssertionError(f"{key} is always known")
    values = dict.fromkeys(TRIGGERED, "") | known | declared | overrides
    strict = not trigger and options.get("substitutionOption") != "ALLOW_LOOSE"

    def apply(text):
        return substitute(text, values, strict)

    used = set()
    steps = []
    for position, step in enumerate(build["steps"]):
        automap = step.get("automapSubstitutions", options.get("automapSubstitutions", False))
        environment = dict(values) if automap else {}
        for entry in options.get("env", []) + step.get("env", []):
            name, value = apply(entry).split("=", 1)
            environment[name] = value
        texts = [step["name"], step.get("dir", ""), step.get("entrypoint", ""), *step.get("args", []), *step.get("env", []), *options.get("env", [])]
        for text in texts:
            used.update(name for pair in re.findall(r"\$\{(\w+)\}|\$(\w+)", text.replace("$$", "")) for name in pair if name)
        if automap:
            used.update(values)
        waits = step.get("waitFor")
        if not waits:
            waits = [other.get("id", str(at)) for at, other in enumerate(build["steps"][:position])]
        steps.append({
            "id": step.get("id", str(position)),
            "name": apply(step["name"]),
            "args": [apply(one) for one in step.get("args", [])],
            # Scripts are not substituted: they see the environment.
            "script": step.get("script"),
            "env": environment,
            "waits": [other for other in waits if other != "-"],
            "timeout": seconds(step.get("timeout", build.get("timeout", "3600s"))),
        })  # fmt: skip
    if strict:
        for key in declared:
            if key not in used:
                raise Invalid(f"the substitution {key} is used by no step")
    return steps


def order(steps):
    """Steps that run at the same time, one group after the other."""
    done, groups, left = set(), [], list(steps)
    while left:
        group = [step for step in left if done.issuperset(step["waits"])]
        groups.append(group)
        done.update(step["id"] for step in group)
        left = [step for step in left if step not in group]
    return groups
