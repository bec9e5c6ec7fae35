"""The message catalogue, without GNU gettext.

    python tools/messages.py extract          source -> django.po; keeps translations, drops what is no longer used
    python tools/messages.py merge FILE…      extract, then fill in translations from lines of  msgid<TAB>msgstr
    python tools/messages.py check            exit status 1 and a list when something is missing, fuzzy, unused or wrong
    python tools/messages.py compile          django.po -> django.mo (the build does it too)

English is the language of the source, so its catalogue would say nothing and does not exist. The .po is sorted by file
and carries no line numbers: a change of code that changes no string changes no line of it.
In the lines for `merge`, \\n and \\t are a line break and a tab, `#` begins a comment, and three columns are context,
msgid and msgstr.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract as babel_extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "kith"
CATALOGUE = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

HEADER = """\
# Kith, Simplified Chinese. Made by `python tools/messages.py extract`; edit the msgstr lines only.
msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""

_STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({_STRING}(?:\s*,\s*{_STRING})*)\s*(?:,\s*count\s*)?\)")
_CONSTANT = re.compile(
    rf"(?<![\w.])_\(\s*({_STRING})\s*\)"
)  # :label="_('Save')" of a component, which is text to Django


class Key(NamedTuple):
    """What a translation is looked up by, and the plural that comes with it ("" when there is none)."""

    context: str
    singular: str
    plural: str

    @property
    def id(self) -> str | tuple[str, str]:
        return (self.singular, self.plural) if self.plural else self.singular


# ── from the source ──────────────────────────────────────────────────────────────────────────────────────────────────


def of_python(source: bytes) -> Iterator[Key]:
    """The messages of one Python file."""
    for _line, found, _comments, context in babel_extract("python", io.BytesIO(source), keywords=KEYWORDS):
        singular, plural = (found[0], found[1]) if isinstance(found, tuple) else (found, "")
        if singular:
            yield Key(context or "", singular, plural or "")


def of_template(source: str, name: str = "") -> Iterator[Key]:
    """The messages of one Django template, and of the components' attributes in it."""
    for function, arguments in _CALL.findall(templatize(source, origin=name)):
        words = list(ast.literal_eval(f"({arguments},)"))
        context = words.pop(0) if function in ("pgettext", "npgettext") else ""
        yield Key(context, words[0], words[1] if len(words) > 1 else "")
    for argument in _CONSTANT.findall(source):
        yield Key("", ast.literal_eval(argument), "")


def sources() -> Iterator[Path]:
    for pattern in ("*.py", "*.html", "*.txt"):
        for path in PACKAGE.rglob(pattern):
            if "static" not in path.relative_to(PACKAGE).parts:
                yield path


def in_source() -> dict[Key, list[str]]:
    """Every message -> the files that use it, both sorted. A plural wins over the same words used alone."""
    found: dict[Key, set[str]] = {}
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        keys = of_python(path.read_bytes()) if path.suffix == ".py" else of_template(path.read_text("utf-8"), name)
        for key in keys:
            found.setdefault(key, set()).add(name)
    plurals = {(key.context, key.singular): key for key in found if key.plural}
    for key in [key for key in found if not key.plural and (key.context, key.singular) in plurals]:
        found[plurals[key.context, key.singular]] |= found.pop(key)
    return {key: sorted(files) for key, files in sorted(found.items(), key=lambda one: (min(one[1]), one[0]))}


# ── the catalogue ────────────────────────────────────────────────────────────────────────────────────────────────────


def read() -> Catalog:
    if not CATALOGUE.is_file():
        return Catalog(locale="zh_Hans")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans", abort_invalid=True)


def key_of(message: Message) -> Key:
    singular, plural = message.id if isinstance(message.id, tuple) else (message.id, "")
    return Key(message.context or "", singular, plural)


def entries(catalogue: Catalog) -> dict[Key, Message]:
    return {key_of(message): message for message in catalogue if message.id}


def said(message: Message) -> str:
    """The translation; the one form that Chinese has where there is a plural."""
    text = message.string[0] if isinstance(message.string, tuple | list) else message.string
    return text or ""


def write(found: dict[Key, list[str]], translations: dict[Key, str]) -> None:
    catalogue = Catalog(locale="zh_Hans")
    for key, files in found.items():
        text = translations.get(key, "")
        catalogue.add(
            key.id,
            string=(text,) if key.plural else text,
            locations=[(name, 0) for name in files],
            context=key.context or None,
        )
    body = io.BytesIO()
    write_po(body, catalogue, width=120, omit_header=True, include_lineno=False)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(HEADER + body.getvalue().decode(), "utf-8")


def kept(found: Iterable[Key], catalogue: Catalog) -> dict[Key, str]:
    """The translations that stay, also where a plural was added to the words or taken away."""
    old = {(key.context, key.singular): said(message) for key, message in entries(catalogue).items()}
    return {key: old.get((key.context, key.singular), "") for key in found}


# ── what can be wrong ────────────────────────────────────────────────────────────────────────────────────────────────

_PLACE = re.compile(r"%(?:\([^)]+\))?[-#0 +]*[\d.]*[diouxXeEfFgGcrsa%]|\{[a-zA-Z_][\w.]*\}")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")


def places(text: str) -> set[str]:
    """The placeholders of a message: %(name)s, %s, {name}, and its HTML tags."""
    return {one for one in _PLACE.findall(text) if one != "%%"} | set(_TAG.findall(text))


def mistakes(key: Key, text: str) -> list[str]:
    """What is wrong with one translation."""
    wanted = places(key.plural or key.singular)
    allowed = wanted | places(key.singular)
    result = [f"does not say {place}" for place in sorted(wanted - places(text))]
    result += [f"says {place}, the source does not" for place in sorted(places(text) - allowed)]
    for edge in ("startswith", "endswith"):
        if getattr(text, edge)("\n") != getattr(key.singular, edge)("\n"):
            result.append(f"{edge} a line break in one language only")
    return result


def problems() -> list[str]:
    """One line for everything that is missing, fuzzy, unused or wrong; empty when the catalogue is good."""
    found = in_source()
    catalogue = read()
    have = entries(catalogue)
    result = [f"not in the catalogue: {key.singular!r} ({files[0]})" for key, files in found.items() if key not in have]
    result += [f"no longer used: {key.singular!r}" for key in have if key not in found]
    result += [f"no longer used: {message.id!r}" for message in catalogue.obsolete.values()]
    for key, message in have.items():
        text = said(message)
        if message.fuzzy:
            result.append(f"fuzzy: {key.singular!r}")
        if not text:
            result.append(f"not translated: {key.singular!r}")
        else:
            result += [f"{key.singular!r} -> {text!r}: {mistake}" for mistake in mistakes(key, text)]
    return result


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def lines_of(path: Path) -> Iterator[tuple[str | None, str, str]]:
    """(context, or None for any; msgid; msgstr) of each line."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [one.replace("\\n", "\n").replace("\\t", "\t") for one in line.split("\t")]
        if len(columns) == 2:
            yield None, columns[0], columns[1]
        elif len(columns) == 3:
            yield columns[0], columns[1], columns[2]
        else:
            raise SystemExit(f"{path}:{number}: expected msgid<TAB>msgstr or context<TAB>msgid<TAB>msgstr")


def extract() -> int:
    found = in_source()
    catalogue = read()
    write(found, kept(found, catalogue))
    for key in sorted(set(entries(catalogue)) - set(found)):
        print(f"dropped: {key.singular!r}", file=sys.stderr)
    print(f"{len(found)} messages", file=sys.stderr)
    return 0


def merge(paths: list[Path]) -> int:
    found = in_source()
    translations = kept(found, read())
    unused = 0
    for path in paths:
        for context, msgid, msgstr in lines_of(path):
            keys = [key for key in found if key.singular == msgid and context in (None, key.context)]
            for key in keys:
                if translations[key] not in ("", msgstr):
                    print(f"{path.name}: {msgid!r} was {translations[key]!r}, now {msgstr!r}", file=sys.stderr)
                translations[key] = msgstr
            if not keys:
                unused += 1
                print(f"{path.name}: not in the source: {msgid!r}", file=sys.stderr)
    write(found, translations)
    empty = sum(not text for text in translations.values())
    print(f"{len(found)} messages, {empty} without a translation, {unused} lines unused", file=sys.stderr)
    return 0


def check() -> int:
    result = problems()
    for line in result:
        print(line)
    print(f"{len(result)} problems" if result else "the catalogue is complete", file=sys.stderr)
    return 1 if result else 0


def compile_all() -> int:
    sys.path.insert(0, str(ROOT))
    from hatch_build import compile_catalogues

    for po in compile_catalogues():
        print(po.relative_to(ROOT).with_suffix(".mo"), file=sys.stderr)
    return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("extract", "check", "compile"):
        commands.add_parser(name)
    commands.add_parser("merge").add_argument("files", nargs="+", type=Path)
    given = parser.parse_args(arguments)
    if given.command == "merge":
        return merge(given.files)
    return {"extract": extract, "check": check, "compile": compile_all}[given.command]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
