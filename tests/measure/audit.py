"""An audit of 300 state machines on a server that answers at once: wall time, CPU, peak memory, calls.

    tests/measure/audit.py target/release [--machines 300] [--runs 5] [--quota]

With `--quota` the server answers by the documented token buckets, and the audit uses the whole of them: then the bound
is (machines - 200) / 20 seconds.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time
import urllib.request


def audit(binary, url, flags):
    environment = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "HOME": "/nonexistent"}
    begun = time.monotonic()
    process = subprocess.Popen(
        [binary, "audit", "--endpoint-url", url, "--region", "us-east-1", "--format", "json", *flags],
        env=environment, stdout=subprocess.PIPE,
    )
    report = json.loads(process.stdout.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.stdout.close()
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"the audit ended with {status}")
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--machines", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quota", action="store_true")
    options = parser.parse_args()
    flags = ["--api-share", "1"] if options.quota else ["--no-pacing"]
    walls, cpus, peaks = [], [], []
    for _ in range(options.runs):
        server = subprocess.Popen(
            [options.folder / "stub", "--machines", str(options.machines), "--quota", "on" if options.quota else "off"],
            stdout=subprocess.PIPE, text=True,
        )
        try:
            url = server.stdout.readline().strip()
            wall, cpu, peak, report = audit(options.folder / "sfn-advisor", url, flags)
            calls = json.load(urllib.request.urlopen(f"{url}/_local/calls"))
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
        read, missing = len(report["machines"]), len(report["not_read"])
        if (read, missing) != (options.machines, 0):
            raise SystemExit(f"{read} state machines read, {missing} not read")
        walls.append(wall), cpus.append(cpu), peaks.append(peak)
    print(
        f"audit of {options.machines} state machines, median of {options.runs}: {statistics.median(walls):.2f} s wall, "
        f"{statistics.median(cpus):.2f} s CPU, {statistics.median(peaks):.1f} MiB peak; calls of the last run: {json.dumps(calls)}"
    )


if __name__ == "__main__":
    main()
