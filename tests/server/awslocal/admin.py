"""The endpoints under /_local: how a test steers the server and reads what happened in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import eventbus, notifications, settings
from .httpd import Request, Response

if TYPE_CHECKING:
    from .app import App


def answer(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value, default=str).encode(), [("content-type", "application/json")])


class Admin:
    """Dispatches on method and path; a wrong body is 400 with the reason."""

    def __init__(self, app: App) -> None:
        self.app = app

    def handle(self, request: Request) -> Response:
        parts = [part for part in request.path.split("/") if part][1:]
        try:
            body = json.loads(request.body) if request.body.strip() else {}
            return self.route(request.method, parts, body)
        except (ValueError, KeyError, TypeError) as error:
            return answer({"error": str(error)}, 400)

    def route(self, method: str, parts: list[str], body: Any) -> Response:
        match (method, *parts):
            case ("GET", "health"):
                return answer({"ok": True})
            case ("GET", "calls"):
                return answer(self.app.log.report())
            case ("POST", "calls", "reset"):
                self.app.log.reset()
            case ("POST", "reset"):
                self.app.reset()
            case ("GET", "config"):
                return answer(settings.update({}))
            case ("POST", "config"):
                return answer(settings.update(body))
            case ("GET", "mailbox"):
                return answer(notifications.MAILBOX)
            case ("DELETE", "mailbox"):
                notifications.MAILBOX.clear()
            case ("POST", "events", account, region):
                return answer({"targets": eventbus.send(account, region, "default", body)})
            case ("GET", "lambda"):
                return answer(sorted(self.app.router.functions))
            case ("POST", "lambda", name):
                self.app.router.configure(name, body)
            case ("DELETE", "lambda", name):
                self.app.router.remove(name)
            case ("GET", "lambda", name, "log"):
                return Response(200, self.app.router.log(name), [("content-type", "text/plain; charset=utf-8")])
            case ("GET", "faults"):
                return answer([vars(fault) for fault in self.app.faults.faults])
            case ("POST", "faults"):
                self.set_faults(body)
            case ("DELETE", "faults"):
                self.set_faults({"faults": [], "delay_ms": 0, "quota": False})
            case _:
                return answer({"error": "no such endpoint"}, 404)
        return answer({"ok": True})

    def set_faults(self, body: Any) -> None:
        """A list replaces all faults; an object adds one, or sets `delay_ms` and `quota`."""
        faults = self.app.faults
        if isinstance(body, list):
            faults.set(body)
            return
        if "faults" in body:
            faults.set(body["faults"])
        if "delay_ms" in body:
            faults.delay_ms = float(body["delay_ms"])
        if "quota" in body:
            faults.use_quota(bool(body["quota"]))
        if "op" in body:
            faults.add(body)
