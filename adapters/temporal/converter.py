"""Our data converter: pydantic's JSON, with one set of type adapters for the whole process.

The SDK makes a payload converter for each workflow instance and for each of its activations. Pydantic's own would build
its serializers and type adapters anew each time: a tenth of what a message costs, and memory for every open workflow.
"""

from functools import lru_cache

from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter

ADAPTERS_KEPT = 512
"""We have some dozens of types; tests, which load workflows anew in each sandbox, come to more."""


class SharedPayloadConverter(CompositePayloadConverter):
    """Pydantic's converter, made once; an instance of this class is only a face of it."""

    def __init__(self) -> None:
        self.converters = _pydantic().converters


@lru_cache(maxsize=1)
def _pydantic() -> PydanticPayloadConverter:
    return PydanticPayloadConverter(max_cached_type_adapters=ADAPTERS_KEPT)


DATA_CONVERTER = DataConverter(payload_converter_class=SharedPayloadConverter)
