"""Files of every kind become rows; what cannot be read is refused with words."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kith.kernel.kit.errors import Unreadable
from kith.kernel.transfer import unpack
from kith.kernel.transfer.detect import Layout, layout_of, open_table
from kith.kernel.transfer.encoding import encoding_of
from tests.kernel.transfer.files import corpus, put, table

PEOPLE = "姓名,邮箱,城市\n王小明,wang@example.com,杭州\n李雷,li@example.com,北京市海淀区\n"


def rows(path: Path, **told: Any) -> tuple[tuple[str, ...], list[list[Any]]]:
    made = open_table(path, layout_of(path, **told))
    return made.columns, [list(line.cells) for line in made.lines]


# --- encodings
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "utf-32"])
def test_chinese_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    columns, found = rows(put(tmp_path, "a.csv", PEOPLE * 3, encoding))
    assert columns == ("姓名", "邮箱", "城市")
    assert found[0] == ["王小明", "wang@example.com", "杭州"]


def test_traditional_chinese_is_big5(tmp_path: Path) -> None:
    text = "姓名,公司\n陳大文,臺灣積體電路製造股份有限公司\n林志玲,鴻海精密工業\n"
    found = encoding_of(put(tmp_path, "a.csv", text, "big5"))
    assert (found.name, found.sure) == ("big5", False)


@pytest.mark.parametrize("text", ["Müller,Straße 5,Köln\n", "Ñandú,Año nuevo,Málaga\n", "Crème brûlée,Été,Où\n"])
def test_western_text_is_not_taken_for_chinese(tmp_path: Path, text: str) -> None:
    found = encoding_of(put(tmp_path, "a.csv", "name,street,city\n" + text * 5, "cp1252"))
    assert (found.name, found.sure) == ("cp1252", False)  # a guess, and it says so


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refused:
        layout_of(put(tmp_path, "a.csv", bytes(range(1, 32)) * 50 + b"\x81\x8d\x8f"))
    assert refused.value.code in ("not_text", "unknown_encoding")


def test_a_named_encoding_is_believed_or_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "имя,город\nИван,Москва\n", "koi8-r")
    assert rows(path, encoding="koi8-r")[1] == [["Иван", "Москва"]]
    with pytest.raises(Unreadable):
        layout_of(path, encoding="utf-8")
    with pytest.raises(Unreadable):
        layout_of(path, encoding="zip")


# --- text tables
# ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_behind_quotation_marks(tmp_path: Path, delimiter: str) -> None:
    text = table([["name", "note"], ["Ada", f"a{delimiter} b, c; d | e"], ["Bob", 'says "x"\nand more']], delimiter)
    columns, found = rows(put(tmp_path, "a.csv", text))
    assert columns == ("name", "note")
    assert found == [["Ada", f"a{delimiter} b, c; d | e"], ["Bob", 'says "x"\nand more']]


def test_title_lines_stand_above_the_head(tmp_path: Path) -> None:
    text = "Customers of 2024\n\nExported by Mara,,\nname,email,city\nAda,ada@example.com,Berlin\n"
    path = put(tmp_path, "a.csv", text)
    made = open_table(path, layout_of(path))
    assert made.columns == ("name", "email", "city")
    assert [line.number for line in made.lines] == [5]  # as a spreadsheet counts


def test_a_table_without_a_head(tmp_path: Path) -> None:
    columns, found = rows(put(tmp_path, "a.csv", "1,Ada\n2,Bob\n3,Cyd\n"))
    assert columns == ("Column 1", "Column 2")
    assert len(found) == 3


def test_ragged_rows(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "a,b,c\n1\n1,2,3,,\n1,2,3,4\n,,\n\n# a comment\n")
    lines = list(open_table(path, layout_of(path)).lines)
    assert [(one.number, list(one.cells), one.wrong, one.aside) for one in lines] == [
        (2, ["1", "", ""], "", ""),
        (3, ["1", "2", "3"], "", ""),
        (4, ["1", "2", "3", "4"], "too_many_cells", ""),
        (7, ["# a comment", "", ""], "", "comment"),
    ]


def test_headers_are_made_distinct(tmp_path: Path) -> None:
    assert rows(put(tmp_path, "a.csv", "name,,name, city\nA,B,C,D\n"))[0] == ("name", "Column 2", "name (2)", "city")


def test_one_column_and_nul_bytes(tmp_path: Path) -> None:
    assert rows(put(tmp_path, "a.csv", "name\nAda\x00 L\nBob\n")) == (("name",), [["Ada L"], ["Bob"]])


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"\xef\xbb\xbf", b"  \r\n\t"])
def test_an_empty_file_is_refused_with_words(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        layout_of(put(tmp_path, "a.csv", content))
    assert (refused.value.code, str(refused.value)) == ("empty_file", "This file is empty")


def test_a_quotation_mark_that_never_closes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import csv

    path = put(tmp_path, "a.csv", 'name,note\nAda,"x\n' + "y" * 5000)
    layout = layout_of(path)
    limit = csv.field_size_limit(1000)
    try:
        with pytest.raises(Unreadable) as refused:
            list(open_table(path, layout).lines)
    finally:
        csv.field_size_limit(limit)
    assert refused.value.code == "broken_quotes"


def test_exactly_one_mark_before_a_formula_is_taken_away(tmp_path: Path) -> None:
    found = rows(put(tmp_path, "a.csv", "a,b,c,d\n'=1+1,''=1,'tis,'+49 30 1\n"))[1]
    assert found == [["=1+1", "'=1", "'tis", "+49 30 1"]]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "name,email\n" + "Ada,ada@example.com\n" * 50)
    made = open_table(path, layout_of(path))
    first = next(made.lines)
    assert first.number == 2  # read one by one, not all at once
    assert sum(1 for _line in made.lines) == 49


# --- spreadsheets
# --------------------------------------------------------------------------------------------------------


@pytest.fixture
def book(tmp_path: Path) -> Path:
    from openpyxl import Workbook

    made = Workbook()
    made.active.title = "Notes"
    made.active.append(["only this"])
    sheet = made.create_sheet("People")
    for row in (
        ["Our customers"],
        ["Name", "Born", "Phone", "Sum", "Active"],
        ["Ada", date(1815, 12, 10), 4930123456, 12.5, True],
        ["Bob", None, "007", 3, False],
    ):
        sheet.append(row)
    path = tmp_path / "people.xlsx"
    made.save(path)
    return path


def test_a_spreadsheet_keeps_its_types(book: Path) -> None:
    layout = layout_of(book)
    assert (layout.sheet, layout.sheets, layout.header) == ("People", ("People", "Notes"), 2)
    lines = list(open_table(book, layout).lines)
    assert [line.number for line in lines] == [3, 4]
    assert list(lines[1].cells) == ["Bob", "", "007", 3, False]
    assert list(lines[0].cells)[2:] == [4930123456, Decimal("12.5"), True]


def test_another_sheet_can_be_chosen(book: Path) -> None:
    assert open_table(book, layout_of(book, sheet="Notes")).columns == ("only this",)


def test_what_only_looks_like_a_spreadsheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
    with pytest.raises(Unreadable):
        layout_of(path)


# --- cards
# ---------------------------------------------------------------------------------------------------------------


def test_a_card_with_everything(tmp_path: Path) -> None:
    text = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Vogt;Mara;Lena;Dr.;\r\nFN:Dr. Mara Vogt\r\nORG:Acme\\, Inc.;Sales\r\n"
        "item1.TEL;TYPE=cell,pref:+49 170 1\r\nTEL;TYPE=work:+49 30\r\n  123\r\nEMAIL;TYPE=work:m@example.com\r\n"
        "EMAIL;TYPE=home:mv@example.org\r\nADR;TYPE=home:;;Other 1;Bonn;;53111;DE\r\n"
        "ADR;TYPE=work,pref:;Floor 2;Main 1;Berlin;BE;10115;Germany\r\nBDAY:1980-03-22\r\nNOTE:a\\nb\\; c\r\n"
        "CATEGORIES:VIP,Friends\\, close\r\nUID:urn:1\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n"
    )
    path = put(tmp_path, "a.vcf", text)
    made = open_table(path, layout_of(path))
    found = dict(zip(made.columns, next(made.lines).cells, strict=True))
    assert (found["Given name"], found["Family name"], found["Prefix"]) == ("Mara Lena", "Vogt", "Dr.")
    assert (found["ORG"], found["Department"], found["NOTE"]) == ("Acme, Inc.", "Sales", "a\nb; c")
    assert [one["value"] for one in found["TEL"]] == ["+49 170 1", "+49 30 123"]
    assert [(one["kind"], one["primary"]) for one in found["TEL"]] == [("mobile", True), ("work", False)]
    assert [one["value"] for one in found["EMAIL"]] == ["m@example.com", "mv@example.org"]
    assert (found["ADR"]["street"], found["ADR"]["city"]) == ("Main 1, Floor 2", "Berlin")  # the preferred one
    assert len(found["Other addresses"]) == 1
    assert found["CATEGORIES"] == ["VIP", "Friends, close"]
    list(made.lines)
    assert made.notes[0][1] == {"count": 1}  # the picture is not silently gone


def test_quoted_printable_with_soft_breaks(tmp_path: Path) -> None:
    text = (
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E5=B0=8F=\n=E6=98=8E;;;\n"
        "TEL;CELL;PREF:13800000000\nNOTE;ENCODING=QUOTED-PRINTABLE:line=0D=0Atwo\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=GB18030;ENCODING=QUOTED-PRINTABLE:=C0=EE;=C0=D7;;;\nEND:VCARD\n"
    )
    path = put(tmp_path, "a.vcf", text)
    made = open_table(path, layout_of(path))
    first, second = (dict(zip(made.columns, line.cells, strict=True)) for line in made.lines)
    assert (first["Family name"], first["Given name"]) == ("王", "小明")
    assert first["NOTE"].split() == ["line", "two"]
    assert (second["Family name"], second["Given name"]) == ("李", "雷")


def test_a_card_without_an_end_is_told(tmp_path: Path) -> None:
    path = put(tmp_path, "a.vcf", "BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nEND:VCARD\nBEGIN:VCARD\nFN:C\n")
    assert [(one.number, one.wrong) for one in open_table(path, layout_of(path)).lines] == [
        (1, "unfinished_card"),
        (2, ""),
        (3, "unfinished_card"),
    ]


@pytest.mark.parametrize(("name", "count"), [("ANDROID", 6), ("EVOLUTION", 1), ("GMAIL", 1), ("MS_OUTLOOK", 1)])
def test_cards_of_real_clients(name: str, count: int) -> None:
    path = corpus(f"vcard/ez-vcard/John_Doe_{name}.vcf")
    lines = list(open_table(path, layout_of(path)).lines)
    assert (len(lines), {one.wrong for one in lines}) == (count, {""})


# --- JSON
# ----------------------------------------------------------------------------------------------------------------


def test_json_lines_and_arrays(tmp_path: Path) -> None:
    people = [
        {"name": "Ada", "address": {"city": "Berlin", "lines": ["a", "b"]}},
        {"name": "王", "tags": ["x"], "n": 1.5},
    ]
    lines = put(tmp_path, "a.jsonl", "\n".join(json.dumps(one) for one in people))
    array = put(tmp_path, "a.json", json.dumps(people, indent=2))
    for path in (lines, array):
        columns, found = rows(path)
        assert columns == ("name", "address.city", "address.lines", "tags", "n")
        assert found == [["Ada", "Berlin", ["a", "b"], "", ""], ["王", "", "", ["x"], Decimal("1.5")]]


def test_a_broken_line_is_told_and_the_next_one_read(tmp_path: Path) -> None:
    path = put(tmp_path, "a.jsonl", '{"name": "Ada"}\n{"name": oops}\n{"name": "Bob"}\n[1]\n')
    found = [(one.number, one.wrong) for one in open_table(path, layout_of(path)).lines]
    assert found == [(1, ""), (2, "not_json"), (3, ""), (4, "not_an_object")]


# --- archives
# ------------------------------------------------------------------------------------------------------------


def test_a_zip_with_paths_and_a_gz_in_it(tmp_path: Path) -> None:
    path, folder = tmp_path / "a.zip", tmp_path / "out"
    folder.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil/Contacts.csv", "name\nAda\n")
        archive.writestr("data/Accounts.csv.gz", gzip.compress(b"name\nAcme\n"))
        archive.writestr("__MACOSX/._Contacts.csv", "x")
        archive.writestr("readme.md", "x")
    found = list(unpack.files("a.zip", path, folder))
    assert [name for name, _path in found] == ["Contacts.csv", "Accounts.csv"]
    assert all(one.parent == folder for _name, one in found)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", b"0" * 60_000_000)
    else:
        path.write_bytes(gzip.compress(b"0" * 60_000_000))
    with pytest.raises(Unreadable) as refused:
        list(unpack.files(path.name, path, tmp_path))
    assert refused.value.code == "too_large"
    assert sum(one.stat().st_size for one in tmp_path.iterdir()) < 40_000_000


def test_broken_and_empty_archives_are_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"name\n" + bytes(range(256)) * 999)
    for name, content in (
        ("a.gz", whole[: len(whole) // 2]),
        ("b.zip", b"PK\x03\x04 nothing more"),
        ("c.zip", b"PK\x05\x06" + b"\0" * 18),
    ):
        path = put(tmp_path, name, content)
        with pytest.raises(Unreadable):
            list(unpack.files(name, path, tmp_path))


# --- real files
# ----------------------------------------------------------------------------------------------------------


def test_csv_spectrum_is_read_as_its_authors_mean_it() -> None:
    folder = corpus("csv/csv-spectrum")
    names = sorted(one.stem for one in (folder / "csvs").glob("*.csv"))
    assert len(names) >= 11
    for name in names:
        expected = json.loads((folder / "json" / f"{name}.json").read_text("utf-8"))
        raw = (folder / "csvs" / f"{name}.csv").read_bytes()
        columns, found = rows(folder / "csvs" / f"{name}.csv", encoding="" if b"\xb0" not in raw else "cp1252")
        made = [dict(zip(columns, row, strict=True)) for row in found]
        if name != "location_coordinates":  # its bytes are in no encoding at all
            assert _lf(made) == _lf(expected), name


def _lf(value: Any) -> Any:
    return json.loads(json.dumps(value).replace("\\r\\n", "\\n"))


def test_layout_is_plain_data() -> None:
    from kith.kernel.transfer import store

    held = store.kept(Layout("csv", delimiter=";"))
    assert held["delimiter"] == ";"
    json.dumps(held)
