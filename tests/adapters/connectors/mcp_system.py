"""A company's back office as an MCP server: ``python mcp_system.py PORT``, or ``stdio`` for stdin and stdout.

What it does is chosen by the customer's id; the tool ``counts`` tells what it really did.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel

KEY = "switchboard/idempotency-key"
server = MCPServer("Legacy back office", log_level="ERROR")
done: dict[str, Any] = {}
counts: Counter[str] = Counter()


class Article(BaseModel):
    article_id: str
    title: str
    category: str
    score: float
    content: str


@server.tool()
async def kb_search(query: str, limit: int, categories: list[str] | None = None) -> list[Article]:
    found = [Article(article_id=f"KB-{n}", title=query, category="faq", score=9 - n, content="…") for n in range(1, 9)]
    return found[:limit] if categories != ["nothing"] else []


@server.tool()
async def kb_guide(issue_category: str, product_type: str, severity: str) -> CallToolResult:
    return refuse(status=404, detail="No such guide.")


def refuse(**problem: Any) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=json.dumps(problem))], is_error=True)


@server.tool()
async def add_note(customer_id: str, note: str, category: str, context: Context) -> CallToolResult:
    match customer_id:
        case "CUST_GONE":
            return refuse(type="unknown-customer", detail="Left us.")
        case "CUST_FULL":
            return refuse(type="not-possible", status=409, detail="The notebook is full.")
        case "CUST_CONFLICT":
            return refuse(status=409, detail="The first request is still being processed.")
        case "CUST_ODD_TYPE":
            return refuse(type="E-99", detail="Who knows.")
        case "CUST_ODD_CODE":
            return CallToolResult(content=[TextContent(type="text", text="E-77: the case is locked")], is_error=True)
        case "CUST_BROKEN":
            raise RuntimeError("the disk of ada@example.com is full")
        case "CUST_SLOW":
            await asyncio.sleep(30)
        case "CUST_WRONG":
            return text({"note_id": 7})
        case "CUST_DIES":
            os._exit(1)
    key = meta_of(context)[KEY]
    if key not in done:
        counts["notes"] += 1
        done[key] = {"note_id": f"N-{counts['notes']}", "category": category, "notes": counts["notes"]}
    return text(done[key])


@server.tool()
async def create_ticket(
    customer_id: str, category: str, description: str, priority: str, reference: str
) -> dict[str, Any]:
    """Knows no idempotency: whoever asks twice gets two."""
    counts["tickets"] += 1
    done[reference] = {
        "ticket_id": f"TK-{counts['tickets']}",
        "status": "new",
        "priority": priority,
        "sla_deadline": "2026-11-21T15:00:00Z",
    }
    return done[reference]


@server.tool()
async def find_ticket(effect_key: str) -> list[dict[str, Any]]:
    return [done[effect_key]] if effect_key in done else []


@server.tool()
async def find_in_object(effect_key: str) -> dict[str, Any]:
    return {"ticket": done.get(effect_key)}


@server.tool()
async def find_or_refuse(effect_key: str) -> CallToolResult:
    return refuse(status=400, detail="No such argument.")


@server.tool()
async def find_or_talk(effect_key: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text="No ticket was found.")])


@server.tool()
async def tell_counts() -> dict[str, int]:
    return dict(counts)


def text(answer: Any) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=json.dumps(answer))])


def meta_of(context: Context) -> dict[str, Any]:
    return dict(context.request_context.meta or {})


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run()
    else:
        server.run("streamable-http", port=int(sys.argv[1]))
