"""A booking path that asks the booking guard: standard library only, so that it can be copied anywhere.

    BOOKING_GUARD_URL=http://127.0.0.1:8090 BOOKING_GUARD_KEY=dck_... CALCOM_URL=... CALCOM_KEY=... \
        python examples/booking_path.py CALL_ID EVENT_TYPE START

Prints what the caller may be told. Status 0: the booking stands; 1: it does not; 2: nobody can say yet.
"""

import json
import os
import sys
import urllib.error
import urllib.request


class Guard:
    """The booking guard, as a booking path needs it."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    def may_call(self, service: str) -> str | None:
        """A permit for one call of a service; None: not now."""
        answer = self._post(f"/v1/breakers/{service}/permit", {"use": "write"})
        return str(answer["permit"]) if answer["granted"] else None

    def succeeded(self, service: str, permit: str) -> None:
        """The service answered."""
        self._post(f"/v1/breakers/{service}/success", {"permit": permit})

    def failed(self, service: str, permit: str, *, cause: str, status: int | None = None) -> None:
        """It did not, or refused; the guard knows which statuses count."""
        self._post(f"/v1/breakers/{service}/failure", {"permit": permit, "cause": cause, "status": status})

    def settle(self, call_id: int, booking_uid: str | None) -> dict[str, object]:
        """Whether the booking just announced exists; taken back where it does not."""
        return self._post("/v1/bookings/rollback", {"call_id": call_id, "external_booking_id": booking_uid})

    def _post(self, path: str, body: object) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._url}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return dict(json.load(answer))


def book(event_type: int, start: str, call: str) -> str | None:
    """Book in Cal.com; the uid, or None where the answer holds none."""
    attendee = {"name": "Example", "email": "example@example.invalid", "timeZone": "Europe/Berlin"}
    body = {"eventTypeId": event_type, "start": start, "attendee": attendee, "metadata": {"call_id": call}}
    headers = {
        "Authorization": f"Bearer {os.environ['CALCOM_KEY']}",
        "Content-Type": "application/json",
        "cal-api-version": "2026-02-25",
    }
    request = urllib.request.Request(f"{os.environ['CALCOM_URL']}/v2/bookings", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        data = json.load(answer).get("data")
        return data.get("uid") if isinstance(data, dict) else None


def main(call_id: int, event_type: int, start: str) -> int:
    """Book, tell the breaker how it went, write the rows, and let the guard look before anybody is told."""
    guard = Guard(os.environ["BOOKING_GUARD_URL"], os.environ["BOOKING_GUARD_KEY"])
    permit = guard.may_call("calcom")
    if permit is None:
        print("The calendar cannot be reached at the moment; we will call you back.")
        return 1
    uid = None
    try:
        uid = book(event_type, start, f"call_{call_id}")
    except urllib.error.HTTPError as error:
        guard.failed("calcom", permit, cause="refused", status=error.code)
    except (OSError, ValueError) as error:
        guard.failed("calcom", permit, cause=type(error).__name__)
    else:
        guard.succeeded("calcom", permit)
    # Here the application writes its rows: the appointment, and the flags of the call.
    answer = guard.settle(call_id, uid)
    if answer["booking_stands"]:
        print("Your appointment is booked.")
        return 0
    if answer["verdict"] == "unknown":
        print("Your appointment is being checked; we will confirm it.")
        return 2
    print("The appointment could not be booked; we will call you back.")
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
