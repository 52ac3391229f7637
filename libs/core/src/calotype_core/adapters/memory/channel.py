from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from calotype_core.ports.channel import Answer, Channel, Message, NotTakenError, excerpt


class MemoryChannel(Channel):
    """Keeps what was sent; answers, one each time, are what it is told to say, then 200."""

    def __init__(self, answers: Iterable[Answer | NotTakenError] = ()) -> None:
        self.sent: list[Message] = []
        self.answers = deque(answers)

    async def send(self, message: Message) -> Answer:
        """See Channel."""
        self.sent.append(message)
        answer = self.answers.popleft() if self.answers else Answer(status=200)
        if isinstance(answer, NotTakenError):
            raise answer
        return replace(answer, text=excerpt(answer.text))
