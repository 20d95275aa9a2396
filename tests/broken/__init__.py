"""Every state that the doctor knows, by what it is about; produced in a real database."""

from tests.broken import changes, files, messages, progress, questions, server, structure
from tests.broken.world import State

STATES: dict[str, State] = {
    **structure.STATES,
    **server.STATES,
    **files.STATES,
    **progress.STATES,
    **messages.STATES,
    **questions.STATES,
    **changes.STATES,
}
