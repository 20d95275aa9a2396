"""A Cal.com of our own: a real server on the loopback address, in memory, with a clock moved by hand.

It does what the real one was seen to do, also where that is odd, and fails in every way a client must survive. Its
control API lies outside /v2.
"""

from consistency_sandbox.fake_calcom.faults import Fault, Kind
from consistency_sandbox.fake_calcom.server import FakeCalcom
from consistency_sandbox.fake_calcom.world import BEGIN, KEY, ManualClock, RunningClock, World

__all__ = ["BEGIN", "KEY", "FakeCalcom", "Fault", "Kind", "ManualClock", "RunningClock", "World"]
