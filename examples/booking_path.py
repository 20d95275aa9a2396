"""A booking path that asks the booking guard: standard library only, so that it can be copied anywhere.

    BOOKING_GUARD_URL=http://127.0.0.1:8090 BOOKING_GUARD_KEY=dck_... CALCOM_URL=... CALCOM_KEY=... \
        python examples/booking_path.py CALL_ID EVENT_TYPE START

Prints what the caller may be told. Status 0: booked; 1: not booked; 2: nobody can say yet, offer no other; 3: taken.
Whatever the guard answers, or if it does not, the path goes on: without its word nothing is told as certain.
"""

import http.client
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

# What the service promises for its slowest answer (docs: Calling the guard), and a little for the way.
_GUARD_SECONDS = {"/v1/bookings/rollback": 16.0}
_OTHER_SECONDS = 6.0
_TAKEN = re.compile(r"already has booking at this time|is not available|no more seats left", re.IGNORECASE)
_MOST_BYTES = 1_000_000


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A key is not carried elsewhere, and no other page is the answer."""

    def redirect_request(self, *_: object) -> None:
        """Nowhere."""


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True)
class Answer:
    """What came back. Status 0: nothing did; data None: it is no JSON object."""

    status: int
    data: dict[str, object] | None = None
    text: str = ""
    retry_after: float = 0.0


def post(url: str, body: object, headers: dict[str, str], seconds: float) -> Answer:
    """One request; whatever happens on the way is an answer, too."""
    headers = {"Content-Type": "application/json", **headers}
    until = time.monotonic() + seconds
    try:
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with _OPENER.open(request, timeout=seconds) as answer:
            return _read(answer, until)
    except urllib.error.HTTPError as error:
        with error:
            return _read_error(error, until)
    except (OSError, ValueError, http.client.HTTPException):
        return Answer(0)


def _read_error(error: urllib.error.HTTPError, until: float) -> Answer:
    try:
        return _read(error, until)
    except (OSError, ValueError, http.client.HTTPException):
        return Answer(error.code)


def _read(answer: http.client.HTTPResponse | urllib.error.HTTPError, until: float) -> Answer:
    """A silent server ends at the time-out of the connection; a slow one here."""
    body = b""
    while len(body) < _MOST_BYTES and (part := answer.read1(8192)):
        if time.monotonic() > until:
            raise TimeoutError
        body += part
    text = body.decode(errors="replace")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    wait = answer.headers.get("Retry-After", "")
    seconds = float(wait) if wait.isascii() and wait.isdigit() else 0.0
    return Answer(answer.status or 0, data if isinstance(data, dict) else None, text, seconds)


class Guard:
    """The booking guard, as a booking path needs it. Nothing here raises."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}

    def may_call(self, service: str) -> tuple[bool, str | None]:
        """Whether to call a service, and the permit; a guard that is away stops nobody, and gives no permit."""
        answer = self._post(f"/v1/breakers/{service}/permit", {"use": "write"})
        if answer.data is None or answer.status != 200:
            return True, None
        permit = answer.data.get("permit")
        return answer.data.get("granted") is not False, permit if isinstance(permit, str) else None

    def report(self, service: str, permit: str | None, outcome: Answer) -> None:
        """How the call went; the guard knows which statuses count."""
        if permit is None:
            return
        if 200 <= outcome.status < 300 and outcome.data is not None:
            self._post(f"/v1/breakers/{service}/success", {"permit": permit})
            return
        cause = "no_answer" if outcome.status == 0 else "no_json" if outcome.status < 300 else "refused"
        status = outcome.status if 100 <= outcome.status < 600 else None
        self._post(f"/v1/breakers/{service}/failure", {"permit": permit, "cause": cause, "status": status})

    def settle(self, announcement: dict[str, object]) -> dict[str, object] | None:
        """The word on a booking just announced; None: there is none. Asked twice with one key it is one question."""
        for _ in range(2):
            answer = self._post("/v1/bookings/rollback", announcement)
            if answer.status == 200 and answer.data is not None:
                return answer.data
            if answer.status not in {0, 429, 500, 502, 503, 504}:
                return None
            time.sleep(min(answer.retry_after, 2.0))
        return None

    def _post(self, path: str, body: object) -> Answer:
        return post(self._url + path, body, self._headers, _GUARD_SECONDS.get(path, _OTHER_SECONDS))


def book(event_type: int, start: str, call: str) -> Answer:
    """Book in Cal.com, once: a second request could be refused because of the first."""
    attendee = {"name": "Example", "email": "example@example.invalid", "timeZone": "Europe/Berlin"}
    body = {"eventTypeId": event_type, "start": start, "attendee": attendee, "metadata": {"call_id": call}}
    headers = {"Authorization": f"Bearer {os.environ['CALCOM_KEY']}", "cal-api-version": "2026-02-25"}
    return post(f"{os.environ['CALCOM_URL']}/v2/bookings", body, headers, 10.0)


def announced_id(data: dict[str, object] | None) -> str | None:
    """The id to announce: of a seat where several share the booking, of the first part of a series; None: none."""
    booking = data.get("data") if data is not None else None
    if isinstance(booking, list):
        booking = booking[0] if booking else None
    if not isinstance(booking, dict):
        return None
    return next((uid for name in ("seatUid", "uid") if isinstance(uid := booking.get(name), str) and uid), None)


def main(call_id: int, event_type: int, start: str) -> int:
    """Book, tell the breaker how it went, write the rows, and let the guard look before anybody is told."""
    guard = Guard(os.environ["BOOKING_GUARD_URL"], os.environ["BOOKING_GUARD_KEY"])
    granted, permit = guard.may_call("calcom")
    if not granted:
        print("The calendar cannot be reached at the moment; we will call you back.")
        return 1
    outcome = book(event_type, start, f"call_{call_id}")
    guard.report("calcom", permit, outcome)
    # Here the application writes its rows: the appointment, and the flags of the call.
    announcement = {
        "call_id": call_id,
        "external_booking_id": announced_id(outcome.data),
        "announced_at": datetime.now(UTC).isoformat(),
        "idempotency_key": uuid.uuid4().hex,
    }
    is_taken = outcome.status in {400, 409} and _TAKEN.search(outcome.text) is not None
    return say(guard.settle(announcement), is_taken=is_taken)


def say(answer: dict[str, object] | None, *, is_taken: bool) -> int:
    """What the caller is told: another time only where the guard has looked, and the first booking does not live."""
    tell = str(answer.get("tell")) if answer is not None else None
    if tell in {"booked", "changed"}:
        print("Your appointment is booked." if tell == "booked" else "Your appointment was changed.")
        return 0
    if is_taken and tell in {"being_checked", "not_booked"}:
        print("That time is taken; which other one would suit you?")
        return 3
    if tell == "not_booked":
        print("The appointment could not be booked; we will call you back.")
        return 1
    print("Your appointment is being checked; we will confirm it.")
    return 2


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
