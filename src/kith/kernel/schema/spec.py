"""The vocabulary of a declaration: ``ObjectSpec`` and the small parts it is made of.

A spec says what a business object *means*; its Django model says how it is stored. Fields are read from the model,
the spec only overrides. Nothing here touches the database.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from kith.kernel.fields.base import Expansion, Field
from kith.kernel.fields.references import ANY

if TYPE_CHECKING:
    from kith.kernel.schema.kept import Kept


def names(words: str | Iterable[str]) -> tuple[str, ...]:
    """``"name company stage"`` or a sequence, as a tuple of names."""
    return tuple(words.split()) if isinstance(words, str) else tuple(words)


@dataclass(frozen=True)
class Section:
    """A group of fields on the record page and in the form."""

    label: Any
    fields: tuple[str, ...]

    def __init__(self, label: Any, fields: str | Sequence[str]) -> None:
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "fields", names(fields))


@dataclass(frozen=True)
class Board:
    """Cards in columns ``by`` a choice or reference, with the ``sum`` of a number in each head."""

    by: str
    sum: str = ""


@dataclass(frozen=True)
class Related:
    """Records of another object that point at this one, shown beside it. ``by`` names their field when it is not
    obvious.
    """

    object: str
    by: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rollup:
    """A number over a record and all that lies below it in its tree: a ``measure`` as in reports (``count``,
    ``sum:budget``) of the records of ``object`` that lead here ``by`` a field and meet ``where`` (a filter); without an
    object, of the records of the tree themselves.
    """

    name: str
    label: Any
    object: str = ""
    by: str = ""
    measure: str = "count"
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Told:
    """How records stand in the timelines of those that they are about (their ``"*"`` references): at the time that
    ``at`` names, with the words of ``text``; those whose ``first`` says yes stand above everything else.
    """

    at: str = "created_at"
    text: str = ""
    first: str = ""


@dataclass(frozen=True)
class Action:
    """A verb of the object: a method that returns the values to change. Built by :func:`action`."""

    name: str
    label: Any
    icon: str = "bolt"
    when: Callable[[Any], bool] | None = None
    right: str = "update"


def action(
    label: Any, *, icon: str = "bolt", when: Callable[[Any], bool] | None = None, right: str = "update"
) -> Callable[[Any], Any]:
    """Mark a method of an ``ObjectSpec`` as an action on one record. ``when`` says whether it is offered."""

    def mark(method: Any) -> Any:
        method.action = Action(method.__name__, label, icon, when, right)
        return method

    return mark


@dataclass(frozen=True)
class Owned:
    """Row rule: a record belongs to its owner and its team, and roles say how far each verb reaches (own, team,
    all).

    With ``shared``, a choice column, its owner may let others read it: ``everybody``, those in one team and the teams
    below it (``team:…``), or those with one role (``role:…``). The policy fills in the choices.
    """

    owner: str = "owner_id"
    team: str = "team_id"
    shared: str = ""


@dataclass(frozen=True)
class Shared:
    """Row rule: everybody who may use the object at all sees every record; there is no owner.

    With ``write``, only who holds that named right changes anything: users, teams and roles are administered, not
    shared. With ``read``, only who holds that one sees anything.
    """

    write: str = ""
    read: str = ""


@dataclass(frozen=True)
class Page:
    """A page of a module's own: ``view(ctx, values) -> Reply(template, values)``, rendered by the web surface."""

    path: str
    label: Any
    view: Callable[..., Any]
    icon: str = "circle-dashed"


class ObjectSpec:
    """What one business object is. Subclass, override the class attributes, decorate with ``@register``.

    A snapshot holds copies of the declared specs whose ``fields`` carry the user-made ones too.
    """

    model: ClassVar[type[Kept]]
    name: str = ""  # plural, as in the URL: "deals"
    one: str = ""  # singular, as in event names: "deal"
    label: tuple[Any, Any] = ("", "")  # singular and plural, as people read it
    icon: str = "circle-dashed"
    title: str = "name"
    subtitle: tuple[str, ...] = ()
    mark: str = ""  # shape of its avatar: "round" (people), "square" (companies), "" (its icon)
    pinned: str | Sequence[str] = ()  # fields that the form shows at once; "" = those of the list
    columns: str | Sequence[str] = ()
    sort: str = ""  # default order of lists: "-updated_at"; "" = by title
    sections: Sequence[Section] = ()
    board: Board | None = None
    search: Mapping[str, str] = MappingProxyType({})  # field -> weight A to D
    policy: Owned | Shared = Owned()
    sensitive: Mapping[str, str] = MappingProxyType({})  # field -> right without which it is masked
    related: Sequence[Related] = ()
    tree: str = ""  # reference to the record above; none lies below itself
    rollups: Sequence[Rollup] = ()
    told: Told | None = None  # its records are told of in the timelines of others
    overrides: Mapping[str, Mapping[str, Any]] = MappingProxyType({})  # field -> attributes of Field to replace
    without: str | Sequence[str] = ()  # columns of the model that are no fields of the object
    once: (
        str | Sequence[str]
    ) = ()  # fields that together tell its records apart; where a merge makes two alike, they unite
    bumps: bool = False  # its rows say who may do what: a change of one is a new schema version
    menu: str = "objects"  # section of the navigation; "" = not in the menu
    verbs: frozenset[str] = frozenset({"create", "read", "update", "delete", "export", "import"})
    shipped: bool = True

    fields: Mapping[str, Field] = MappingProxyType({})

    def check(self, change: Any) -> None:
        """Look at one change and complain with ``change.refuse(field, message)``. Pure: never saves, never queries per
        record.
        """

    def check_delete(self, change: Any) -> None:
        """The same for a record on its way to the bin: refuse while something still needs it."""

    def settled(self, ctx: Any, changes: Sequence[Any]) -> None:
        """Look once at what no single change shows, when all of them are written but not committed: raise ``Invalid``
        and nothing happened. For an object that bumps the schema version, writers stand in line here.
        """

    def united(self, held: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """What is decided as a whole when several records become one (their values, the survivor's first); the rest
        each field decides for itself.
        """
        return {}

    def defaults(self, ctx: Any) -> Mapping[str, Any]:
        """Values for a new record that do not stand in the model: today, the actor, the first stage."""
        return {}

    # --- what surfaces ask ---

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions declared on the class, in the order of declaration."""
        found = [
            getattr(type(self), one).action for one in dir(type(self)) if hasattr(getattr(type(self), one), "action")
        ]
        return tuple(sorted(found, key=lambda one: list(vars(type(self))).index(one.name)))

    def field(self, name: str) -> Field | None:
        return self.fields.get(name)

    @cached_property
    def kin(self) -> Mapping[str, tuple[Field, ...]]:
        """Per field, itself and those that say the same in other words (``name`` and its parts): what is hidden
        together.
        """
        wholes = [one for one in self.fields.values() if one.expands is not None]
        return {
            name: (
                here,
                *(self.fields[part] for part in (here.expands.to if here.expands else ()) if part in self.fields),
                *(one for one in wholes if one.expands is not None and name in one.expands.to),
            )
            for name, here in self.fields.items()
        }

    @cached_property
    def wholes(self) -> Mapping[str, Expansion]:
        """How the fields that are other ways to write others do so."""
        return {name: here.expands for name, here in self.fields.items() if here.expands is not None}

    @property
    def list_columns(self) -> tuple[str, ...]:
        """The columns of the list as declared, without fields that have gone."""
        chosen = names(self.columns) or (self.title,)
        return tuple(one for one in chosen if one in self.fields)

    @property
    def label_one(self) -> Any:
        return self.label[0]

    @property
    def label_many(self) -> Any:
        return self.label[1]

    @property
    def about(self) -> Field | None:
        """The field by which its records lead to those of every object."""
        return next((one for one in self.fields.values() if one.target == ANY and one.editable), None)

    @property
    def is_owned(self) -> bool:
        return isinstance(self.policy, Owned)

    @property
    def scope(self) -> dict[str, Any]:
        """Columns that tell this object's rows apart in its table: ``{}``, or ``{"object": "x_sites"}`` on
        ``CustomRecord``.
        """
        return {}

    def with_(self, **changes: Any) -> ObjectSpec:
        """A copy with other attributes: how the snapshot adds user-made fields, labels and orders."""
        made = copy.copy(self)
        for kept in ("kin", "wholes"):  # they follow from the fields
            made.__dict__.pop(kept, None)
        for key, value in changes.items():
            setattr(made, key, value)
        return made

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


@dataclass(frozen=True)
class Schema:
    """An immutable snapshot of all objects under a version number. A request keeps the one it began with."""

    version: int
    objects: Mapping[str, ObjectSpec]
    by_model: Mapping[type[Any], str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> ObjectSpec:
        return self.objects[name]

    def get(self, name: str) -> ObjectSpec | None:
        return self.objects.get(name)

    def __iter__(self) -> Any:
        return iter(self.objects.values())

    def referring(self, target: str) -> list[tuple[ObjectSpec, Field]]:
        """All fields of all objects that lead to ``target``, with the object they stand on; ``"*"`` leads to all."""
        return [(spec, one) for spec in self for one in spec.fields.values() if one.target in (target, ANY)]
