"""Stored histories replay against today's code, in the sandbox and out of it.

If this fails, a change to a workflow would break conversations that are under way. Put the change behind
``workflow.patched``, or give it a version; record anew (``python -m tests.histories.record``) only what no running
conversation can have.
"""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowRunner

from worker import WORKFLOWS, sandboxed_runner

pytestmark = pytest.mark.unit

HISTORIES = sorted((Path(__file__).parent.parent / "histories").glob("*.json"))


@pytest.mark.parametrize("runner", [sandboxed_runner(), UnsandboxedWorkflowRunner()], ids=["sandboxed", "unsandboxed"])
@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_stored_histories_replay(path: Path, runner: WorkflowRunner) -> None:
    replayer = Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter, workflow_runner=runner)
    await replayer.replay_workflow(WorkflowHistory.from_json(path.stem, path.read_text()))


def test_there_are_histories_of_every_kind() -> None:
    stories = {path.stem.partition("-")[0] for path in HISTORIES}
    assert stories >= {
        "plain",
        "credit_and_survey",
        "person",
        "overtaken_thought",
        "failed_model",
        "renewed",
        "reopened",
        "refund",
        "refused_refund",
        "escalated",
        "escalated_to_person",
        "approved",
        "quality_failed",
    }
