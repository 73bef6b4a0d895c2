"""The API's reference as one page: made from the OpenAPI document, without a script and without any other host.

To try requests out, load ``/openapi.json`` into a client of your own.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from json import dumps, loads
from typing import Any

_METHODS = ("get", "post", "put", "patch", "delete")
Json = Mapping[str, Any]


def reference_page(document: Json) -> str:
    """The page of an OpenAPI document, as HTML."""
    return _page(dumps(document))


@lru_cache(maxsize=1)
def _page(document: str) -> str:
    api = loads(document)
    operations = list(_operations(api))
    sections = "".join(_section(tag, [o for o in operations if tag["name"] in o["tags"]], api) for tag in api["tags"])
    info = api["info"]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1><p>{escape(info['description'])}</p>"
        f"<p>{_EXPLANATION}</p>{sections}</main></body></html>"
    )


_EXPLANATION = (
    'This page only reads. The whole description, every schema included, is <a href="/openapi.json">/openapi.json</a>: '
    "load it into the client of your choice to send requests. They carry a token: <code>Authorization: Bearer …</code>."
)


def _operations(api: Json) -> Iterator[dict[str, Any]]:
    for path, methods in api["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield {"path": path, "method": method, **methods[method]}


def _section(tag: Json, operations: list[dict[str, Any]], api: Json) -> str:
    told = "".join(_operation(operation, api) for operation in operations)
    return f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>{told}" if told else ""


def _operation(operation: Json, api: Json) -> str:
    named = f"<b>{operation['method'].upper()}</b> <code>{escape(operation['path'])}</code> "
    parts = (
        _paragraphs(operation.get("description", "")),
        _parameters(operation.get("parameters", [])),
        _body(operation.get("requestBody"), api),
        _responses(operation["responses"]),
    )
    return f"<details><summary>{named}{escape(operation['summary'])}</summary>{''.join(parts)}</details>"


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part)


def _parameters(parameters: list[Json]) -> str:
    rows = [(f"{p['name']} ({p['in']})", p.get("description", "")) for p in parameters]
    return _table("Parameters", rows)


def _body(body: Json | None, api: Json) -> str:
    if body is None:
        return ""
    content = body["content"]["application/json"]
    name = content["schema"].get("$ref", "").rpartition("/")[2]
    fields = api["components"]["schemas"].get(name, {}).get("properties", {})
    rows = [(field, schema.get("description", "")) for field, schema in fields.items()]
    examples = "".join(
        f"<pre>{escape(dumps(example['value'], indent=2, ensure_ascii=False))}</pre>"
        for example in content.get("examples", {}).values()
    )
    return _table("Body", rows) + examples


def _responses(responses: Json) -> str:
    return _table("Answers", [(status, response["description"]) for status, response in responses.items()])


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    told = "".join(f"<tr><th><code>{escape(name)}</code></th><td>{escape(text)}</td></tr>" for name, text in rows)
    return f"<h3>{title}</h3><table>{told}</table>" if told else ""


_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:0}
main{max-width:60rem;margin:auto;padding:1rem}
h2{margin:2rem 0 0;text-transform:capitalize}
h3{font-size:1rem;margin:1rem 0 .25rem}
details{border-bottom:1px solid #8885;padding:.5rem 0}
summary{cursor:pointer}
th{text-align:left;vertical-align:top;padding-right:1rem;font-weight:normal;white-space:nowrap}
pre{overflow:auto;padding:.5rem;border:1px solid #8885}
"""
