"""The engine's part: a network, services in the order that the file wants, started again when they end, taken down."""

import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from consistency_sandbox.rehearsal.composition import Service
from consistency_sandbox.rehearsal.container import BRIDGE, NETWORK, Container, ContainerFailed, wait_until
from consistency_sandbox.rehearsal.image import Image

_HEALTHY_SECONDS = 300
_ENDED_SECONDS = 300
Say = Callable[[str], None]


class Engine:
    """What runs of the file; holds the containers, and a thread that starts again what ended."""

    def __init__(self, services: Mapping[str, Service], image: Image, folder: Path, say: Say) -> None:
        self.say = say
        self.containers: dict[str, Container] = {}
        self._services = services
        self._is_down = threading.Event()
        self._watch = threading.Thread(target=self._restart_what_ended, daemon=True)
        for service in services.values():
            for replica in range(1, service.replicas + 1):
                name = service.name if service.replicas == 1 else f"{service.name}-{replica}"
                number = 10 + len(self.containers)
                self.containers[name] = Container(
                    service=service,
                    number=number,
                    host=name,
                    folder=folder / "containers" / name,
                    image=image,
                    volumes=folder / "volumes",
                )
        self._hosts = {name: container.address for name, container in self.containers.items()}
        self._known_healthy: set[str] = set()

    def up(self) -> None:
        """Start everything, each service when what it waits for is there."""
        self._watch.start()
        done: set[str] = set()
        while len(done) < len(self._services):
            ready = [name for name, one in self._services.items() if name not in done and set(one.waits_for) <= done]
            for name in ready:
                self._await(self._services[name])
                for container in self.of(name):
                    container.start(self._hosts)
            done |= set(ready)
        for name, service in self._services.items():
            if service.stays and name != "upkeep":  # unhealthy there means that somebody should look
                for container in self.of(name):
                    if container.host not in self._known_healthy:
                        self.await_health(container)

    def of(self, name: str) -> list[Container]:
        """The replicas of a service."""
        return [container for container in self.containers.values() if container.service.name == name]

    def start(self, name: str) -> Container:
        """Start one container again and wait for its health."""
        container = self.containers[name]
        container.start(self._hosts)
        self.await_health(container)
        return container

    def restart(self, name: str, seconds: float = 2) -> None:
        """Kill a container and start it again a moment later."""
        self.containers[name].kill()
        time.sleep(seconds)
        self.start(name)

    def await_health(self, container: Container) -> None:
        """Wait until the file's health check is content."""
        what = f"{container.host} healthy; see {container.log}"
        took = wait_until(what, container.is_healthy, timeout_seconds=_HEALTHY_SECONDS)
        self._known_healthy.add(container.host)
        self.say(f"  {container.host:24} healthy after {took:.0f} s")

    def down(self) -> list[str]:
        """Stop everything; returns the names that still ran afterwards."""
        self._is_down.set()
        for container in reversed(self.containers.values()):
            container.stop()
        return [name for name, container in self.containers.items() if container.is_running]

    def _await(self, service: Service) -> None:
        for target, condition in service.waits_for.items():
            for container in self.of(target):
                if condition == "service_healthy":
                    if container.host not in self._known_healthy:
                        self.await_health(container)
                else:
                    self._await_end(container)

    def _await_end(self, container: Container) -> None:
        assert container.process is not None
        code = container.process.wait(_ENDED_SECONDS)
        container.is_wanted = False
        if code:
            raise ContainerFailed(f"{container.host} ended with status {code}; see {container.log}")

    def _restart_what_ended(self) -> None:
        while not self._is_down.wait(1):
            for container in self.containers.values():
                if container.is_wanted and container.service.stays and not container.is_running:
                    self.say(f"  {container.host} ended and is started again")
                    container.start(self._hosts)


def make_network() -> None:
    """The loopback address and the bridge of a network namespace that has neither."""
    for words in (
        ["ip", "link", "set", "lo", "up"],
        ["ip", "link", "add", BRIDGE, "type", "bridge"],
        ["ip", "addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE],
        ["ip", "link", "set", BRIDGE, "up"],
    ):
        subprocess.run(words, check=True, capture_output=True)
