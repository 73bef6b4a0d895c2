import re

import pytest

from worker import build_id

pytestmark = pytest.mark.unit


def test_the_code_has_a_name_of_its_own():
    assert re.fullmatch(r"[0-9a-f]{16}", build_id())
    assert build_id() == build_id()
