"""For tests that look for a word which they wrote in the same transaction."""

from __future__ import annotations

import pytest

words_at_once = pytest.mark.only_on(
    "sqlite",
    "postgresql",
    reason="MariaDB finds words of committed rows only; tests/kernel/search and tests/contracts/test_finding.py commit",
)
