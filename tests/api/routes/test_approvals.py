"""Approvals over HTTP: who sees them, who decides, and that one decision counts, however often and late it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import httpx
import pytest
from psycopg import AsyncConnection
from temporalio.client import Client

from activities.ports import OnDelta
from api.problems import RETRY_SECONDS
from cli.servers.processes import free_port
from domain.ids import approval_workflow_id, escalation_workflow_id, sla_workflow_id, survey_workflow_id, ticket_id
from domain.messages import ApprovalDecision, Decision, ThinkInput
from tests.api.stage import Api, serving
from tests.workflows.test_approval import generous
from workflows.approval import ApprovalWorkflow
from workflows.ids import conversation_workflow_id

pytestmark = pytest.mark.integration

YES, NO = {"approve": True, "reason": "Two months."}, {"approve": False, "reason": "Not proven."}


async def asked(api: Api) -> tuple[str, str]:
    """A conversation that waits for an approval; ids of conversation and approval."""

    async def mind(thought: ThinkInput, on_delta: OnDelta) -> Decision:
        return await generous(thought)

    api.agents.mind = mind
    conversation_id = await api.start_conversation("credit me")
    await api.until(conversation_id, "agent_message")
    await says(api, conversation_id, "yes please")
    events = await api.until(conversation_id, "approval_requested")
    return conversation_id, next(e["approval_id"] for e in events if e["type"] == "approval_requested")


async def says(api: Api, conversation_id: str, text: str) -> None:
    response = await api.client("customer").post(f"/conversations/{conversation_id}/messages", json={"message": text})
    assert response.status_code == 202, response.text


async def decide(api: Api, approval_id: str, body: Any, role: str = "supervisor", **claims: Any) -> httpx.Response:
    return await api.client(role, **claims).post(f"/approvals/{approval_id}/decision", json=body)


async def one(api: Api, approval_id: str) -> dict[str, Any]:
    response = await api.client("agent_tier1").get(f"/approvals/{approval_id}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def listed(api: Api, **query: Any) -> list[dict[str, Any]]:
    """Every item, page by page."""
    person, items = api.client("agent_tier1"), list[dict[str, Any]]()
    offset: int | None = 0
    while offset is not None:
        page = (await person.get("/approvals", params={**query, "offset": offset})).json()
        items, offset = items + page["items"], page["next_offset"]
    return items


async def ended(temporal: Client, approval_id: str) -> str:
    """What came of the approval, once its workflow has ended."""
    handle = temporal.get_workflow_handle_for(ApprovalWorkflow.run, approval_id)
    return (await asyncio.wait_for(handle.result(), 10)).outcome


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


@asynccontextmanager
async def table_behind(api: Api, approval_id: str) -> AsyncIterator[None]:
    """The table cannot follow the log before the block ends."""
    async with await AsyncConnection.connect(api.settings.database_url) as connection:
        await connection.execute("select 1 from approvals where approval_id = %s for update", (approval_id,))
        yield
        await connection.rollback()


class TestReading:
    async def test_one_tells_what_a_person_must_know(self, api: Api) -> None:
        conversation_id, approval_id = await asked(api)
        found = await one(api, approval_id)
        assert (found["conversation_id"], found["approval_id"]) == (conversation_id, approval_id)
        assert (found["tool"], found["agent_type"], found["state"]) == (
            "apply_credit_adjustment",
            "billing",
            "pending",
        )
        assert (found["summary"], found["parameters"]["amount"]) == ("A credit of $120.00", "120.00")
        assert found["expires_at"] > found["requested_at"]
        assert (found["decided_at"], found["decided_by"], found["decision_reason"]) == (None, "", "")

    async def test_the_list_by_state(self, api: Api) -> None:
        (_, waits), (conversation_id, rejected) = await asked(api), await asked(api)
        assert (await decide(api, rejected, NO)).status_code == 200
        await api.until(conversation_id, "approval_decided")

        def ids(items: list[dict[str, Any]]) -> set[str]:
            return {item["approval_id"] for item in items}

        assert {waits, rejected} <= ids(await listed(api))
        pending, no = await listed(api, state="pending"), await listed(api, state="rejected")
        assert waits in ids(pending) and rejected not in ids(pending)
        assert rejected in ids(no) and waits not in ids(no)
        assert {item["state"] for item in pending} == {"pending"}

    async def test_the_list_comes_in_pages_longest_waiting_first(self, api: Api) -> None:
        for _ in range(3):
            await asked(api)
        items = await listed(api, limit=2, state="pending")
        assert len({item["approval_id"] for item in items}) == len(items) >= 3
        requested = [item["requested_at"] for item in items]
        assert requested == sorted(requested)
        assert len((await api.client().get("/approvals?limit=2")).json()["items"]) == 2

    @pytest.mark.parametrize("query", ["state=lost", "limit=0", "limit=501", "offset=-1"])
    async def test_wrong_filters(self, api: Api, query: str) -> None:
        assert (await api.client("agent_tier1").get(f"/approvals?{query}")).status_code == 422

    async def test_customers_see_neither_list_nor_one(self, api: Api) -> None:
        customer, approval_id = api.client("customer"), approval_workflow_id("c", "1-1")
        for path in ("/approvals", f"/approvals/{approval_id}"):
            assert refusal(await customer.get(path)) == (403, "forbidden")

    async def test_a_customer_hears_that_it_is_asked_for_and_not_why(self, api: Api) -> None:
        conversation_id, approval_id = await asked(api)
        assert (await decide(api, approval_id, NO)).status_code == 200
        await api.until(conversation_id, "approval_decided", "interim_message")
        response = await api.client("customer").get(
            f"/conversations/{conversation_id}/events?limit=500", headers={"Accept": "application/json"}
        )
        seen = {event["type"]: event for event in response.json()["events"]}
        known = {event["type"]: event for event in await api.log(conversation_id)}
        assert known["approval_requested"].keys() - seen["approval_requested"].keys() == {"reason", "parameters"}
        assert known["approval_decided"].keys() - seen["approval_decided"].keys() == {"reason", "decided_by"}
        assert "Not proven." not in response.text


class TestDeciding:
    async def test_what_is_approved_is_done(self, api: Api, temporal_client: Client) -> None:
        conversation_id, approval_id = await asked(api)
        response = await decide(api, approval_id, YES)
        assert (response.status_code, response.json()) == (
            200,
            {"approval_id": approval_id, "state": "approved", "decided_by": "supervisor-1"},
        )
        events = await api.until(conversation_id, "approval_decided", "tool_completed")
        assert [event["tool"] for event in events if event["type"] == "tool_completed"] == ["apply_credit_adjustment"]
        assert await ended(temporal_client, approval_id) == "approved"
        found = await one(api, approval_id)
        assert (found["state"], found["decided_by"], found["decision_reason"]) == (
            "approved",
            "supervisor-1",
            "Two months.",
        )
        assert found["decided_at"] >= found["requested_at"]

    async def test_an_administrator_may_reject(self, api: Api) -> None:
        conversation_id, approval_id = await asked(api)
        response = await decide(api, approval_id, NO, "admin")
        assert (response.status_code, response.json()["state"]) == (200, "rejected")
        events = await api.until(conversation_id, "approval_decided", "interim_message")
        assert "tool_completed" not in {event["type"] for event in events}
        assert (await one(api, approval_id))["state"] == "rejected"

    async def test_the_same_again_is_no_error_and_another_is_refused(self, api: Api, temporal_client: Client) -> None:
        conversation_id, approval_id = await asked(api)
        first, at_once = await decide(api, approval_id, NO), await decide(api, approval_id, NO)
        await api.until(conversation_id, "approval_decided")
        await ended(temporal_client, approval_id)
        later = await decide(api, approval_id, NO | {"reason": ""})
        assert [(r.status_code, r.json()) for r in (at_once, later)] == [(200, first.json())] * 2
        for body, claims in ((YES, {}), (NO, {"sub": "ben"}), (YES, {"sub": "ben"})):
            refused = await decide(api, approval_id, body, **claims)
            assert refusal(refused) == (409, "approval-closed")
        found = await one(api, approval_id)
        assert (found["state"], found["decided_by"]) == ("rejected", "supervisor-1")

    async def test_a_repeat_that_the_table_does_not_know_of_yet(self, api: Api, temporal_client: Client) -> None:
        conversation_id, approval_id = await asked(api)
        async with table_behind(api, approval_id):
            first = await decide(api, approval_id, NO)
            assert await ended(temporal_client, approval_id) == "rejected"
            assert (await one(api, approval_id))["state"] == "pending"
            again = await decide(api, approval_id, NO)
            assert (again.status_code, again.json()) == (200, first.json())
            assert refusal(await decide(api, approval_id, YES)) == (409, "approval-closed")
            assert refusal(await decide(api, approval_id, NO, sub="ben")) == (409, "approval-closed")
        await api.until(conversation_id, "approval_decided")
        assert (await one(api, approval_id))["state"] == "rejected"

    @pytest.mark.parametrize("behind", [True, False], ids=["table behind", "table up to date"])
    async def test_a_decision_that_came_another_way(self, api: Api, temporal_client: Client, behind: bool) -> None:
        """Temporal remembers updates, so only what was decided by signal is looked up when it is told again."""
        conversation_id, approval_id = await asked(api)
        async with table_behind(api, approval_id) if behind else nullcontext():
            decision = ApprovalDecision(approval_id=approval_id, approve=False, decided_by="supervisor-1")
            await temporal_client.get_workflow_handle(approval_id).signal("decide", decision)
            assert await ended(temporal_client, approval_id) == "rejected"
            if not behind:
                await api.until(conversation_id, "approval_decided")
            assert (await one(api, approval_id))["state"] == ("pending" if behind else "rejected")
            again = await decide(api, approval_id, NO)
            assert (again.status_code, again.json()["state"]) == (200, "rejected")
            assert refusal(await decide(api, approval_id, YES)) == (409, "approval-closed")
            assert refusal(await decide(api, approval_id, NO, sub="ben")) == (409, "approval-closed")

    async def test_of_many_at_once_one_counts(self, api: Api) -> None:
        conversation_id, approval_id = await asked(api)
        decisions = [(YES if number % 2 else NO, f"person-{number}") for number in range(6)]
        responses = await asyncio.gather(*(decide(api, approval_id, body, sub=sub) for body, sub in decisions))
        assert sorted(response.status_code for response in responses) == [200] + [409] * 5
        won = next(response.json() for response in responses if response.status_code == 200)
        events = await api.until(conversation_id, "approval_decided")
        [logged] = [event for event in events if event["type"] == "approval_decided"]
        assert (logged["decided_by"], logged["approved"]) == (won["decided_by"], won["state"] == "approved")

    async def test_too_late(self, api: Api, temporal_client: Client) -> None:
        soon = api.settings.engine.model_copy(update={"approval_expires_seconds": 1})
        async with serving(api.settings.model_copy(update={"engine": soon}), api.agents) as hurried:
            conversation_id, approval_id = await asked(hurried)
        assert await ended(temporal_client, approval_id) == "expired"
        assert refusal(await decide(api, approval_id, YES)) == (409, "approval-closed")
        await api.until(conversation_id, "approval_decided", "handoff_requested")
        assert refusal(await decide(api, approval_id, YES)) == (409, "approval-closed")
        assert (await one(api, approval_id))["state"] == "expired"

    async def test_an_approval_that_somebody_ended(self, api: Api, temporal_client: Client) -> None:
        _, approval_id = await asked(api)
        await temporal_client.get_workflow_handle(approval_id).terminate()
        assert refusal(await decide(api, approval_id, YES)) == (409, "approval-closed")

    @pytest.mark.parametrize("role", ["customer", "service", "agent_tier1", "agent_tier2"])
    async def test_deciding_is_for_supervisors(self, api: Api, role: str) -> None:
        refused = await decide(api, approval_workflow_id("c", "1-1"), YES, role)
        assert refusal(refused) == (403, "forbidden")

    async def test_whoever_may_not_decide_has_decided_nothing(self, api: Api) -> None:
        _, approval_id = await asked(api)
        assert (await decide(api, approval_id, YES, "agent_tier1")).status_code == 403
        assert (await decide(api, approval_id, {"approve": "perhaps"})).status_code == 422
        assert (await one(api, approval_id))["state"] == "pending"
        assert (await decide(api, approval_id, NO)).status_code == 200

    @pytest.mark.parametrize(
        "body",
        [{}, {"approve": None}, {"approve": "maybe"}, {"approve": True, "reason": "x" * 5_000}, {"aprove": True}, []],
    )
    async def test_wrong_decisions(self, api: Api, body: Any) -> None:
        response = await decide(api, approval_workflow_id("c", "1-1"), body)
        assert response.status_code == 422, response.text


class TestUnknown:
    @pytest.mark.parametrize(
        "approval_id",
        ["approval-c-nope-1-1", "approval-c-1", "approval--1-1", "approval-%00-1-1", "nonsense", "approval-c-1-1%0A"],
    )
    async def test_unknown_approvals(self, api: Api, approval_id: str) -> None:
        response = await api.client("agent_tier1").get(f"/approvals/{approval_id}")
        assert refusal(response) == (404, "unknown-approval")
        assert refusal(await decide(api, approval_id, YES)) == (404, "unknown-approval")

    async def test_ids_of_other_workflows(self, api: Api) -> None:
        """They run, and have updates and results of their own."""
        conversation_id, approval_id = await asked(api)
        before = await api.log(conversation_id)
        for other in (
            conversation_workflow_id(conversation_id),
            sla_workflow_id(ticket_id(conversation_id), 1),
            survey_workflow_id(conversation_id, 1),
            escalation_workflow_id(conversation_id, "1-1"),
            approval_workflow_id(conversation_id, "9-9"),
        ):
            assert refusal(await api.client("admin").get(f"/approvals/{other}")) == (404, "unknown-approval")
            assert refusal(await decide(api, other, YES)) == (404, "unknown-approval")
        assert (await one(api, approval_id))["state"] == "pending"
        assert [e for e in await api.log(conversation_id) if e["type"].startswith("approval")] == [
            e for e in before if e["type"].startswith("approval")
        ]


async def test_without_the_log_the_engine_still_takes_a_decision(api: Api, temporal_client: Client) -> None:
    """Reading needs the log; deciding does not, nor does the same again. Who decides otherwise has to ask again."""
    conversation_id, approval_id = await asked(api)
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    async with serving(api.settings.model_copy(update={"database_url": nowhere}), api.agents) as blind:
        for path in ("/approvals", f"/approvals/{approval_id}"):
            response = await blind.client("agent_tier1").get(path)
            assert refusal(response) == (503, "log-unavailable")
            assert response.headers["retry-after"] == str(RETRY_SECONDS)
        assert (await decide(blind, approval_id, NO)).status_code == 200
        await api.until(conversation_id, "approval_decided")
        await ended(temporal_client, approval_id)
        assert (await decide(blind, approval_id, NO)).status_code == 200
        assert refusal(await decide(blind, approval_id, YES)) == (503, "log-unavailable")
        assert refusal(await decide(api, approval_id, YES)) == (409, "approval-closed")
