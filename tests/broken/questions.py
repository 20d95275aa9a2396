"""Broken states of what waits for people."""

from tests.broken.world import INCIDENT, ITEM, NOW, State, ago

STATES = {
    "an incident waits": State(
        sign="incidents",
        said="1 wait for a person",
        remedy="`consistency incident list`",
        sql=(f"{INCIDENT}('cap_exceeded', 'r', 'calls', 'open', 30, 25, 'd', 'r', {NOW}, {NOW}, NULL, NULL, {NOW})",),
    ),
    "an approved plan is not applied": State(
        sign="plans",
        said="plan 1 of r is still approved",
        remedy="`consistency check`",
        sql=(
            f"{INCIDENT}('cap_exceeded', 'r', 'calls', 'approved', 30, 25, 'd', 'r', {ago(9)}, {NOW}, {ago(3)},"
            f" {ago(-90)}, {NOW})",
        ),
    ),
    "an approved plan has expired": State(
        sign="plans",
        said="plan 1 of r has expired",
        remedy="asked about anew",
        sql=(
            f"{INCIDENT}('cap_exceeded', 'r', 'calls', 'approved', 30, 25, 'd', 'r', {ago(900)}, {NOW}, {ago(800)},"
            f" {ago(2)}, {NOW})",
        ),
    ),
    "questions are overdue": State(
        sign="review queue",
        said="1 questions wait for over 7 days",
        remedy="`consistency queue list`",
        sql=(f"{ITEM}(1, 'call', 1, 'r', 'pending', 'question', NULL, 'f', {ago(200)}, {NOW})",),
    ),
    "claims are abandoned": State(
        sign="review queue",
        said="1 claims are older than a day",
        remedy="review_queue_processing",
        sql=(f"{ITEM}(1, 'call', 1, 'r', 'in_progress', 'question', {ago(40)}, 'f', {ago(41)}, {NOW})",),
    ),
    "a question names no company": State(
        sign="companies of findings",
        said="0 findings and 1 review items name none",
        remedy="`consistency check --full`",
        sql=(f"{ITEM}(NULL, 'call', 1, 'r', 'pending', 'question', NULL, 'f', {NOW}, {NOW})",),
    ),
    "a booking is not looked at again": State(
        sign="bookings unverified",
        said="1 wait, the oldest since",
        remedy="`consistency booking recheck`",
        sql=(
            "INSERT INTO consistency_booking_rechecks (company_id, call_id, requested_at, due_at, cause, created_at,"
            f" updated_at) VALUES (1, 1, {ago(3)}, {ago(2)}, 'c', {NOW}, {NOW})",
        ),
    ),
    "a hint is not looked at": State(
        sign="hints",
        said="1 wait, the oldest since",
        remedy="`consistency booking serve`",
        sql=(
            "INSERT INTO consistency_hints (provider, company_id, kind, ref, digest, said_at, received_at, due_at)"
            f" VALUES ('calcom', 1, 'BOOKING_PAID', 'u', 'd', {ago(1)}, {ago(1)}, {ago(1)})",
        ),
    ),
    "a key ends": State(
        sign="booking keys",
        said="'shop' of company 1 on",
        remedy="`consistency booking create-key`",
        sql=(
            "INSERT INTO consistency_api_keys (company_id, name, key_hash, expires_at, created_at, created_by)"
            f" VALUES (1, 'shop', 'h', {ago(-48)}, {NOW}, 'a')",
        ),
    ),
}
