"""A small threaded HTTP/1.1 server on loopback, with keep-alive.

`http.server` parses headers with the e-mail parser and has no keep-alive for chunked bodies; at several hundred
requests a second that parsing is most of the work, so this one reads the few things an AWS client sends itself.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO

MAX_HEADER_BYTES = 64 * 1024
REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass
class Request:
    """One HTTP request: header names are lower case, `target` is the raw path with its query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    path: str = ""
    query: str = ""

    def __post_init__(self) -> None:
        self.path, _, self.query = self.target.partition("?")


@dataclass
class Response:
    """One HTTP answer. `reset` closes the connection with a TCP reset instead of answering."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    reset: bool = False


class BadRequest(Exception):
    """The bytes on the wire are not a request that this server can read."""


Handler = Callable[[Request], Response]


class HttpServer:
    """Serves `handler` on 127.0.0.1; one thread per connection."""

    def __init__(self, handler: Handler, port: int = 0, name: str = "http") -> None:
        self.handler = handler
        self.name = name
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(512)
        self.port: int = self.listener.getsockname()[1]
        self.closing = False

    def start(self) -> None:
        """Accepts connections in the background."""
        threading.Thread(target=self._accept, name=f"{self.name}-accept", daemon=True).start()

    def close(self) -> None:
        """Stops accepting; open connections end with the process."""
        self.closing = True
        self.listener.close()

    def _accept(self) -> None:
        while not self.closing:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), name=self.name, daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = connection.makefile("rb", buffering=65536)
        try:
            while True:
                request = read_request(reader, connection)
                if request is None:
                    return
                response = self.handler(request)
                if response.reset:
                    reset(connection)
                    return
                keep = request.headers.get("connection", "").lower() != "close"
                connection.sendall(render(request, response, keep))
                if not keep:
                    return
        except BadRequest as error:
            connection.sendall(render_plain(400, str(error)))
        except OSError:
            return
        finally:
            reader.close()
            connection.close()


def reset(connection: socket.socket) -> None:
    """Closes with RST: what a client sees when a server dies in the middle of a call."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def read_request(reader: BinaryIO, connection: socket.socket) -> Request | None:
    """Reads one request, or None when the client has closed the connection."""
    line = reader.readline(MAX_HEADER_BYTES)
    while line in (b"\r\n", b"\n"):
        line = reader.readline(MAX_HEADER_BYTES)
    if not line:
        return None
    parts = line.decode("latin-1").rstrip("\r\n").split(" ")
    if len(parts) != 3:
        raise BadRequest("malformed request line")
    method, target, _version = parts
    if target.startswith("http://"):
        target = "/" + target[len("http://") :].partition("/")[2]
    headers = read_headers(reader)
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return Request(method, target, headers, read_body(reader, headers))


def read_headers(reader: BinaryIO) -> dict[str, str]:
    """Header block up to its empty line; a repeated header is joined with a comma."""
    headers: dict[str, str] = {}
    size = 0
    while True:
        line = reader.readline(MAX_HEADER_BYTES)
        size += len(line)
        if size > MAX_HEADER_BYTES:
            raise BadRequest("header block too large")
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, _, value = line.decode("latin-1").partition(":")
        key = name.strip().lower()
        text = value.strip()
        headers[key] = f"{headers[key]},{text}" if key in headers else text


def read_body(reader: BinaryIO, headers: dict[str, str]) -> bytes:
    """Body by Content-Length or chunked coding."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return b"".join(read_chunks(reader))
    try:
        length = int(headers.get("content-length", "0"))
    except ValueError as error:
        raise BadRequest("content-length is not a number") from error
    return reader.read(length) if length else b""


def read_chunks(reader: BinaryIO) -> list[bytes]:
    """The chunks of a chunked body; trailers are dropped."""
    chunks: list[bytes] = []
    while True:
        size_line = reader.readline(1024)
        try:
            size = int(size_line.split(b";")[0].strip() or b"0", 16)
        except ValueError as error:
            raise BadRequest("chunk size is not a number") from error
        if size == 0:
            while reader.readline(MAX_HEADER_BYTES) not in (b"\r\n", b"\n", b""):
                pass
            return chunks
        chunks.append(reader.read(size))
        reader.readline(16)


def render(request: Request, response: Response, keep: bool) -> bytes:
    """Status line, headers and body as one buffer, so that small answers are one packet."""
    has_length = any(name.lower() == "content-length" for name, _ in response.headers)
    lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Unknown')}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in response.headers]
    bodyless = response.status in (204, 304) or response.status < 200
    if not has_length and not bodyless:
        lines.append(f"content-length: {len(response.body)}\r\n")
    lines.append("connection: keep-alive\r\n\r\n" if keep else "connection: close\r\n\r\n")
    head = "".join(lines).encode("latin-1", "replace")
    return head if request.method == "HEAD" or bodyless else head + response.body


def render_plain(status: int, text: str) -> bytes:
    """A short text answer for a request that could not be read."""
    body = text.encode()
    head = f"HTTP/1.1 {status} {REASONS.get(status, '')}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    return head.encode() + body
