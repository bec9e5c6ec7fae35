"""Names taken apart and put together again."""

from __future__ import annotations

import pytest

from kith.kernel.kit.names import join_name, split_name


@pytest.mark.parametrize(
    ("full", "locale", "first", "last"),
    [
        ("Mara Vogt", "en", "Mara", "Vogt"),
        ("Anna Maria Vogt", "zh-hans", "Anna Maria", "Vogt"),
        ("Ludwig van Beethoven", "en", "Ludwig", "van Beethoven"),
        ("Karl von der Heide", "de", "Karl", "von der Heide"),
        ("Juan de la Cruz", "es", "Juan", "de la Cruz"),
        ("Leonardo di Caprio", "en", "Leonardo", "di Caprio"),
        ("Osama bin Hamid", "en", "Osama", "bin Hamid"),
        ("Al Pacino", "en", "Al", "Pacino"),
        ("Vogt, Mara", "en", "Mara", "Vogt"),
        ("John Smith Jr.", "en", "John", "Smith Jr."),
        ("Cher", "en", "Cher", ""),
        ("", "en", "", ""),
        ("王小明", "en", "小明", "王"),
        ("王明", "zh-hans", "明", "王"),
        ("欧阳修", "zh-hans", "修", "欧阳"),
        ("欧阳", "zh-hans", "阳", "欧"),
        ("司马 相如", "zh-hans", "相如", "司马"),
        ("约翰·史密斯", "zh-hans", "约翰·史密斯", ""),
        ("김철수", "ko", "철수", "김"),
        ("山田太郎", "ja", "太郎", "山田"),
        ("Nagy János", "hu", "János", "Nagy"),
        ("Anna 王", "en", "Anna", "王"),
    ],
)
def test_split_and_join(full: str, locale: str, first: str, last: str) -> None:
    assert split_name(full, locale) == (first, last)
    if "," not in full:
        assert join_name(first, last, locale) == full.replace("司马 ", "司马")


def test_han_names_are_joined_alike_on_every_page() -> None:
    assert join_name("小明", "王", "en") == join_name("小明", "王", "zh-hans") == "王小明"
    assert join_name("Mara", "Vogt", "zh-hans") == "Mara Vogt"
