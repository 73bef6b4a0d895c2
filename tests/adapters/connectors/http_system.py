"""A company's back office with an HTTP API, as a process of its own: ``python http_system.py PORT``.

What it does is chosen by the customer's id, as ``BEHAVIOURS`` says; ``GET /counts`` tells what it really did.
"""

import asyncio
import sys
from collections import Counter
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel

TOKEN = "the-token-of-the-tests"
NOW = "2026-11-20T15:00:00Z"

app = FastAPI(title="Legacy back office")
done: dict[str, dict[str, Any]] = {}
"""What was done under an Idempotency-Key."""
in_hand: set[str] = set()
"""Keys of requests that are still being processed."""
tickets: list[dict[str, Any]] = []
counts: Counter[str] = Counter()


def problem(status: int, error_type: str, detail: str) -> JSONResponse:
    body = {"type": f"https://crm.example/problems/{error_type}", "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


BEHAVIOURS = {
    "CUST_GONE": lambda: problem(404, "no-such-customer", "CUST_GONE left us."),
    "CUST_FULL": lambda: problem(409, "not-possible", "Mail ada@example.com first: the notebook is full."),
    "CUST_ODD_CODE": lambda: problem(409, "E-77", "The case is locked."),
    "CUST_CONFLICT": lambda: problem(409, "about:blank", "A request with this key is being processed."),
    "CUST_BAD": lambda: JSONResponse({"message": "no such field"}, 422),
    "CUST_TEAPOT": lambda: PlainTextResponse("short and stout", 418),
    "CUST_DOWN": lambda: PlainTextResponse("out of order", 503),
    "CUST_BUSY": lambda: problem(429, "slow-down", "Later."),
    "CUST_MOVED": lambda: PlainTextResponse("", 302, headers={"Location": "https://elsewhere.example"}),
    "CUST_HTML": lambda: PlainTextResponse("<html>Welcome</html>"),
    "CUST_EMPTY": lambda: PlainTextResponse(""),
    "CUST_WRONG": lambda: JSONResponse({"note_id": 7, "notes": "many"}),
    "CUST_ENDLESS": lambda: PlainTextResponse("[" + "1," * 700_000),
}


async def behave(customer_id: str) -> Any:
    if customer_id == "CUST_SLOW":
        await asyncio.sleep(30)
    return BEHAVIOURS[customer_id]() if customer_id in BEHAVIOURS else None


@app.middleware("http")
async def check_token(request: Request, call_next):
    if "authorization" in request.headers:
        counts[f"tokens sent to {request.headers['host']}"] += 1
    if request.url.path.startswith("/api") and request.headers.get("authorization") != f"Bearer {TOKEN}":
        return problem(401, "who-are-you", "No token.")
    return await call_next(request)


class Note(BaseModel):
    note: str
    category: str
    conversation_id: str


@app.post("/api/customers/{customer_id}/notes", status_code=201)
async def add_note(customer_id: str, note: Note, idempotency_key: Annotated[str, Header()]):
    if odd := await behave(customer_id):
        return odd
    if idempotency_key in in_hand:
        counts["conflicts"] += 1
        return problem(409, "about:blank", "The first request is still being processed.")
    if customer_id == "CUST_002" and idempotency_key not in done:
        # Its notebook takes longer than anybody waits: until the next try has met this one.
        in_hand.add(idempotency_key)
        met = counts["conflicts"]
        for _ in range(200):
            await asyncio.sleep(0.05)
            if counts["conflicts"] > met:
                break
        in_hand.remove(idempotency_key)
    if idempotency_key not in done:
        counts["notes"] += 1
        done[idempotency_key] = {"note_id": f"N-{counts['notes']}", "category": note.category, "notes": counts["notes"]}
    return {"data": done[idempotency_key]}


class Credit(BaseModel):
    customer_id: str
    amount: str
    reason: str
    invoice_id: str | None = None


@app.post("/api/credits")
async def add_credit(credit: Credit, idempotency_key: Annotated[str, Header()]):
    if idempotency_key not in done:
        counts["credits"] += 1
        done[idempotency_key] = {
            "transaction_id": f"TX-{counts['credits']}",
            "amount": credit.amount,
            "currency": "USD",
            "invoice_id": credit.invoice_id,
            "new_balance": "0.00",
        }
    return done[idempotency_key]


@app.get("/api/invoices")
async def invoices(request: Request, customer: str, limit: int):
    if odd := await behave(customer):
        return odd
    charge = {"charge_id": "CH-1", "description": "Fibre", "charged_on": "2026-11-01", "amount": 49.9}
    all_of_them = [
        {
            "invoice_id": f"INV-{number}",
            "issued_on": "2026-11-01",
            "due_on": "2026-11-15",
            "status": "paid",
            "total": "49.90",
            "charges": [charge],
            "asked": str(request.url.query),
        }
        for number in range(1, 6)
    ]
    return all_of_them[:limit]


@app.get("/api/articles")
async def search(query: str, limit: int, categories: Annotated[list[str] | None, Header()] = None):
    return []


@app.get("/api/guides/{issue_category}/{product_type}")
async def guide(issue_category: str, product_type: str):
    raise HTTPException(404)


class Ticket(BaseModel):
    customer_id: str
    category: str
    description: str
    priority: str
    reference: str


@app.post("/api/legacy/tickets")
async def create_ticket(ticket: Ticket):
    """Knows no idempotency: whoever asks twice gets two."""
    counts["tickets"] += 1
    tickets.append(
        {
            "ticket_id": f"TK-{counts['tickets']}",
            "status": "new",
            "priority": ticket.priority,
            "sla_deadline": NOW,
            "reference": ticket.reference,
        }
    )
    return tickets[-1]


@app.get("/api/legacy/tickets")
async def find_tickets(reference: str):
    counts["looked up"] += 1
    return [ticket for ticket in tickets if ticket["reference"] == reference]


@app.get("/api/legacy/found/{shape}")
async def find_in_shape(shape: str, reference: str):
    """The same, as other houses answer."""
    found = await find_tickets(reference)
    first = found[0] if found else None
    match shape:
        case "object":
            return {"data": {"ticket": first}}
        case "page":
            return {"items": found, "total": len(found)}
        case "bare":
            return first
        case "no-content":
            return first or Response(status_code=204)
        case "problem":
            return first or problem(404, "about:blank", "No such ticket.")
        case "nobody":
            return first or problem(404, "no-such-customer", "Never seen.")
        case "bad-request":
            return problem(400, "about:blank", "No such parameter.")
        case "empty":
            return PlainTextResponse("")
        case "html":
            return PlainTextResponse("<html>Welcome</html>")
        case "other":
            return {"ticket_id": 7}
        case "holes":
            return [None]
    raise HTTPException(500)


@app.get("/counts")
async def tell():
    return counts


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
