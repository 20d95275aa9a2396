"""What pages about a whole database have in common: who may see them, how numbers of forms are read."""

from http import HTTPStatus

from fastapi import Request

from data_consistency.errors import WrongUse
from data_consistency.review.viewers import Viewer
from data_consistency.runtime import Runtime
from data_consistency.web.pages.forms import Form
from data_consistency.web.pages.house import House, Refused


def runtime_of(request: Request, house: House, source: str) -> Runtime:
    """The database, for who sees all of it: its figures are of every company.

    Raises:
        Refused: they see some companies alone.
    """
    if person_of(request).companies is not None:
        raise Refused(HTTPStatus.FORBIDDEN, "only_all")
    return house.runtime(source)


def person_of(request: Request) -> Viewer:
    """Who asks."""
    person = request.state.visitor.person
    assert isinstance(person, Viewer)
    return person


def form_of(request: Request) -> Form:
    """What they sent."""
    form = request.state.form
    assert isinstance(form, Form)
    return form


def number(text: str) -> int:
    """A whole number of the database.

    Raises:
        WrongUse: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < len(str(2**63))):
        raise WrongUse("that is no number of a list")
    return int(text)
