"""The Chinese catalogue is complete, and the tool that says so can tell."""

from __future__ import annotations

from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from tools import messages
from tools.messages import Key


def test_catalogue_is_complete() -> None:
    assert messages.problems() == []


def test_python_sources() -> None:
    source = b"""
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
a = _("Save"
      " view")
b = ngettext("%(n)s deal", "%(n)s deals", n)
c = pgettext("verb", "Open")
for _ in range(3): log("not a message")
"""
    assert set(messages.of_python(source)) == {
        Key("", "Save view", ""),
        Key("", "%(n)s deal", "%(n)s deals"),
        Key("verb", "Open", ""),
    }


def test_templates_and_attributes_of_components() -> None:
    source = """{% load i18n %}
<h1 title="{% translate 'Don\\'t' %}">{% translate "Contacts" context "page" %}</h1>
{% blocktranslate count n=rows trimmed %}
  {{ n }} row of <b>{{ total }}</b>
{% plural %}
  {{ n }} rows of <b>{{ total }}</b>
{% endblocktranslate %}
<c-button :label="_('Save')" title="{{ _('Keep it') }}">it's text</c-button>
{{ name|default:_("Nobody") }}
"""
    assert {
        Key("page", "Contacts", ""),
        Key("", "%(n)s row of <b>%(total)s</b>", "%(n)s rows of <b>%(total)s</b>"),
        Key("", "Save", ""),
        Key("", "Keep it", ""),
        Key("", "Nobody", ""),
    } <= set(messages.of_template(source))


def test_mistakes_in_placeholders() -> None:
    key = Key("", "Delete %(count)s contact?", "Delete %(count)s contacts?")
    assert messages.mistakes(key, "删除 %(count)s 位联系人？") == []
    assert messages.mistakes(key, "删除 %(n)s 位联系人？") == [
        "does not say %(count)s",
        "says %(n)s, the source does not",
    ]
    assert messages.mistakes(Key("", "50 %% of {name}", ""), "{name} 的 50 %%") == []
    assert messages.mistakes(Key("", 'Ask <a href="%(url)s">us</a>', ""), "询问我们") != []


def test_a_plural_reaches_the_compiled_catalogue(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(messages, "CATALOGUE", tmp_path / "django.po")
    key = Key("", "%(n)s row", "%(n)s rows")
    messages.write({key: ["src/kith/x.py"]}, {key: "%(n)s 行"})
    with messages.CATALOGUE.open("rb") as po, (tmp_path / "django.mo").open("wb+") as mo:
        write_mo(mo, read_po(po))
        mo.seek(0)
        compiled = read_mo(mo)
    assert compiled.get("%(n)s row").string in ("%(n)s 行", ("%(n)s 行",), ["%(n)s 行"])
    assert compiled.num_plurals == 1


def test_merge_keeps_and_fills(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(messages, "CATALOGUE", tmp_path / "django.po")
    old, new = Key("", "Old", ""), Key("", "New\n", "")
    monkeypatch.setattr(messages, "in_source", lambda: {old: ["a.py"], new: ["b.py"]})
    messages.write({old: ["a.py"]}, {old: "旧"})
    lines = tmp_path / "zh.txt"
    lines.write_text("# a comment\nNew\\n\t新\\n\nGone\t没了\n", "utf-8")

    messages.merge([lines])

    assert {key.singular: messages.said(one) for key, one in messages.entries(messages.read()).items()} == {
        "Old": "旧",
        "New\n": "新\n",
    }
    assert messages.problems() == []
