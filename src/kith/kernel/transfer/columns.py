"""What the columns of a file hold, told from all of their cells: a date is read as the whole column says, not as its
row.

One pass, with a little memory a column: counts of the forms that occur, a few samples, and the values themselves while
they are few.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from kith.kernel.kit.locale import Locale
from kith.kernel.transfer.cells import Cell, Line, blank, text_of

SAMPLES: Final = 3
FEW: Final = 60
"""Distinct values up to here are kept: a list of choices has no more."""

SETTLED: Final = 1000
"""A column whose first thousand values are all words, or all addresses, is that; the rest is only counted."""

MENTIONED: Final = 20
_MEMO: Final = 20_000

_NUMBER = r"(?:(?:\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+|\d+)(?:[.,]\d+)?|[.,]\d+)"
_YMD, _DMY = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})"
_NAMED = r"(?:\d{1,2}\.? )?[^\W\d_]{3,10}\.?,? (?:\d{1,2}(?:st|nd|rd|th)?,? )?\d{4}"
_CLOCK = r"[T ,]+\d{1,2}[:.]\d{2}.*"
_SPOILT = r"\d(?:[.,]\d+)?E\+\d{1,3}|#{3,}|#(?:REF|N/A|VALUE|NAME|DIV/0|NUM|NULL)[!?]?"
_CODE_AND_SIGN = r"[A-Z]{3} ?|[A-Z]{0,2}[$€£¥₹₩₽]\s?"
_MONEY = rf"[+-]?(?:{_CODE_AND_SIGN})[+-]?{_NUMBER}[KMB万]?|{_NUMBER}[KMB万]?\s?(?:[$€£¥元]|[A-Z]{{3}})"
FORMS: Final = (
    ("int", re.compile(r"[+-]?(?:0|[1-9]\d{0,14})")),
    ("code", re.compile(r"0\d+|\d{16,}")),
    ("damaged", re.compile(_SPOILT, re.IGNORECASE)),
    ("email", re.compile(r"[^\s@;,]+@[^\s@;,]+\.[^\s@;,]+")),
    ("date", re.compile(rf"{_YMD}|{_DMY}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日")),
    ("datetime", re.compile(rf"(?:{_YMD}|{_DMY}){_CLOCK}")),
    ("named_date", re.compile(_NAMED)),
    ("named_datetime", re.compile(_NAMED + _CLOCK)),
    ("number", re.compile(rf"[+-]?{_NUMBER}|\({_NUMBER}\)")),
    ("percent", re.compile(rf"[+-]?{_NUMBER} ?%")),
    ("money", re.compile(_MONEY)),
    ("bool", re.compile(r"yes|no|true|false|y|n|on|off|是|否", re.IGNORECASE)),
    ("url", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("phone", re.compile(r"\+?[\d()][\d ().\-/]{5,}(?:\s?(?:x|ext\.?)\s?\d+)?", re.IGNORECASE)),
    ("uuid", re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)),
)
_FIGURE = re.compile(r"[\d@#]")
WORDED: Final = tuple(one for one in FORMS if one[0] in ("bool", "url", "phone", "uuid"))
"""What may be without a figure: nearly all texts are without, and then tried in a fifth of the time."""

_TRIPLE = re.compile(r"\d{1,3}[.,]\d{3}")
_PARTS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?!\d)")


@dataclass(slots=True)
class Column:
    """What one column holds. ``forms`` counts what its cells look like; ``values`` is empty when they are too many."""

    name: str
    filled: int = 0
    longest: int = 0
    forms: dict[str, int] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)
    values: dict[str, int] = field(default_factory=dict)
    several: int = 0  # cells with a ; or | between words
    decimal: str = ""  # "." or ",": the sign of the decimals; "" when nothing tells
    order: str = ""  # "dmy", "mdy": the order of day and month; "" when nothing tells
    unclear: str = ""  # "number" or "date": it could be read in two ways; "mixed_…": it must be
    damaged: list[int] = field(default_factory=list)  # rows that a spreadsheet has spoilt

    @property
    def form(self) -> str:
        """What nearly all of its cells look like; "text" else."""
        seen = {one: count for one, count in self.forms.items() if one != "damaged"}
        if not seen:
            return "text"
        whole = sum(seen.values())
        if set(seen) <= {"int", "number"}:
            return "int" if set(seen) == {"int"} else "number"
        for alike, name in (
            ({"date", "named_date"}, "date"), ({"date", "datetime", "named_date", "named_datetime"}, "datetime"),
            ({"int", "number", "money"}, "money"), ({"int", "number", "percent"}, "percent"),
            ({"phone", "int", "code", "number"}, "phone"), ({"int", "code"}, "code"),
        ):  # fmt: skip
            if set(seen) <= alike and (name in seen or name in ("date", "datetime")):
                return name
        best, count = max(seen.items(), key=lambda one: one[1])
        return best if count >= whole * 0.95 else "text"

    @property
    def type(self) -> str:
        """The field type that a field for this column would have."""
        named = {"int": "number", "number": "number", "date": "date", "datetime": "datetime", "bool": "bool"}
        named |= {"money": "money", "percent": "percent", "email": "emails", "url": "url", "phone": "phones"}
        if (found := named.get(self.form)) is not None:
            return found
        if self.values and self.filled >= 10 and len(self.values) * 3 <= self.filled:
            return "multi_choice" if self.several * 2 > self.filled else "choice"
        return "long_text" if self.longest > 200 else "text"


@dataclass(slots=True)
class Survey:
    """All columns, the number of rows, and what is wrong with the file as a whole."""

    columns: list[Column] = field(default_factory=list)
    rows: int = 0
    wrong: int = 0


def survey(names: Sequence[str], lines: Iterable[Line], locale: Locale) -> Survey:
    """Look at every cell once. ``locale`` decides what the columns leave open, and then ``unclear`` says so."""
    found = [_Watch(Column(name)) for name in names]
    made = Survey([one.column for one in found])
    memo: dict[str, str] = {}
    for line in lines:
        made.rows += 1
        if line.wrong:
            made.wrong += 1
        for watch, cell in zip(found, line.cells, strict=False):
            if cell not in ("", None):
                watch.see(cell, line.number, memo)
        if len(memo) > _MEMO:
            memo.clear()
    for watch in found:
        watch.decide(locale)
    return made


class _Watch:
    """One column while it is being looked at."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.words = False
        self.many = False
        self.point = self.comma = self.either = 0
        self.day_first = self.month_first = self.open = 0

    def see(self, cell: Cell, number: int, memo: dict[str, str]) -> None:
        column = self.column
        if not isinstance(cell, str):
            self._other(cell)
            return
        text = cell.strip()
        if not text:
            return
        column.filled += 1
        if len(text) > column.longest:
            column.longest = len(text)
        if not self.many or len(column.samples) < SAMPLES:
            self._value(text)
        if self.words:
            return
        form = memo.get(text)
        if form is None:
            form = memo[text] = form_of(text)
        column.forms[form] = column.forms.get(form, 0) + 1
        if form in ("text", "email", "phone", "url"):
            if column.filled >= SETTLED and len(column.forms) == 1:
                self.words = True
        elif form in ("number", "money", "percent"):
            self._number(text)
        elif form in ("date", "datetime"):
            self._date(text)
        elif form == "damaged" and len(column.damaged) < MENTIONED:
            column.damaged.append(number)
        if ";" in text or "|" in text:
            column.several += 1

    def _value(self, text: str) -> None:
        column = self.column
        if len(column.samples) < SAMPLES and text not in column.samples:
            column.samples.append(text[:120])
        if self.many:
            return
        column.values[text] = column.values.get(text, 0) + 1
        if len(column.values) > FEW or len(text) > 100:
            self.many = True
            column.values = {}

    def _other(self, cell: Cell) -> None:
        if blank(cell):
            return
        kind = (
            "bool" if isinstance(cell, bool)
            else "int" if isinstance(cell, int)
            else "typed_number" if isinstance(cell, Decimal)
            else "datetime" if isinstance(cell, datetime)
            else "date" if isinstance(cell, date)
            else "text"
        )  # fmt: skip
        column = self.column
        column.filled += 1
        kind = "number" if kind == "typed_number" else kind
        column.forms[kind] = column.forms.get(kind, 0) + 1
        self._value(text_of(cell))

    def _number(self, text: str) -> None:
        marks = re.sub(r"[^.,]", "", text)
        if not marks:
            return
        if len(set(marks)) == 2:
            self.point, self.comma = self.point + (marks[-1] == "."), self.comma + (marks[-1] == ",")
        elif len(marks) > 1:  # 1.234.567: a sign that comes twice groups thousands
            self.point, self.comma = self.point + (marks[0] == ","), self.comma + (marks[0] == ".")
        elif _TRIPLE.fullmatch(re.sub(r"[^\d.,]", "", text)):
            self.either += 1
        else:
            self.point, self.comma = self.point + (marks == "."), self.comma + (marks == ",")

    def _date(self, text: str) -> None:
        if found := _PARTS.match(text):
            first, second = int(found[1]), int(found[2])
            self.day_first += first > 12
            self.month_first += second > 12
            self.open += first <= 12 and second <= 12 and first != second

    def decide(self, locale: Locale) -> None:
        column = self.column
        if self.point or self.comma:
            column.decimal = "." if self.point >= self.comma else ","
            column.unclear = "mixed_number" if self.point and self.comma else ""
        elif self.either:
            column.decimal, column.unclear = decimal_of(locale), "number"
        if self.day_first or self.month_first:
            column.order = "dmy" if self.day_first >= self.month_first else "mdy"
            column.unclear = "mixed_date" if self.day_first and self.month_first else column.unclear
        elif self.open:
            column.order, column.unclear = order_of(locale), "date"
        if column.form not in ("date", "datetime", "number", "money", "percent"):
            column.unclear = ""


def form_of(text: str) -> str:
    """What a text looks like; "text" when it is nothing in particular."""
    if len(text) <= 60:
        for name, form in FORMS if _FIGURE.search(text) else WORDED:
            if form.fullmatch(text):
                return name
    return "text"


def decimal_of(locale: Locale) -> str:
    """The sign of the decimals where the reader is."""
    from babel import Locale as Babel

    return str(Babel.parse(locale.babel).number_symbols["latn"]["decimal"])


def order_of(locale: Locale) -> str:
    """Whether the day or the month stands first where the reader is."""
    from babel import Locale as Babel

    pattern = str(Babel.parse(locale.babel).date_formats["short"].pattern).lower()
    return "dmy" if pattern.find("d") < pattern.find("m") else "mdy"


def common(columns: Iterable[Column]) -> Counter[str]:
    """How often each form is the one of a column; for telling people's files from companies'."""
    return Counter(one.form for one in columns)
