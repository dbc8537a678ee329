#!/usr/bin/env python3
"""The simulator beside other engines that run state machines: the same machines in the same run, by CPU time.

    tests/measure/engines.py [--seconds 3] [--sample 150] [--engines NAME...]

The machines are those of the bench (`shared/sim/benches/machines`), and a sample of the executions that were recorded on AWS
where the collection is beside the repository. Every engine runs each case in one process, with the task results of the case;
waits take no time in any of them. An answer is right where status, output and error are those recorded. A rate counts the
processor's time over that of a run without cases, which is the start-up. The engines are installed, at pinned versions,
below `.cache/engines`. Transitions are those that ours counts, for machines that the engine runs to the same end.
"""

import argparse
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from peers import ROOT, SHARED, install, ran, table

HERE = ROOT / "tests" / "measure" / "engines"
CACHE = ROOT / ".cache" / "engines"
ENGINES = ("aws-local-stepfunctions", "moto")


@functools.cache
def ours():
    """The example that runs cases, built as the benches are; the path of its program."""
    built = subprocess.run(
        ["cargo", "build", "--locked", "--quiet", "--profile", "bench", "-p", "sim", "--example", "run", "--message-format", "json"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )
    lines = map(json.loads, built.stdout.splitlines())
    return next(it["executable"] for it in lines if it.get("executable") and it["target"]["name"] == "run")


def command(engine, file, passes):
    if engine == "ours":
        return [ours(), file, passes]
    if engine == "moto":
        return [CACHE / "venv" / "bin" / "python", HERE / "python.py", file, passes]
    return ["node", HERE / "node.js", CACHE, file, passes]


def version(engine):
    if engine == "ours":
        return "ours"
    if engine == "moto":
        return "moto " + (HERE / "requirements.txt").read_text().split("==")[1].strip()
    return f"{engine} {json.loads((HERE / 'package.json').read_text())['dependencies'][engine]}"


def run(engine, cases, passes):
    """What an engine tells of the cases, and its CPU in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "cases.json")
        file.write_text(json.dumps(cases))
        answer, cpu, _ = ran(command(engine, file, passes), [])
        return json.loads(answer or "[]"), cpu


def recorded(most):
    """Recorded executions without placeholders, evenly from all."""
    found = []
    for path in sorted((SHARED / "conformance").glob("*.json")):
        for case in json.loads(path.read_text()):
            # Placeholders stand for what is another one each time.
            placed = case.get("needs") or "<" in json.dumps(case.get("expected"))
            if case.get("replayable") and not case.get("duplicate") and not placed:
                found.append(case)
    step = max(1, len(found) // most) if most else 1
    return found[::step]


def plain(value):
    """Numbers as JSON has them: 2 and 2.0 are the same."""
    if isinstance(value, dict):
        return {name: plain(it) for name, it in value.items()}
    if isinstance(value, list):
        return [plain(it) for it in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def right(case, told):
    expected = case["expected"]
    if told.get("status") != expected["status"]:
        return False
    if expected["status"] == "SUCCEEDED":
        return plain(told.get("output")) == plain(expected.get("output"))
    return (told.get("error") or "") == (expected.get("error") or "")


def measured(engine, cases, start, seconds):
    """CPU seconds of one pass, over as many passes as fit."""
    cpu = run(engine, cases, 1)[1] - start
    passes = max(1, min(20_000, int(seconds / max(cpu, 0.0005))))
    if passes == 1:
        return max(cpu, 1e-6)
    return max(run(engine, cases, passes)[1] - start, 1e-6) / passes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--sample", type=int, default=150)
    parser.add_argument("--engines", nargs="*", choices=ENGINES, default=list(ENGINES))
    options = parser.parse_args()
    if options.engines:
        install(HERE, CACHE)
    machines = [json.loads(path.read_text()) for path in sorted((ROOT / "shared" / "sim" / "benches" / "machines").glob("*.json"))]
    sample = recorded(options.sample)
    known = {it["id"]: it for it in run("ours", machines, 1)[0]}
    names = [it["id"] for it in machines]
    rows = [("engine", "start-up, CPU ms", f"right of {len(sample)} recorded", "recorded per CPU second", *(f"{name}: transitions per CPU second" for name in names))]
    for engine in ("ours", *options.engines):
        start = min(run(engine, [], 0)[1] for _ in range(3))
        row = [version(engine), f"{start * 1000:,.0f}"]
        if sample:
            told = run(engine, sample, 1)[0]
            row += [sum(right(case, it) for case, it in zip(sample, told)), f"{len(sample) / measured(engine, sample, start, options.seconds):,.0f}"]
        else:
            row += ["", ""]
        for machine in machines:
            ends = run(engine, [machine], 1)[0][0]
            ours_ends = known[machine["id"]]
            same = ends["status"] == ours_ends["status"] and plain(ends.get("output")) == plain(ours_ends["output"])
            per = known[machine["id"]]["transitions"] / measured(engine, [machine], start, options.seconds) if same else None
            row.append(f"{per:,.0f}" if per else "not run")
        rows.append(tuple(row))
    table(rows)


if __name__ == "__main__":
    main()
