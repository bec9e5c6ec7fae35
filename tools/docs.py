"""Checks the written pages: every relative link leads to a file that exists, every `#part` to a heading of it.

python tools/docs.py [FILE…]      all of docs/ and the pages beside it when no file is named
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The names that the headings of a page get."""
    headings = re.findall(r"^#+\s+(.+?)\s*#*$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


def problems(page: Path) -> list[str]:
    text = page.read_text("utf-8")
    found = []
    for groups in LINK.findall(FENCE.sub("", text)):
        target = groups[0] or groups[1]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, part = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        if not there.exists():
            found.append(f"{page.relative_to(ROOT)}: {target} does not exist")
        elif part and there.suffix == ".md" and part not in anchors(there.read_text("utf-8")):
            found.append(f"{page.relative_to(ROOT)}: {there.name} has no heading #{part}")
    return found


def main(arguments: list[str]) -> int:
    pages = [Path(one).resolve() for one in arguments] or sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    found = [line for page in pages for line in problems(page)]
    print("\n".join([*found, f"{len(pages)} pages, {len(found)} problems"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
