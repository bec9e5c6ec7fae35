"""What a running job tells and is told: how far it is, and whether to stop."""

from __future__ import annotations

import threading

from django.utils.functional import Promise


class Interrupted(Exception):
    """The job should end now, and leave what it has done. Not a failure."""


class Cancelled(Interrupted):
    """Somebody cancelled it."""


class Lost(Interrupted):
    """Its lease ran out; another worker may be at it, and nothing more of this run counts."""


class Stopping(Interrupted):
    """This process ends; the job goes back and runs again elsewhere, from where it can."""


class Failed(Exception):
    """For job functions to raise: the text is kept and shown to people, so it must hold no secret.

    ``final`` gives the job up at once. Of any other exception only its kind and place are kept.
    """

    def __init__(self, text: str | Promise, *, final: bool = False) -> None:
        super().__init__(str(text))
        self.final = final


class Progress:
    """Handed to a job function. ``step`` costs nothing: the worker's heart writes it down, once a second at most."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self.done = 0
        self.total: int | None = None
        self.message = ""
        self.dirty = False
        self.cancelled = False
        self.lost = False
        self._stop = stop

    def step(self, done: int, total: int | None = None, message: str | Promise = "") -> None:
        """Say how far it is. Raises :class:`Interrupted` when the job should end, so call it between units of work and
        outside of transactions.
        """
        self.done, self.total, self.message, self.dirty = done, total, str(message)[:200], True
        self.check()

    def check(self) -> None:
        """Only ask whether to go on."""
        if self.lost:
            raise Lost
        if self.cancelled:
            raise Cancelled
        if self._stop is not None and self._stop.is_set():
            raise Stopping
