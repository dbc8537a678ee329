"""What a design takes: CPU of `sfn-advisor design` over every example, and CPU and memory of the function `design`.

The function is asked for all examples, one after the other in one sandbox, over the Runtime API, and writes to an S3 over TLS
(both of coldstart.py). Its peak memory is held; CPU is printed, it depends on the machine.

    tests/measure/design.py target/release [--runs 5]
"""

import argparse
import json
import os
import pathlib
import queue
import ssl
import statistics
import subprocess
import tempfile

from coldstart import Aws, Quiet, certificates, cpu_ms, peak_mib, serve

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What is asked for in shared/design: CPU of a design, and the memory that the function is deployed with (infra).
CPU_MS, MEMORY_MIB = 100, 128
# Exit codes of a design, and of one that was refused or redirected.
ENDS = (0, 4)
OUTCOMES = ("designed", "redirected", "refused")


def examples():
    return sorted(path for path in (ROOT / "shared/design/examples").iterdir() if path.suffix in (".yaml", ".yml", ".json"))


def command_ms(binary, example):
    """CPU of one run of the command, and how many files and bytes it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        process = subprocess.Popen(
            [binary, "design", example, "-o", out], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        told = process.stderr.read().decode()
        process.stderr.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ENDS:
            raise SystemExit(f"{example.name} ended with {process.returncode}: {told}")
        written = [path.stat().st_size for path in out.rglob("*") if path.is_file() and not path.name.startswith(".")]
        return (used.ru_utime + used.ru_stime) * 1000, len(written), sum(written)


class Sandbox:
    """The function as a process, and its Runtime API."""

    def __init__(self, binary, endpoint, root_file):
        self.asked, self.answers = queue.Queue(), queue.Queue()
        self.api = serve(self.handler())
        environment = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "design",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(MEMORY_MIB),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL": endpoint,
            "SFN_ADVISOR_BUCKET": "bucket",
            "SSL_CERT_FILE": str(root_file),
        }
        self.process = subprocess.Popen([binary], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def handler(self):
        asked, answers = self.asked, self.answers

        class Api(Quiet):
            def do_GET(self):
                number, event = asked.get()
                self.answer(
                    200, event, Lambda_Runtime_Aws_Request_Id=f"r-{number}", Lambda_Runtime_Deadline_Ms="9999999999999",
                    Lambda_Runtime_Invoked_Function_Arn="arn:aws:lambda:us-east-1:111122223333:function:design",
                )

            def do_POST(self):
                answers.put((self.path, self.body()))
                self.answer(202)

        return Api

    def design(self, number, example):
        """CPU of one design; of the first, with the start of the process."""
        before = cpu_ms(self.process.pid) if number else 0.0
        self.asked.put((number, json.dumps({"requirements": example.read_text()}).encode()))
        path, body = self.answers.get(timeout=60)
        used = cpu_ms(self.process.pid) - before
        answer = json.loads(body)
        if not path.endswith("/response") or answer["outcome"] not in OUTCOMES:
            raise SystemExit(f"{example.name}: {body.decode()}")
        return used

    def close(self):
        self.process.kill()
        self.process.wait()
        self.api.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    found = examples()

    worst, cpus = (0.0, ""), []
    for example in found:
        runs = [command_ms(options.release / "sfn-advisor", example) for _ in range(options.runs)]
        cpu = statistics.median(run[0] for run in runs)
        print(f"  {example.name}: {cpu:.1f} ms CPU, {runs[0][1]} files, {runs[0][2] / 1000:.0f} kB")
        cpus.append(cpu)
        worst = max(worst, (cpu, example.name))
    print(
        f"designs with the command, {len(found)} examples, median of {options.runs}: {statistics.median(cpus):.1f} ms CPU, "
        f"at most {worst[0]:.1f} ms ({worst[1]}; {CPU_MS} ms are asked for)"
    )

    with tempfile.TemporaryDirectory() as folder:
        root_file, chain = certificates(pathlib.Path(folder))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        endpoint = f"https://localhost:{serve(Aws, context).server_port}"
        firsts, used, peak = [], [], 0.0
        for _ in range(options.runs):
            sandbox = Sandbox(options.release / "design", endpoint, root_file)
            try:
                cpu = [sandbox.design(number, example) for number, example in enumerate(found)]
                peak = max(peak, peak_mib(sandbox.process.pid))
            finally:
                sandbox.close()
            firsts.append(cpu[0])
            used.extend(cpu[1:])
    print(
        f"designs with the function, {options.runs} sandboxes: the first {statistics.median(firsts):.1f} ms CPU, one after it "
        f"{statistics.median(used):.1f} ms, at most {max(used):.1f} ms, all with their writing over TLS; {peak:.1f} MiB peak, "
        f"{MEMORY_MIB} are there"
    )
    # Lambda's own processes take some of what a function is given.
    if peak > MEMORY_MIB * 3 / 4:
        raise SystemExit(f"the function design takes {peak:.1f} MiB, at most three quarters of {MEMORY_MIB} may be")


if __name__ == "__main__":
    main()
