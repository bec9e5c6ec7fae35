"""Log lines: one JSON object a line for machines, or short coloured lines for a terminal; always on stderr."""

from __future__ import annotations

import logging.config
import sys
from typing import Any

import structlog

# structlog's own calls and those of Django and other libraries go through the same steps.
_STEPS: list[Any] = [
    structlog.contextvars.merge_contextvars,  # the request's id, bound by middleware.frame
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
"""Tracebacks without local variables: those hold customers and secrets, and logs are read by more people than records.
"""


def logging_config(form: str, level: str) -> dict[str, Any]:
    """A ``dictConfig``. ``form`` is ``json``, ``console`` or ``auto``: console when a person looks at stderr."""
    if form == "auto":
        form = "console" if sys.stderr.isatty() else "json"
    ends: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        ends += [_TRACEBACKS, structlog.processors.JSONRenderer()]
    else:
        ends += [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {"()": structlog.stdlib.ProcessorFormatter, "foreign_pre_chain": _STEPS, "processors": ends}
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            "django": {"level": level.upper(), "propagate": True, "handlers": []},
            "django.request": {"level": "ERROR"},  # a 404 is no news
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # scanners; the 400 says enough
            "django.db.backends": {"level": "INFO"},  # at debug it would print personal data
            "_granian": {"level": "WARNING"},
        },
    }


def apply(config: dict[str, Any]) -> None:
    """Django's ``LOGGING_CONFIG``: standard logging first, then structlog on top of it."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_STEPS,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
