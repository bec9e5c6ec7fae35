"""What may be kept and logged of an error: its kind and where it came up. Its text may quote a record or a password."""

from __future__ import annotations

from pathlib import Path
from typing import Final

KEPT: Final = 12


def places(error: BaseException) -> list[str]:
    """Where it went through, the last place last: ``module:line``, without text or source."""
    found, trace = [], error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        found.append(f"{path.parent.name}/{path.stem}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-KEPT:]


def described(error: BaseException) -> str:
    """``ValueError in deals/stages:41``."""
    return f"{type(error).__name__} in {(places(error) or ['?'])[-1]}"
