"""An account of 1,000 state machines on a server with AWS's documented token buckets, the whole of them used.

    tests/measure/thousand.py target/release [--machines 1000] [--gains-every 40] [--express-every 9] [--kill-after 20]

Counts calls by action and those that were throttled (none may be), compares the wall time with the floor that the buckets
allow (the slowest action decides: (calls - bucket) / rate), then kills the same collection in the middle and runs it again:
both runs together make the calls of one, but for those under way at the kill, and write the same file.
"""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.request

# The larger Regions, as the server has them: bucket, refill a second.
BUCKETS = {
    "ListStateMachines": (100, 5),
    "DescribeStateMachine": (200, 20),
    "ListExecutions": (200, 5),
    "GetExecutionHistory": (400, 20),
    "GetMetricData": (500, 500),
    "GetMetricStatistics": (400, 400),
    "DescribeAlarms": (9, 9),
    "GetResources": (15, 15),
    "ListRules": (50, 50),
}
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "HOME": "/nonexistent"}
CLOSE = 1.05


@contextlib.contextmanager
def server(options):
    """A fresh server, with full buckets."""
    command = [
        options.folder / "stub", "--machines", str(options.machines), "--quota", "on",
        "--express-every", str(options.express_every), "--gains-every", str(options.gains_every),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def collect(options, url, out):
    return subprocess.Popen([
        options.folder / "sfn-advisor", "collect", "--endpoint-url", url, "--region", "us-east-1", "--api-share", "1",
        "--out", out,
    ], env=ENVIRONMENT)


def calls(url):
    """Served calls by action; none may be throttled."""
    found = json.load(urllib.request.urlopen(f"{url}/_local/calls"))
    throttled = {action: one["throttled"] for action, one in found.items() if one["throttled"]}
    if throttled:
        raise SystemExit(f"throttled: {throttled}")
    return {action: one["served"] for action, one in sorted(found.items())}


def finish(process):
    if process.wait() != 0:
        raise SystemExit(f"the collection ended with {process.returncode}")


def facts(path, url):
    """An account file without its instants and the server's port."""
    text = path.read_text().replace(url, "URL")
    account = json.loads(text)
    start = account["window"]["start"]
    seconds = time_of(start)
    for machine in account["machines"]:
        metrics = machine["metrics"].get("known", {})
        metrics.pop("window", None)
        for name in ("started", "failed", "timed_out", "aborted", "throttled"):
            days = metrics.get(name, {}).get("by_day", {})
            metrics.get(name, {})["by_day"] = {time_of(at) - seconds: count for at, count in days.items()}
    account.pop("collected"), account.pop("window")
    return json.dumps(account, sort_keys=False)


def time_of(text):
    return int(__import__("datetime").datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--gains-every", type=int, default=40, help="every such state machine gains by execution histories")
    parser.add_argument("--express-every", type=int, default=9)
    parser.add_argument("--kill-after", type=float, default=20, help="seconds")
    options = parser.parse_args()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="thousand-"))

    with server(options) as url:
        begun = time.monotonic()
        finish(collect(options, url, scratch / "one.json"))
        wall = time.monotonic() - begun
        once = calls(url)
        one = facts(scratch / "one.json", url)
    floors = {action: (count - BUCKETS[action][0]) / BUCKETS[action][1] for action, count in once.items()}
    slowest = max(floors, key=floors.get)
    floor = max(floors[slowest], 0)
    print(f"calls: {json.dumps(once)}; 0 throttled")
    print(
        f"{options.machines} state machines: {wall:.2f} s wall, floor {floor:.2f} s ({slowest}: {once[slowest]} calls), "
        f"{100 * (wall / floor - 1) if floor else 0:.1f} % above"
    )
    if floor and wall > CLOSE * floor:
        raise SystemExit("more than 5 % above the floor")

    with server(options) as url:
        process = collect(options, url, scratch / "two.json")
        time.sleep(options.kill_after)
        process.kill()
        process.wait()
        time.sleep(0.2)
        first = calls(url)
        kept = (scratch / "two.json.partial").read_bytes().count(b"\n") - 1
        print(f"killed after {options.kill_after:g} s with {sum(first.values())} calls made and {kept} answers kept")
        finish(collect(options, url, scratch / "two.json"))
        both = calls(url)
        two = facts(scratch / "two.json", url)
    again = {action: count - once.get(action, 0) for action, count in both.items() if count != once.get(action)}
    print(f"both runs together: {sum(both.values())} calls, once {sum(once.values())}; asked again: {json.dumps(again)}")
    # At most what is under way at a time, and the histories of the state machines that were being sampled.
    if any(count < 0 or count > 32 * (20 if action == "GetExecutionHistory" else 1) for action, count in again.items()):
        raise SystemExit("what was known was asked again")
    if one != two:
        raise SystemExit(f"the files differ: {scratch}")
    if os.path.exists(scratch / "two.json.partial"):
        raise SystemExit("the kept answers are still there")
    print("the file is the same but for its instants")
    for path in scratch.iterdir():
        path.unlink()
    scratch.rmdir()


if __name__ == "__main__":
    main()
