"""The folder as it is served: what belongs together is there."""

import re

import pytest

from tests.chat.scripted_server import CHAT_FOLDER

pytestmark = pytest.mark.unit


def test_the_page_loads_every_module_at_once() -> None:
    """Left out, a module costs the first paint another round trip."""
    page = (CHAT_FOLDER / "index.html").read_text(encoding="utf-8")
    preloaded = re.findall(r'rel="modulepreload" href="/chat/widget/([\w.]+)"', page)
    assert preloaded == sorted(path.name for path in (CHAT_FOLDER / "widget").glob("*.js"))


def test_no_markup_is_made_from_strings() -> None:
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function")
    for path in CHAT_FOLDER.rglob("*.js"):
        assert not forbidden.search(path.read_text(encoding="utf-8")), path.name


def test_imports_lead_somewhere() -> None:
    for path in (CHAT_FOLDER / "widget").glob("*.js"):
        for name in re.findall(r'from "\./([\w.]+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / name).is_file(), f"{path.name} imports {name}"
