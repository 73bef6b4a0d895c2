from pathlib import Path

import pytest

from adapters.settings import GROUPS, Settings
from cli.settings_table import markdown_table

pytestmark = pytest.mark.unit


def test_the_documented_table_is_current():
    assert Path("docs/settings.md").read_text() == markdown_table(), (
        "run: switchboard settings --markdown > docs/settings.md"
    )


def test_every_setting_is_in_a_group_and_says_what_it_means():
    grouped = {name for group in GROUPS for name in group.model_fields}
    assert grouped == set(Settings.model_fields)
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    assert "|  |\n" not in markdown_table()
