"""Cold start of the `discover` function: CPU and memory from process start to the first answer over TLS.

A Runtime API over HTTP and an AWS endpoint over TLS (with a certificate authority made for the run) are served on
127.0.0.1. CPU is read from the scheduler's own count of the process's threads, which is exact to the nanosecond.

    tests/measure/coldstart.py target/release/discover [--runs 20]
"""

import argparse
import datetime
import glob
import http.server
import ipaddress
import json
import os
import pathlib
import ssl
import statistics
import subprocess
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificates(folder):
    """A certificate authority and a certificate for 127.0.0.1 and localhost; returns the paths."""
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)

    def build(name, issuer, key, signer, is_authority):
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if not is_authority:
            names = [x509.DNSName("localhost"), x509.DNSName("*.localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(signer, hashes.SHA256())

    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = build("root", "root", root_key, root_key, True)
    leaf = build("localhost", "root", key, root_key, False)
    root_file, chain = folder / "root.pem", folder / "server.pem"
    root_file.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(
        leaf.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return root_file, chain


class Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Aws(Quiet):
    """One state machine; every object is taken."""

    def do_POST(self):
        self.body()
        machine = {
            "stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:one",
            "name": "one",
            "type": "STANDARD",
            "creationDate": 1764000000,
        }
        self.answer(200, json.dumps({"stateMachines": [machine]}).encode(), Content_Type="application/x-amz-json-1.0")

    def do_PUT(self):
        self.body()
        self.answer(200, ETag='"1"')


def runtime_api(answered):
    class Api(Quiet):
        def do_GET(self):
            if answered.is_set():
                time.sleep(60)
            self.answer(
                200, b"{}", Lambda_Runtime_Aws_Request_Id="r-1", Lambda_Runtime_Deadline_Ms="9999999999999",
                Lambda_Runtime_Invoked_Function_Arn="arn:aws:lambda:us-east-1:111122223333:function:discover",
            )

        def do_POST(self):
            self.server.last = (self.path, self.body())
            answered.set()
            self.answer(202)

    return Api


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A process that has answered is ended, in the middle of its next request."""


def serve(handler, context=None):
    server = Server(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def cpu_ms(pid):
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        total += int(pathlib.Path(path).read_text().split()[0])
    return total / 1e6


def peak_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def once(binary, endpoint, root_file):
    answered = threading.Event()
    api = serve(runtime_api(answered))
    environment = {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "discover",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": endpoint,
        "SFN_ADVISOR_BUCKET": "bucket",
        "SSL_CERT_FILE": str(root_file),
    }
    begun = time.monotonic()
    process = subprocess.Popen([binary], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        if not answered.wait(20):
            process.kill()
            raise SystemExit(f"no answer: {process.stdout.read().decode()}")
        wall = (time.monotonic() - begun) * 1000
        path, body = api.last
        if not path.endswith("/response"):
            raise SystemExit(f"the function failed: {body.decode()}")
        return cpu_ms(process.pid), wall, peak_mib(process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        api.shutdown()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root_file, chain = certificates(pathlib.Path(folder))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        endpoint = f"https://localhost:{serve(Aws, context).server_port}"
        runs = [once(options.binary, endpoint, root_file) for _ in range(options.runs)]
    cpu, wall, peak = (statistics.median(column) for column in zip(*runs))
    size = os.path.getsize(options.binary) / 1e6
    print(f"cold start, median of {len(runs)}: {cpu:.1f} ms CPU, {wall:.1f} ms wall, {peak:.1f} MiB peak; binary {size:.2f} MB")


if __name__ == "__main__":
    main()
