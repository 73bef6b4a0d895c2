"""What the arguments of all tools have in common: strictness, and the bounds of ids and texts.

Models invent arguments; whatever is not exactly expected is refused before anything runs.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"


class ToolArguments(BaseModel):
    """Base of all argument models: immutable, nothing unknown, texts stripped."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


Id = Annotated[str, StringConstraints(max_length=64, pattern=ID_PATTERN)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=40)]
"""A category, a type: a short name."""
CustomerId = Annotated[Id, Field(description="The customer of this conversation, for example CUST_001.")]
