"""What several contracts write with."""

from __future__ import annotations

from kith.kernel.schema.spec import ObjectSpec


def plain_field(spec: ObjectSpec) -> str:
    """A field by which a record can be called otherwise: the title, or where that is put together, its first plain
    text.
    """
    title = spec.fields[spec.title]
    if title.editable and not title.expands and title.type.name == "text":
        return spec.title
    return next(
        name for name, one in spec.fields.items() if one.editable and one.type.name == "text" and not one.unique
    )
