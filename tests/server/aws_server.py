"""Starts the local AWS server: `python aws_server.py --port 0`. See README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from awslocal.app import App  # noqa: E402
from awslocal.httpd import HttpServer, Response  # noqa: E402


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A local AWS for the tests of sfn-advisor, on 127.0.0.1 only.")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--config", help="JSON file: settings, faults, lambdas, destinations")
    parser.add_argument("--quota", action="store_true", help="throttle by the documented token buckets")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="delay of every call")
    parser.add_argument("--log", help="file that gets one JSON line a call")
    parser.add_argument("--keep", action="store_true", help="keep running when stdin closes")
    return parser.parse_args(argv)


def configuration(options: argparse.Namespace) -> dict[str, Any]:
    """The configuration file with the flags on top."""
    config: dict[str, Any] = json.loads(Path(options.config).read_text()) if options.config else {}
    if options.delay_ms:
        config["delay_ms"] = options.delay_ms
    if options.quota:
        config["quota"] = True
    return config


def main() -> None:
    options = arguments()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # The port is needed before the handler exists: moto's interpreter calls back to it.
    server = HttpServer(lambda _request: Response(503), options.port)
    app = App(server.port, configuration(options))
    if options.log:
        app.log.open(options.log)
    server.handler = app.handle
    server.start()
    print(f"ready http://127.0.0.1:{server.port}", flush=True)
    if not options.keep:
        threading.Thread(target=wait_for_end_of_input, args=(stop,), daemon=True).start()
    stop.wait()
    app.router.reset()
    server.close()
    os._exit(0)


def wait_for_end_of_input(stop: threading.Event) -> None:
    """A test that dies closes our stdin; the server ends with it."""
    while sys.stdin.buffer.read(4096):
        pass
    stop.set()


if __name__ == "__main__":
    main()
