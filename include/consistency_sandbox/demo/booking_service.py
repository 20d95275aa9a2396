"""The booking service as a process of its own, on a free port of the loopback address."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from data_consistency.errors import DataConsistencyError

_SECONDS = 60.0  # a busy machine makes nothing wrong


def start(environ: Mapping[str, str], *options: str) -> "subprocess.Popen[str]":
    """`consistency booking serve`, as an operator types it; `url_of` waits until it answers."""
    return subprocess.Popen(
        [sys.executable, "-m", "data_consistency", "booking", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def url_of(process: "subprocess.Popen[str]") -> str:
    """The address that the command says, once it answers.

    Raises:
        DataConsistencyError: it ended, or does not answer.
    """
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    until = time.monotonic() + _SECONDS
    while found is not None and time.monotonic() < until:
        try:
            httpx.get(f"{found[0]}/health")
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return found[0]
    raise DataConsistencyError("the booking service did not start; `consistency booking serve` says why")


@contextmanager
def serving(environ: Mapping[str, str], *options: str) -> Iterator[str]:
    """The address of a service that is stopped at the end."""
    process = start(environ, *options)
    try:
        yield url_of(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_SECONDS)
