"""moto in this process: everything that this server does not answer itself."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote_to_bytes

from . import gaps
from .httpd import Response
from .wire import AwsError, Call, write_error

HOP_HEADERS = ("connection", "transfer-encoding", "content-length", "server", "date")


class Moto:
    """moto's WSGI application and the switches it reads from the environment."""

    def __init__(self, port: int) -> None:
        os.environ["MOTO_PORT"] = str(port)
        os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
        os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
        with without_ec2():
            import moto.stepfunctions.parser.models  # noqa: F401
        from moto.core.config import default_user_config
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        default_user_config.setdefault("stepfunctions", {})["execute_state_machine"] = True
        default_user_config.setdefault("lambda", {})["use_docker"] = False
        # The interpreter logs the whole state, payload included, for every error that a machine catches.
        logging.getLogger("moto").setLevel(logging.CRITICAL)
        self.port = port
        self.application = DomainDispatcherApplication(create_backend_app)
        one_backend()
        gaps.install()

    def handle(self, call: Call) -> Response:
        """Answers a call through moto. What moto has not implemented is 501, which no SDK retries."""
        captured: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> None:
            captured[:] = [int(status.split(" ", 1)[0]), headers]

        try:
            parts = self.application(self.environ(call), start_response)
            body = b"".join(parts)
        except (NotImplementedError, ModuleNotFoundError):
            # Some operations of moto need libraries (cfn-lint, docker) that are not among the requirements.
            return not_implemented(call)
        if getattr(parts, "close", None):
            parts.close()
        status, headers = captured
        kept = [(name, value) for name, value in headers if name.lower() not in HOP_HEADERS]
        if call.request.method == "HEAD":
            kept += [(name, value) for name, value in headers if name.lower() == "content-length"]
        return Response(status, body, kept)

    def environ(self, call: Call) -> dict[str, Any]:
        """The WSGI environment of a call."""
        request = call.request
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
            "QUERY_STRING": request.query,
            "RAW_URI": request.target,
            "REQUEST_URI": request.target,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        environ["CONTENT_LENGTH"] = str(len(request.body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        return environ


@contextmanager
def without_ec2() -> Iterator[None]:
    """Keeps the interpreter from loading moto's EC2 for one name in its Batch module: a third of the start-up."""
    batch = ModuleType("moto.batch")
    batch.__path__ = [str(Path(find_spec("moto").origin or "").parent / "batch")]  # type: ignore[union-attr]
    sys.modules["moto.batch"] = batch
    try:
        yield
    finally:
        for name in [one for one in sys.modules if one.startswith("moto.batch")]:
            del sys.modules[name]


def not_implemented(call: Call) -> Response:
    return write_error(
        call, AwsError("NotImplementedException", f"{call.name} is not implemented by the local server", 501)
    )


def one_backend() -> None:
    """CloudFormation writes state machines to moto's fake backend; point it at the interpreting one."""
    from moto.stepfunctions import models
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    models.stepfunctions_backends = stepfunctions_parser_backends  # type: ignore[assignment]
