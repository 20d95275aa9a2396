"""Health of the watch itself: what a silent failure could hide in, one function a sign. Silence is never health."""

from data_consistency.health.examination import examine
from data_consistency.health.sign import Sign

__all__ = ["Sign", "examine"]
