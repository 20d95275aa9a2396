"""Cal.com's API v2: what the calendar says, and how it is asked.

Knows nothing of the database, the rules or Airflow: bookings go in and out as values.
"""

from data_consistency.calendar.calcom.booking import Booked, NewBooking, Outcome
from data_consistency.calendar.calcom.client import CalcomClient
from data_consistency.calendar.calcom.connection import HOSTED, SELF_HOSTED, Connection, Limits, load_connection
from data_consistency.calendar.calcom.listing import Edge, Query, Window
from data_consistency.calendar.calcom.models import Booking, Profile, Standing, Status, Unreadable
from data_consistency.calendar.calcom.walk import Shortfall, Walk

__all__ = [
    "HOSTED",
    "SELF_HOSTED",
    "Booked",
    "Booking",
    "CalcomClient",
    "Connection",
    "Edge",
    "Limits",
    "NewBooking",
    "Outcome",
    "Profile",
    "Query",
    "Shortfall",
    "Standing",
    "Status",
    "Unreadable",
    "Walk",
    "Window",
    "load_connection",
]
