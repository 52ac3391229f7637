"""How what is told reads to people; what programs read is in the catalogue."""

from calotype_notifier.words.messages import compose, message_of

__all__ = ["compose", "message_of"]
