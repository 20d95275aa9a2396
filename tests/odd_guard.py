"""A server in the guard's place whose answers are none of the guard's."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_TELLS = b'{"tell": "being_checked"}'
# Status, headers and body of each; None: the connection is cut, or nobody listens at all.
_ANSWERS: dict[str, tuple[int, dict[str, str], bytes] | None] = {
    "nobody": None,
    "cuts": None,
    "html": (200, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>"),
    "empty": (200, {}, b""),
    "list": (200, {}, b"[1, 2]"),
    "half": (200, {}, b'{"granted": tr'),
    "deep": (200, {}, b"[" * 100_000),
    "other words": (200, {}, b'{"granted": "yes", "permit": 7, "tell": ["booked"], "booking_stands": 1}'),
    "surrogates": (200, {}, b'{"permit": "\\ud800", "tell": "\\udfff"}'),
    "no text": (200, {}, bytes(range(256))),
    "short": (200, {"Content-Length": "500"}, _TELLS),
    "elsewhere": (302, {"Location": "http://127.0.0.1:9/"}, b""),
    "no key": (401, {}, b'{"detail": "no"}'),
    "wrong": (422, {}, b'{"detail": "body.call_id"}'),
    "failed": (500, {}, b"oops"),
    "away": (503, {"Retry-After": "0"}, b'{"detail": "away"}'),
    "come later": (429, {"Retry-After": "soon"}, b""),
}
ODD = tuple(_ANSWERS)


@dataclass
class OddGuard:
    """Where it listens, and what it was asked."""

    url: str
    key: str = "dck_odd"
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def odd_guard(kind: str) -> Iterator[OddGuard]:
    """One that answers everything in one way; `checks`: as the guard does while nobody knows."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.asked.append((self.path, body))
            answer = (200, {}, _usual(self.path)) if kind == "checks" else _ANSWERS[kind]
            if answer is None:
                self.close_connection = True
                return
            status, headers, text = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        port = server.server_address[1]
        made = OddGuard(url=f"http://127.0.0.1:{port}")
        if kind == "nobody":
            server.server_close()
            yield made
            return
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield made
        finally:
            server.shutdown()


def _usual(path: str) -> bytes:
    return b'{"granted": true, "permit": "p"}' if path.endswith("/permit") else _TELLS
