"""`consistency calcom fake`: a calendar of our own to rehearse with."""

from typing import Annotated

import typer

from data_consistency import extras


def fake(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on the loopback address; 0 takes a free one.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same uids.")] = 1,
    running_clock: Annotated[bool, typer.Option(help="Let its clock run instead of standing still.")] = False,
) -> None:
    """Serve a fake Cal.com on the loopback address until interrupted."""
    extras.require("sandbox", "a Cal.com of our own")
    from consistency_sandbox import fake_calcom

    clock = fake_calcom.RunningClock() if running_clock else fake_calcom.ManualClock()
    server = fake_calcom.FakeCalcom(port=port, world=fake_calcom.World(seed=seed, clock=clock))
    listening = server.listen()
    typer.echo(f"export CONSISTENCY_CALCOM_URL={server.url} CONSISTENCY_CALCOM_KEY={fake_calcom.KEY}")
    server.serve(listening)
