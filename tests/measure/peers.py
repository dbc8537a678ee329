#!/usr/bin/env python3
"""`sfn-advisor check` beside other judges of definitions: on the same files, in the same run, by CPU time.

    tests/measure/peers.py [--binary target/release/sfn-advisor] [--files FOLDER] [--seconds 2] [--peers NAME...]
    tests/measure/peers.py --mutants          # what each of them catches; writes tests/measure/peers/mutants.json

Speed is that of a loop in one process, start-up not counted: the files are read before. Of a peer that is slower than one
pass in `--seconds` one pass is measured. Without `--files` it takes the definitions that people deploy from the collection
beside the repository, and where there is none, those of `tests/fixtures/machines`. The peers are installed, at pinned
versions, below `.cache/peers`. What `sfn-advisor` is measured by: the bench profile in a loop (`cargo bench -p rules --bench
definitions`), and the binary that is shipped as a whole process (`--binary`; not measured where there is none).
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "measure" / "peers"
CACHE = ROOT / ".cache" / "peers"
SHARED = ROOT.parent / "shared"
RECORD = HERE / "mutants.json"
PEERS = {
    "statelint": "python",
    "cfn-lint": "python",
    "asl-validator": "node",
    "amazon-states-language-service": "node",
}
# What a cold check of one file of 4 KB may take.
MOST_MS, MOST_MIB = 15, 20


def install(pins=HERE, cache=CACHE):
    """Puts what `pins` names below `.cache`, where a version has changed or something is missing."""
    files = [pins / name for name in ("requirements.txt", "package.json", "package-lock.json")]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = cache / "installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    cache.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", cache / "venv"], check=True)
    pip = [cache / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", files[0]], check=True)
    for file in files[1:]:
        (cache / file.name).write_bytes(file.read_bytes())
    npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]
    subprocess.run(npm, cwd=cache, check=True, stdout=subprocess.DEVNULL)
    stamp.write_text(wanted)


def versions():
    names = json.loads((HERE / "package.json").read_text())["dependencies"]
    pinned = [line.split("==") for line in (HERE / "requirements.txt").read_text().splitlines() if "==" in line]
    known = names | dict(pinned)
    return {name: known[name] for name in PEERS}


def command(peer, seconds):
    if PEERS[peer] == "node":
        return ["node", HERE / "node.js", peer, CACHE, str(seconds)]
    return [CACHE / "venv" / "bin" / "python", HERE / "python.py", peer, str(seconds)]


def ran(arguments, files, fine=(0,)):
    """The answer of a process, its CPU in seconds and its peak in MiB."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
        given.write("\n".join(map(str, files)).encode())
        given.seek(0)
        process = subprocess.Popen([str(it) for it in arguments], cwd=ROOT, stdin=given, stdout=answer)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in fine:
            raise SystemExit(f"{arguments[0]} {arguments[1]} ended with {process.returncode}")
        answer.seek(0)
        return answer.read(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def ours_in_a_loop():
    """The bench of the rules, built; the path of its program."""
    built = subprocess.run(
        ["cargo", "bench", "--locked", "--quiet", "-p", "rules", "--bench", "definitions", "--no-run", "--message-format", "json"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )
    lines = map(json.loads, built.stdout.splitlines())
    return next(it["executable"] for it in lines if it.get("executable") and it["target"]["name"] == "definitions")


def definitions(folder):
    """Paths of definitions: those that people deploy, where the collection tells which these are."""
    if folder:
        return sorted(folder.glob("**/*.json"))
    manifest = SHARED / "corpus" / "manifest.jsonl"
    if not manifest.is_file():
        return sorted((ROOT / "tests" / "fixtures" / "machines").glob("*.json"))
    rows = map(json.loads, manifest.read_text().splitlines())
    return sorted(SHARED / "corpus" / "definitions" / row["file"] for row in rows if row["origin"] != "fixture")


def table(rows):
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [str(it).ljust(width) if not column else str(it).rjust(width) for column, (it, width) in enumerate(zip(row, widths))]
        print("| " + " | ".join(cells) + " |")
        if not number:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def errors(told):
    """Errors told, files with some, files that the judge failed on."""
    real = [[it for it in one if not it.startswith("~")] for one in told]
    failed = sum(any(it.startswith("fails: ") for it in one) for one in real)
    return sum(map(len, real)), sum(map(bool, real)), failed


def speed(options):
    files = definitions(options.files)
    size = sum(path.stat().st_size for path in files)
    print(f"{len(files)} definitions, {size / 1e6:.2f} MB, median {statistics.median(path.stat().st_size for path in files):.0f} bytes\n")
    bench = ours_in_a_loop()
    measured = []
    for work in ("read", "correctness", "all"):
        answer, _, _ = ran([bench, work, options.seconds], files)
        measured.append((f"ours, bench profile: {work}", json.loads(answer), 0.0))
    ours = rate(measured[1][1])
    for peer in options.peers:
        start = ran(command(peer, 0), [])[1]
        answer, _, _ = ran(command(peer, options.seconds), files)
        measured.append((f"{peer} {versions()[peer]}", json.loads(answer), start))
    rows = [("judge", "definitions per CPU second", "ours is faster by", "errors", "files with errors", "files it fails on", "start-up, CPU ms")]
    for name, answer, start in measured:
        told, wrong, failed = ("", "", "") if name.endswith("read") else errors(answer["told"])
        per = rate(answer)
        rows.append((name, f"{per:,.0f}", f"{ours / per:,.1f}", told, wrong, failed, f"{start * 1000:,.0f}" if start else ""))
    if options.binary.is_file():
        rows.insert(4, shipped(options.binary, files, ours))
    table(rows)


def rate(answer):
    return len(answer["told"]) * answer["passes"] / answer["seconds"]


def shipped(binary, files, ours):
    """The binary over all files as one process: reading files, judging on all processors and writing the answer included."""
    with tempfile.TemporaryDirectory() as folder:
        # Names that say what they are, as people have them.
        for number, path in enumerate(files):
            os.symlink(path, pathlib.Path(folder, f"{number:05}.asl.json"))
        runs = [ran([binary, "check", "--format", "json", folder], [], fine=(0, 1, 3)) for _ in range(5)]
    told = json.loads(runs[0][0])
    wrong = [it for it in told["diagnostics"] if it["severity"] == "error"]
    per = len(files) / statistics.median(cpu for _, cpu, _ in runs)
    whole = len({it["file"] for it in wrong})
    return ("ours, as shipped: `check` as a process", f"{per:,.0f}", f"{ours / per:,.1f}", len(wrong), whole, len(told["unread"]), "")


def generated(size, jsonata):
    """A definition of about that many bytes: what people write, over and over."""
    chance = random.Random(size)
    states, total, number = {}, 0, 0
    while total < size:
        name, following = f"State{number}", f"State{number + 1}"
        kind = chance.randrange(4)
        lambda_ = {"FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:work:live"}
        if kind == 0:
            payload = "{% $states.input.order %}" if jsonata else "$.order"
            state = {
                "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 60,
                **({"Arguments": lambda_ | {"Payload": payload}} if jsonata else {"Parameters": lambda_ | {"Payload.$": payload}, "ResultPath": f"$.result{number}"}),
                "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 2, "JitterStrategy": "FULL"}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}], "Next": following,
            }
        elif kind == 1:
            rule = {"Condition": "{% $states.input.total > 100 and $exists($states.input.id) %}"} if jsonata else {"And": [{"Variable": "$.total", "NumericGreaterThan": 100}, {"Variable": "$.id", "IsPresent": True}]}
            state = {"Type": "Choice", "Choices": [rule | {"Next": following}], "Default": "Failed"}
        elif kind == 2:
            text = "{% 'order ' & $string($states.input.id) %}" if jsonata else "States.Format('order {} of {}', $.id, $$.Execution.Id)"
            state = {"Type": "Pass", **({"Assign": {f"v{number}": text}} if jsonata else {"Parameters": {"text.$": text, "order.$": "$.order"}}), "Next": following}
        else:
            inner = {"StartAt": f"Inner{number}", "States": {f"Inner{number}": {"Type": "Wait", "Seconds": 5, "End": True}}}
            items = {"Items": "{% $states.input.items %}"} if jsonata else {"ItemsPath": "$.items"}
            state = {"Type": "Map", **items, "MaxConcurrency": 5, "ItemProcessor": inner, "Next": following}
        states[name] = state
        total += len(json.dumps({name: state}, indent=2)) + len(state) * 4
        number += 1
    states |= {f"State{number}": {"Type": "Succeed"}, "Failed": {"Type": "Fail", "Error": "Failed"}}
    machine = {"StartAt": "State0", "States": states}
    return json.dumps(({"QueryLanguage": "JSONata"} if jsonata else {}) | machine, indent=2)


def linear(options):
    print("\nTime by size, generated definitions:\n")
    bench = ours_in_a_loop()
    rows = [("size", *(f"{language}, {work}: CPU µs per KB" for language in ("JSONPath", "JSONata") for work in ("correctness", "all")))]
    with tempfile.TemporaryDirectory() as folder:
        for size in (10_000, 100_000, 1_000_000):
            row = [f"{size // 1000} KB"]
            for jsonata in (False, True):
                file = pathlib.Path(folder, f"{size}-{jsonata}.asl.json")
                file.write_text(generated(size, jsonata))
                for work in ("correctness", "all"):
                    answer = json.loads(ran([bench, work, options.seconds], [file])[0])
                    row.append(f"{answer['seconds'] / answer['passes'] * 1e6 / (file.stat().st_size / 1000):.1f}")
            rows.append(tuple(row))
    table(rows)


# Runs a program and prints its CPU in milliseconds and its peak in MiB.
SMALL = """
import os, sys
nowhere = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
program = os.posix_spawn(sys.argv[1], sys.argv[1:], {}, file_actions=nowhere)
_, status, used = os.wait4(program, 0)
assert os.waitstatus_to_exitcode(status) in (0, 1), status
print([(used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024])
"""


def cold(options):
    if not options.binary.is_file():
        print(f"\nno cold check: there is no {options.binary}")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "order.asl.json")
        file.write_text(generated(4_000, False))
        # The peak of a process counts what it was started from: something small.
        small = [sys.executable, "-I", "-S", "-c", SMALL, options.binary, "check", file]
        runs = [json.loads(ran(small, [])[0]) for _ in range(20)]
        size = file.stat().st_size
    cpu, peak = (statistics.median(values) for values in zip(*runs))
    print(f"\ncold `check` of one file of {size} bytes, median of 20: {cpu:.1f} ms CPU (at most {MOST_MS}), {peak:.1f} MiB peak (at most {MOST_MIB})")


def mutants(options):
    """What each judge tells of a definition with one defect, and does not tell of the definition without it."""
    folder = SHARED / "mutants"
    listed = json.loads((folder / "manifest.json").read_text())
    controls = json.loads((folder / "controls" / "manifest.json").read_text())
    bases = {name: folder / f"base-{name}.json" for name in listed["bases"]}
    files = [*bases.values(), *(folder / it["file"] for it in listed["mutants"]), *(folder / "controls" / it["file"] for it in controls)]
    record = {
        "what": "what others tell of the definitions with one defect each, and of valid ones; written by tests/measure/peers.py --mutants",
        "date": datetime.date.today().isoformat(), "versions": versions(), "mutants": len(listed["mutants"]), "controls": len(controls),
        "caught": {}, "refused_controls": {},
    }
    for peer in options.peers:
        told = json.loads(ran(command(peer, 0), files)[0])["told"]
        of_base = {name: set(one) for name, one in zip(bases, told)}
        rest = told[len(bases):]
        caught = [it["id"] for it, one in zip(listed["mutants"], rest) if set(one) - of_base.get(it["base"], set())]
        refused = sum(map(bool, rest[len(listed["mutants"]):]))
        record["caught"][peer], record["refused_controls"][peer] = caught, refused
        print(f"{peer} {versions()[peer]}: {len(caught)} of {len(listed['mutants'])} caught, {refused} of {len(controls)} valid ones refused")
    union = set().union(*map(set, record["caught"].values()))
    print(f"all together: {len(union)} of {len(listed['mutants'])}")
    if set(options.peers) == set(PEERS):
        text = json.dumps(record, indent=2)
        # A list of numbers is one line.
        RECORD.write_text(one_line_lists(text) + "\n")


def one_line_lists(text):
    lines, inside = [], None
    for line in text.splitlines():
        if inside is not None:
            inside.append(line.strip())
            if line.strip().startswith("]"):
                lines.append("".join(inside[:1]) + " ".join(inside[1:-1]) + inside[-1])
                inside = None
        elif line.endswith("["):
            inside = [line]
        else:
            lines.append(line)
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser.add_argument("--binary", type=pathlib.Path, default=target / "release" / "sfn-advisor")
    parser.add_argument("--files", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--mutants", action="store_true")
    options = parser.parse_args()
    if options.peers:
        install()
    if options.mutants:
        mutants(options)
        return
    speed(options)
    linear(options)
    cold(options)


if __name__ == "__main__":
    main()
