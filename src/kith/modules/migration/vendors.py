"""Reads the data files of this folder and makes them known to the importer.

A file names its ``vendor`` and has one ``[[file]]`` for each kind of export: its ``entity``, the ``objects`` its rows
may become, the ``signature`` it is known by ("Header | or this one = weight") and its ``columns``. Headers are facts of
those programs; what they mean here is in the little language of ``kernel/transfer/targets.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kith.api import ImportProfile, register_import_aliases, register_import_profile

FOLDER = Path(__file__).parent / "data"
GENERIC = "generic"


def signature(lines: list[str]) -> tuple[tuple[tuple[str, ...], float], ...]:
    """``"Lifecycle Stage | Lead Status = 0.4"`` as names and weight."""
    found = []
    for line in lines:
        names, _equals, weight = line.rpartition(" = ")
        found.append((tuple(one.strip() for one in names.split(" | ")), float(weight)))
    return tuple(found)


def profile(vendor: Mapping[str, Any], file: Mapping[str, Any]) -> ImportProfile:
    """One kind of file. What the vendor says for all of its files is the default."""
    shared: Mapping[str, Mapping[str, str]] = vendor.get("shared", {})
    columns: dict[str, str] = {}
    for name in file.get("uses", ()):
        columns.update(shared[name])
    return ImportProfile(
        vendor=vendor["vendor"],
        label=vendor["label"],
        entity=file["entity"],
        objects=tuple(file["objects"]),
        signature=signature(file.get("signature", [])),
        columns={**columns, **file.get("columns", {})},
        choices={**vendor.get("choices", {}), **file.get("choices", {})},
        match=tuple(file.get("match", vendor.get("match", ()))),
        prefixes=tuple(file.get("prefixes", ())),
        zone=vendor.get("zone", ""),
        separators=tuple(file.get("separators", vendor.get("separators", ()))),
        footers=file.get("footers", vendor.get("footers", "")),
        without=tuple(file.get("without", vendor.get("without", ()))),
        bad_values=file.get("bad_values", "row"),
    )


def read(path: Path) -> list[ImportProfile]:
    """All profiles of one data file."""
    vendor = tomllib.loads(path.read_text("utf-8"))
    return [profile(vendor, one) for one in vendor["file"]]


def register_all() -> None:
    """Make every vendor known, and the words of files of unknown origin."""
    for path in sorted(FOLDER.glob("*.toml")):
        if path.stem == GENERIC:
            for object, words in tomllib.loads(path.read_text("utf-8")).items():
                register_import_aliases(object, words)
            continue
        for one in read(path):
            register_import_profile(one)


register_all()
