"""A way to tell people or programs: a webhook, a topic, a letter.

    CalotypeError
    └── NotTakenError                  the message was not taken; another try may do better
        ├── EndpointUnreachableError, EndpointTimeoutError, EndpointThrottledError
        ├── (each adapter adds its own beside the code that raises it)
        └── GoneError                  the endpoint wants no message any more, this one or another

Messages name the endpoint's host and never more of its address, which may hold a key, nor a secret.
"""

from dataclasses import dataclass, field
from typing import Protocol

from calotype_core.errors import CalotypeError

EXCERPT_CHARS = 500  # of an answer that are kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What is told, in every form that a channel may take it in: to programs and to people.

    message_id is the same on every try. body is JSON, as docs/events.md has it; subject is one
    line; secrets sign, the newest first, where the channel signs. A webhook takes the body alone:
    what is sent to one need have no status, and no words.
    """

    message_id: str
    event_type: str
    to: str
    body: str
    status: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What whoever took the message said: an HTTP status where there is one, and an excerpt."""

    status: int | None = None
    text: str = ""


def excerpt(text: str) -> str:
    """Return as much of an answer as is kept: its beginning, on one line, printable."""
    words = "".join(one if one.isprintable() else " " for one in text[: 4 * EXCERPT_CHARS]).split()
    return " ".join(words)[:EXCERPT_CHARS].rstrip()


class NotTakenError(CalotypeError):
    """The message was not taken.

    status and text are of the answer, where there was one; again_in are the seconds before which
    the endpoint asked not to be tried; silent: there was no answer, and it took time to learn that.
    """

    code = "endpoint_failed"
    status = 502
    retry = True

    def __init__(
        self,
        message: str,
        *,
        answer: Answer | None = None,
        again_in: float = 0,
        silent: bool = False,
    ) -> None:
        super().__init__(message)
        self.answer = answer or Answer()
        self.again_in = again_in
        self.silent = silent


class EndpointUnreachableError(NotTakenError):
    """The endpoint's name leads to no address just now, or nobody takes a connection there."""

    code = "endpoint_unreachable"


class EndpointTimeoutError(NotTakenError):
    """The endpoint did not answer in time; it may have taken the message."""

    code = "endpoint_timeout"


class EndpointThrottledError(NotTakenError):
    """The endpoint wants to be told later."""

    code = "endpoint_throttled"


class GoneError(NotTakenError):
    """The endpoint said that it wants no message any more: 410 Gone."""

    code = "endpoint_gone"
    retry = False


class Channel(Protocol):
    """One way to tell."""

    async def send(self, message: Message) -> Answer:
        """Hand the message over, in bounded time; once this returns, it was taken.

        The same message may be sent again: what it is taken for is told by its id. Raises
        NotTakenError, GoneError.
        """
