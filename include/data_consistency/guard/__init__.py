"""Guarded calls of services that may fail: the circuit breaker as a process meets it.

The database decides (`db/breaker.py`); here is what a process keeps of it, so that a healthy call costs no I/O.
"""

from data_consistency.guard.breakers import Breakers
from data_consistency.guard.calls import CircuitBreaker
from data_consistency.guard.deadline import remaining_seconds
from data_consistency.guard.gate import Gate
from data_consistency.guard.metrics import CallLog

__all__ = ["Breakers", "CallLog", "CircuitBreaker", "Gate", "remaining_seconds"]
