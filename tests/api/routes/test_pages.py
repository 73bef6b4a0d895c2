"""What browsers open, served by the application itself; none of it needs a server behind it."""

from html.parser import HTMLParser
from types import SimpleNamespace

import httpx
import pytest

from adapters.settings import Settings
from api.app import create_app
from api.routes.pages import CHAT_FOLDER

pytestmark = pytest.mark.unit

FILES = [
    "/chat",
    "/chat/",
    *sorted(f"/chat/{p.relative_to(CHAT_FOLDER)}" for p in CHAT_FOLDER.rglob("*.*") if p.is_file()),
]


@pytest.fixture(scope="module")
def app():
    app = create_app(Settings())
    demo = SimpleNamespace(mint=lambda: "a-token", customer_id="CUST_001")
    app.state.services = SimpleNamespace(demo=demo)
    return app


@pytest.fixture
async def client(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("path", FILES)
async def test_the_chat_s_files_are_kept_and_asked_about(client, path):
    first = await client.get(path)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"
    assert again.headers["etag"] == first.headers["etag"]
    changed = await client.get(path, headers={"If-None-Match": '"of-the-last-release"'})
    assert (changed.status_code, changed.content) == (200, first.content)


async def test_a_session_is_never_kept(client):
    session = await client.get("/chat/session")
    assert session.json()["token"] == "a-token"
    assert session.headers["cache-control"] == "no-store"


async def test_what_is_not_there_is_not_found(client):
    assert (await client.get("/chat/nothing.js")).status_code == 404
    assert (await client.get("/redoc")).status_code == 404


class Links(HTMLParser):
    """Whatever a page loads or leads to, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.found += [value for name, value in attributes if name in ("src", "href", "action", "data", "srcset")]


async def test_the_reference_needs_no_other_host_and_no_script(client):
    page = await client.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    links = Links(page.text)
    assert links.found == ["/openapi.json"]
    assert not {"script", "iframe", "img", "link"} & set(links.tags)
    assert "http" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert (await client.get("/openapi.json")).status_code == 200


async def test_the_reference_names_every_operation(client, app):
    page = (await client.get("/docs")).text
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            assert f"<b>{method.upper()}</b> <code>{path}</code>" in page
            assert operation["summary"].replace("'", "&#x27;") in page
    assert page.count("<details>") == sum(len(methods) for methods in app.openapi()["paths"].values())


async def test_nothing_of_the_document_becomes_markup(client, app):
    document = app.openapi()
    sly = document | {"info": document["info"] | {"title": "<script>alert(1)</script>"}}
    from api.reference import reference_page

    assert "<script" not in reference_page(sly)
