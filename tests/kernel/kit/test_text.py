"""Folding, search tokens, pinyin, title keys, initials, slugs, cleaning."""

from __future__ import annotations

import re
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kith.kernel.kit.errors import Unreadable
from kith.kernel.kit.han import has_han
from kith.kernel.kit.text import (
    SLUG,
    TITLE_KEY,
    bigrams,
    clean,
    fold,
    hue,
    initials,
    pinyin,
    slug,
    title_key,
    title_prefix,
)
from tests.kernel.kit.corpora import companies, naughty

anything = st.text(st.characters())  # lone surrogates and NUL too


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße  ＭÜLLER", "strasse muller"),
        ("Mu\u0308ller", "muller"),
        ("Łódź Đæ Øre œuvre", "lodz dae ore oeuvre"),
        ("İstanbul ı", "istanbul i"),
        ("Ёлка й Ήχος", "елка и ηχοσ"),
        ("a\tb\n c\u3000d", "a b c d"),
        ("a\u200bb\xadc\ud800d\x00e", "abcd e"),
        ("ﬁ ① ㎏", "fi 1 kg"),
        ("한국어 がぎ के", "한국어 がぎ के"),  # marks carry meaning here
        ("联系人", "联系人"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(anything)
def test_fold_never_raises_and_leaves_storable_text(text: str) -> None:
    folded = fold(text)
    folded.encode()
    assert "\x00" not in folded
    assert folded == " ".join(folded.split())


@given(st.text(st.characters(max_codepoint=0x52F, exclude_categories=["C"])))
def test_fold_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_bigrams() -> None:
    assert bigrams("联系人 A4纸 Müller，人") == ["联系", "系人", "a4", "纸", "muller", "人"]
    assert bigrams("anna.maria@nord-wind.de") == ["anna", "maria", "nord", "wind", "de"]
    assert bigrams("한국어 ひらがな") == ["한국", "국어", "ひら", "らが", "がな"]
    assert bigrams("हिन्दी") == ["हिन्दी"]
    assert bigrams("—!?") == []


def test_pinyin() -> None:
    assert pinyin("联系人") == ("lianxiren", "lxr")
    assert pinyin("ABC 公司") == ("abcgongsi", "abcgs")
    assert pinyin("重庆银行") == ("chongqingyinhang", "cqyh")
    assert pinyin("吕布")[0] == "lvbu"
    assert pinyin("Kith") == ("", "")


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("单雄信", "shanxiongxin"),
        ("查良镛", "zhaliangyong"),
        ("仇英", "qiuying"),
        ("区适", "oushi"),
        ("解缙", "xiejin"),
        ("曾巩", "zenggong"),
        ("尉迟恭", "yuchigong"),
        ("万俟卨", "moqixie"),
        ("欧阳修", "ouyangxiu"),
        ("长孙无忌", "zhangsunwuji"),
    ],
)
def test_surnames_have_their_own_readings(name: str, full: str) -> None:
    assert pinyin(name, name=True)[0] == full


def test_a_word_is_not_read_as_a_surname() -> None:
    assert pinyin("单价")[0] == "danjia"
    assert pinyin("查询")[0] == "chaxun"


def test_title_key() -> None:
    assert title_key("Straße") == "strasse"
    assert title_key("联系人") == "lianxiren  联系人"
    assert title_key("《万科》 VIP") == "wanke》 vip  万科"
    assert title_key("单雄信", name=True).startswith("shan")
    assert title_key("!!!") == "!!!"
    assert title_key("") == ""
    assert title_key("李丽") != title_key("利理")


def test_title_keys_sort_as_one_reads() -> None:
    read = ["阿里", "Äpfel", "“Apfel”", "百度", "王小明", "万科", "万科 北京", "Zebra"]
    assert sorted(reversed(read), key=title_key) == read


def test_prefix_finds_what_is_being_typed() -> None:
    key = title_key("《万科》集团 Süd")
    assert all(key.startswith(title_prefix(typed)) for typed in ("万", "wank", "“Wan"))
    assert title_key("万科集团").startswith(title_prefix("万科集"))
    assert title_key("Übermut").startswith(title_prefix("uberm"))
    assert not key.startswith(title_prefix("王"))


def test_company_names_have_distinct_ascii_keys() -> None:
    names = companies()
    keys = {name: title_key(name) for name in names}
    assert all(key[0].isascii() and len(key) <= TITLE_KEY for key in keys.values())
    folded = {fold(name) for name in names}
    assert len(set(keys.values())) >= len(folded) * 0.999  # leading punctuation may fall together
    assert all(full and len(short) <= len(full) for full, short in map(pinyin, filter(has_han, names)))


@given(anything)
def test_title_key_never_raises_and_fits(text: str) -> None:
    for key in (title_key(text), title_key(text, name=True), title_key(text * 50)):
        key.encode()
        assert len(key) <= TITLE_KEY


def test_long_chinese_titles_keep_their_characters() -> None:
    key = title_key("杭州可爱岛科技" * 60)
    assert len(key) == TITLE_KEY
    assert key.endswith("杭州可爱岛科技" * 9)


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Mara Vogt", "MV"), ("mara van der vogt", "MV"), ("Kith", "KI"), ("王小明", "王"), ("欧阳修", "欧"),
     ("王 Anna", "王"), ("", "?"), ("😀", "?"), ("X", "X"), ("ß", "SS"), ("_a-b_", "AB")],
)  # fmt: skip
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_hue_is_stable_and_uses_all_eight() -> None:
    id = UUID("0190a1b2-0000-7000-8000-000000000001")
    assert hue(id) == hue(str(id)) == 4
    assert {hue(number) for number in range(200)} == set(range(1, 9))


def test_clean() -> None:
    assert clean("  a\r\nb\rc\td\x07\x1b\x85 \ufeff") == "a\nb\nc\td"
    assert clean("e\u0301") == "é"
    assert clean("👩\u200d🚀 می\u200cخواهم") == "👩\u200d🚀 می\u200cخواهم"
    for text, code in (("a\ud800", "broken_text"), ("a\x00b", "nul_in_text")):
        with pytest.raises(Unreadable) as refusal:
            clean(text)
        assert refusal.value.code == code


@given(anything)
def test_clean_is_stable(text: str) -> None:
    try:
        cleaned = clean(text)
    except Unreadable:
        return
    assert clean(cleaned) == cleaned


def test_slug() -> None:
    assert slug("Deal size (€)") == "deal_size"
    assert slug("客户VIP等级") == "kehu_vip_dengji"
    assert slug("O'Neil & Söhne") == "oneil_sohne"
    assert slug("2024") == "n2024"
    assert slug("Должность") == "field"
    assert slug("region", {"region", "region_2"}) == "region_3"
    assert slug("a" * 60, {"a" * 40}) == "a" * 38 + "_2"


@given(anything, st.sets(st.sampled_from(["field", "field_2", "a"])))
def test_slug_is_an_identifier(text: str, taken: set[str]) -> None:
    name = slug(text, taken)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert len(name) <= SLUG
    assert name not in taken


def test_naughty_strings() -> None:
    for text in naughty():
        fold(text), bigrams(text), title_key(text), pinyin(text), initials(text), slug(text), hue(text)
        with suppress(Unreadable):
            clean(text)
