"""What all bodies of version 1 share: strict requests, examples, and pages of a list."""

from __future__ import annotations

import types
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

T = TypeVar("T")

_PLAIN: dict[Any, Any] = {bool: False, int: 1, float: 0.5, str: ""}


class Schema(BaseModel):
    """A body that is sent. Its example is made of the examples of its fields."""

    model_config = ConfigDict(from_attributes=True, populate_by_name=True)

    @classmethod
    def example(cls) -> dict[str, Any]:
        """Return a whole example, as JSON has it."""
        return {field.alias or name: _example(field) for name, field in cls.model_fields.items()}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Put the example into the description of the API."""
        schema = handler(core_schema)
        described = handler.resolve_ref_schema(schema)
        described.pop("description", None)  # the docstring is for whoever reads the code
        described["examples"] = [cls.example()]
        return schema


class Request(Schema):
    """A body that is received: a name that is not known is an error, not a misunderstanding."""

    model_config = ConfigDict(extra="forbid")


class Page(Schema, Generic[T]):
    """Some items of a list."""

    items: list[T] = Field(description="並びは一定で、同じ並びの続きを `next` で取れます。")
    next: str | None = Field(
        description="続きがあるとき、次の要求の `cursor` にそのまま渡す値。なければ null。", examples=[None]
    )


def storable(text: str) -> str:
    """Refuse the one character that databases do not take in a text."""
    if "\0" in text:
        raise ValueError("NUL")
    return text


Text = Annotated[str, AfterValidator(storable)]
"""A text from outside; how it must look beyond this is the use case's to say."""


def _example(field: FieldInfo) -> Any:
    if field.examples:
        return field.examples[0]
    return _of_type(field.annotation)


def _of_type(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, Union, types.UnionType):
        return _of_type(next(each for each in arguments if each is not type(None)))
    if origin in (list, tuple):
        return [_of_type(arguments[0])]
    if origin is Literal:
        return arguments[0]
    if isinstance(annotation, type) and issubclass(annotation, Schema):
        return annotation.example()
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation)).value
    return _PLAIN[annotation]  # a field of any other type has an example of its own
