"""The peer: LangGraph with its Postgres saver behind FastAPI, written as its users would, in one process.

Runs in an environment of its own, so it imports nothing of ours but texts. ``BENCH_SHAPE`` is ``plain`` (classify,
agent) or ``tool`` (classify, agent, tool, agent); ``BENCH_VARIANT`` is ``shipped``, or ``fair``: without the lock that
the saver holds around every query, which would keep it from using its pool.
"""

import operator
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any, TypedDict

import uvicorn
from fastapi import FastAPI
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

from bench.texts import REPLIES, VARIANTS

INVOICE = '{"invoice_id": "INV-20931", "amount": "49.00", "payments": [{"amount": "49.00"}, {"amount": "49.00"}]}'
POOL = 16


class State(TypedDict, total=False):
    messages: Annotated[list[AnyMessage], add_messages]
    turn: Annotated[int, operator.add]
    intent: str
    confidence: float
    agent: str


class Message(BaseModel):
    message: str
    message_id: str


async def classify(_: State) -> State:
    return {"intent": "duplicate_charge", "confidence": 0.97, "turn": 1}


async def reply(state: State) -> State:
    return {"agent": "billing", "messages": [AIMessage(REPLIES[state["turn"] % VARIANTS])]}


async def agent(state: State) -> State:
    """Asks for the tool first, answers when its result is there."""
    if isinstance(state["messages"][-1], ToolMessage):
        return await reply(state)
    call = {"name": "get_billing_information", "args": {"customer_id": "CUST_001"}, "id": f"call-{state['turn']}"}
    return {"agent": "billing", "messages": [AIMessage("", tool_calls=[call])]}


async def tool(state: State) -> State:
    call = state["messages"][-1].tool_calls[0]
    return {"messages": [ToolMessage(INVOICE, tool_call_id=call["id"])]}


def graph_of(shape: str) -> StateGraph[State]:
    graph = StateGraph(State)
    graph.add_node("classify", classify)
    graph.add_edge(START, "classify")
    graph.add_edge("classify", "agent")
    graph.add_node("agent", agent if shape == "tool" else reply)
    if shape == "plain":
        graph.add_edge("agent", END)
        return graph
    graph.add_node("tool", tool)
    graph.add_conditional_edges("agent", _wants_tool, {True: "tool", False: END})
    graph.add_edge("tool", "agent")
    return graph


def _wants_tool(state: State) -> bool:
    return bool(getattr(state["messages"][-1], "tool_calls", None))


class NoLock:
    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None


@asynccontextmanager
async def open_saver(database_url: str, variant: str) -> AsyncIterator[AsyncPostgresSaver]:
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    async with AsyncExitStack() as stack:
        pool = AsyncConnectionPool(database_url, min_size=POOL, max_size=POOL, open=False, timeout=120, kwargs=options)
        await stack.enter_async_context(pool)
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
        if variant == "fair":
            saver.lock = NoLock()
        yield saver


def create_app(database_url: str, shape: str, variant: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_saver(database_url, variant) as saver:
            app.state.graph = graph_of(shape).compile(checkpointer=saver)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/conversations/{conversation_id}/messages")
    async def say(conversation_id: str, message: Message) -> dict[str, Any]:
        thread = {"configurable": {"thread_id": conversation_id}}
        state = await app.state.graph.ainvoke({"messages": [HumanMessage(message.message)]}, thread)
        return {"message_id": message.message_id, "reply": state["messages"][-1].content}

    return app


def main() -> None:
    given = os.environ
    app = create_app(given["BENCH_DATABASE"], given["BENCH_SHAPE"], given["BENCH_VARIANT"])
    uvicorn.run(app, host="127.0.0.1", port=int(given["BENCH_PORT"]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
