"""Who may ask, how often, and in which version: decided before anything is read."""

import email.utils
from datetime import datetime, timedelta

from consistency_sandbox.fake_calcom.reply import Denied
from consistency_sandbox.fake_calcom.world import World

OLDEST = "2024-04-15"
_BOOKINGS = frozenset({"2024-08-13", "2026-02-25"})
_ROUTES = {  # version that each operation is mapped to, beside the oldest, which is mapped everywhere
    "list": frozenset({"2024-08-13", "2026-05-01"}),
    "create": _BOOKINGS,
    "get": _BOOKINGS,
    "cancel": _BOOKINGS,
    "reschedule": _BOOKINGS,
}
_REAL = frozenset({"2024-06-11", "2024-06-14", "2024-08-13", "2024-09-04", "2026-02-25", "2026-05-01"})
_MINUTE = timedelta(seconds=60)


class Gate:
    """Credentials, limits and versions of one server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._asked: dict[str, list[datetime]] = {}
        self._blocked: dict[str, datetime] = {}

    def admit(self, operation: str, token: str | None) -> None:
        """Let a request in.

        Raises:
            Denied: by 401, 403 or 498.
        """
        key = self._world.keys.get(token or "")
        if key is not None:
            if key.requests_left == 0:
                raise Denied(498, "Access token expired") if key.oauth else Denied(401, "Your api key is expired")
            if key.requests_left is not None:
                key.requests_left -= 1
            return
        if token and token.startswith("cal_"):
            raise Denied(401, "Your api key is not valid")
        if operation == "me":
            raise Denied(401, "ApiAuthStrategy - no authentication provided")
        if operation == "list":
            # The real one repeats the bearer's token in its words.
            raise Denied(403, f"PermissionsGuard - no oAuth client found for access token={token}" if token else "no")

    def limit(self, token: str | None) -> dict[str, str]:
        """Count a request; the headers of its limit.

        Raises:
            Limited: too many, or blocked for an earlier excess.
        """
        name, now = token or "anonymous", self._world.clock.now()
        asked = self._asked[name] = [at for at in self._asked.get(name, []) if at > now - _MINUTE]
        blocked = self._blocked.get(name)
        if blocked is not None and blocked > now:
            raise Limited(self._headers(0, blocked - now, refused=True))
        if len(asked) >= self._world.switches.limit:
            self._blocked[name] = now + _MINUTE
            raise Limited(self._headers(0, _MINUTE, refused=True))
        asked.append(now)
        return self._headers(self._world.switches.limit - len(asked), asked[0] + _MINUTE - now, refused=False)

    def version(self, operation: str, asked: str | None, *, method: str, path: str) -> str:
        """The version that answers: silently the oldest when none or a made-up one was asked for.

        Raises:
            Denied: 404, a real version that this route does not have.
        """
        if operation == "me":
            return asked or OLDEST
        known = _REAL - set(self._world.switches.silent_versions)
        if asked is None or asked == OLDEST or asked not in known:
            return OLDEST
        if asked not in _ROUTES[operation]:
            raise Denied(404, f"Cannot {method} {path}")
        return asked

    def _headers(self, remaining: int, reset: timedelta, *, refused: bool) -> dict[str, str]:
        switches, now = self._world.switches, self._world.clock.now()
        seconds = max(1, int(reset.total_seconds()))
        headers = {
            f"X-RateLimit-Limit-{switches.limit_name}": str(switches.limit),
            f"X-RateLimit-Remaining-{switches.limit_name}": str(remaining),
        }
        if switches.limit_reset == "seconds":
            headers[f"X-RateLimit-Reset-{switches.limit_name}"] = str(seconds)
        elif switches.limit_reset == "epoch":
            headers[f"X-RateLimit-Reset-{switches.limit_name}"] = str(int((now + reset).timestamp()))
        if refused and switches.retry_after == "seconds":
            headers["Retry-After"] = str(seconds)
        elif refused and switches.retry_after == "date":
            headers["Retry-After"] = email.utils.format_datetime(now + reset, usegmt=True)
        return headers


class Limited(Denied):
    """429 with its headers."""

    def __init__(self, headers: dict[str, str]) -> None:
        """Keep the headers."""
        super().__init__(429, "ThrottlerException: Too Many Requests")
        self.headers = headers
