"""The one way in which the kit says that it cannot read a value."""

from __future__ import annotations

from typing import Any


def gettext_noop(message: str) -> str:
    """Mark ``message`` for the message extractor and give it back.

    Django's own function of this name asks for the settings even to do nothing; the kit has none. The extractor looks
    for the name only, so a message marked here is found all the same.
    """
    return message


class Unreadable(ValueError):
    """A typed, imported or received value that cannot be understood.

    ``code`` is stable and for machines ("not_a_date"); ``message`` is the English msgid with ``%(name)s`` places, to be
    translated by whoever shows it; ``params`` fill the places.
    """

    def __init__(self, code: str, message: Any, **params: Any) -> None:
        super().__init__(code, message, params)
        self.code = code
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return str(self.message) % self.params if self.params else str(self.message)
