"""Chinese writing: which characters are Han, how they sound, which of them are family names.

The pronunciation tables (pypinyin, about 0.2 s and 25 MB) are loaded on the first Han character and not before.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Ranges for a character class: Han with the iteration mark 々 and the zero 〇."""

SHORT = 40
"""Characters of a run whose sounds are remembered: a name, not the page of an article."""

_HAN = re.compile(f"[{HAN}]")
_ONLY_HAN = re.compile(f"[{HAN}]+")

# Readings that a family name has and the common word has not.
_SURNAMES = """
    单:shan 單:shan 查:zha 仇:qiu 区:ou 區:ou 解:xie 曾:zeng 朴:piao 盖:ge 蓋:ge 缪:miao 繆:miao 乐:yue
    樂:yue 秘:bi 洗:xian 员:yun 員:yun 召:shao 折:she 种:chong 翟:zhai 祭:zhai 繁:po 黑:he 覃:qin 佴:nai
    牟:mu 隗:wei 乜:nie 句:gou 阚:kan 郇:xun 都:du 便:pian 薄:bo 会:gui 會:gui 率:shuai 藏:zang 卜:bu
"""
_AS_SURNAME = dict(entry.split(":") for entry in _SURNAMES.split())

# Family names of two characters, with their two syllables.
_DOUBLE_SURNAMES = """
    欧阳:ou:yang 歐陽:ou:yang 太史:tai:shi 端木:duan:mu 上官:shang:guan 司马:si:ma 司馬:si:ma 东方:dong:fang
    東方:dong:fang 独孤:du:gu 獨孤:du:gu 南宫:nan:gong 南宮:nan:gong 万俟:mo:qi 萬俟:mo:qi 闻人:wen:ren
    聞人:wen:ren 夏侯:xia:hou 诸葛:zhu:ge 諸葛:zhu:ge 尉迟:yu:chi 尉遲:yu:chi 公羊:gong:yang 赫连:he:lian
    赫連:he:lian 澹台:tan:tai 澹臺:tan:tai 皇甫:huang:fu 宗政:zong:zheng 濮阳:pu:yang 濮陽:pu:yang
    公冶:gong:ye 太叔:tai:shu 申屠:shen:tu 公孙:gong:sun 公孫:gong:sun 慕容:mu:rong 仲孙:zhong:sun
    仲孫:zhong:sun 钟离:zhong:li 鍾離:zhong:li 长孙:zhang:sun 長孫:zhang:sun 宇文:yu:wen 司徒:si:tu
    鲜于:xian:yu 鮮于:xian:yu 司空:si:kong 闾丘:lv:qiu 閭丘:lv:qiu 子车:zi:ju 子車:zi:ju 亓官:qi:guan
    司寇:si:kou 巫马:wu:ma 巫馬:wu:ma 公西:gong:xi 颛孙:zhuan:sun 顓孫:zhuan:sun 壤驷:rang:si
    公良:gong:liang 漆雕:qi:diao 乐正:yue:zheng 樂正:yue:zheng 宰父:zai:fu 谷梁:gu:liang 拓跋:tuo:ba
    夹谷:jia:gu 轩辕:xuan:yuan 軒轅:xuan:yuan 令狐:ling:hu 段干:duan:gan 百里:bai:li 呼延:hu:yan
    东郭:dong:guo 東郭:dong:guo 南门:nan:men 羊舌:yang:she 微生:wei:sheng 梁丘:liang:qiu 左丘:zuo:qiu
    东门:dong:men 西门:xi:men 西門:xi:men 第五:di:wu 单于:chan:yu 單于:chan:yu 淳于:chun:yu 完颜:wan:yan
    納蘭:na:lan 纳兰:na:lan 爱新:ai:xin
"""
DOUBLE_SURNAMES = {entry[:2]: entry[3:].split(":") for entry in _DOUBLE_SURNAMES.split()}
"""Two syllables for each known family name of two characters."""


def has_han(text: str) -> bool:
    """Whether any character is Han."""
    return not text.isascii() and _HAN.search(text) is not None


def only_han(text: str) -> bool:
    """Whether the text is Han characters and nothing else, at least one."""
    return _ONLY_HAN.fullmatch(text) is not None


def surname_length(name: str) -> int:
    """How many characters at the start of a Han ``name`` are the family name: 2 for a known double name, else 1.

    A whole name of two characters is one and one, also when it looks like a double name.
    """
    return 2 if len(name) > 2 and name[:2] in DOUBLE_SURNAMES else 1


def spoken(text: str, name: bool = False) -> list[tuple[str, bool]]:
    """The text in pieces: (pinyin syllable, True) for each Han character, (what stands between them, False).

    No tones, ü as v, as one types it. With ``name`` the text is a person's name and its family name is read as one:
    单雄信 is shan, not dan. An unknown character stays itself: it still tells two titles apart.
    """
    if not has_han(text):
        return [(text, False)] if text else []
    pieces: list[tuple[str, bool]] = []
    if name:
        if surname_length(text) == 2:
            pieces, text = [(syllable, True) for syllable in DOUBLE_SURNAMES[text[:2]]], text[2:]
        elif text[0] in _AS_SURNAME:
            pieces, text = [(_AS_SURNAME[text[0]], True)], text[1:]
    for run in re.split(f"([{HAN}]+)", text):
        if _HAN.match(run):
            pieces += (_just_said if len(run) <= SHORT else _said)(run)
        elif run:
            pieces.append((run, False))
    return pieces


def _said(run: str) -> tuple[tuple[str, bool], ...]:
    return tuple((str(syllable), True) for syllable in _pypinyin().lazy_pinyin(run, errors=list))


_just_said = lru_cache(maxsize=4096)(_said)
"""A name is spoken for its key and twice for its words: 0.1 ms each time."""


@cache
def _pypinyin() -> Any:
    import pypinyin

    return pypinyin
