"""A customer conversation: one long-running workflow that carries its AgentState.

Handlers only note; ``run`` performs one step at a time, as the core in ``domain/conversation.py`` says. The exception
is the claim (and what its owner then says): it changes who speaks before any await, and returns once the log has it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.classify import ClassifyActivities
    from activities.errors import as_application_error
    from activities.quality import CheckInput, QualityActivities
    from activities.registry import Continuation, RegistryActivities
    from activities.survey import SurveyQuestion
    from activities.think import ThinkActivities
    from domain import steps, words
    from domain.assessment import Verdict
    from domain.carry import (
        ConversationInput,
        Errand,
        RewindSla,
        StartApproval,
        StartEscalation,
        StartSla,
        StartSurvey,
        StopChild,
    )
    from domain.conversation import Conversation
    from domain.errors import SwitchboardError
    from domain.ids import claim_event_id, completion_event_id, person_event_id, survey_answer_event_id
    from domain.integrations import IntegrationReport
    from domain.messages import (
        ApprovalNotice,
        ClaimResult,
        CustomerMessage,
        HandoffClaim,
        HandoffCompletion,
        HandoffEnded,
        PersonMessage,
        PersonSaid,
        SlaNotice,
        SurveyNotice,
        ThinkResult,
        ToolOutcome,
        ToolRequest,
    )
    from domain.quality import QualityReport
    from domain.state import AgentState
    from domain.survey import Rating, SurveyRecorded
    from domain.toolbox import policy_of
    from workflows import options
    from workflows.approval import ApprovalInput, ApprovalWorkflow
    from workflows.escalation import EscalationInput, EscalationWorkflow
    from workflows.ids import conversation_workflow_id
    from workflows.saga import run_as_saga, runs_as_saga
    from workflows.search_attributes import changes
    from workflows.sla import SlaInput, SlaWorkflow
    from workflows.survey import SurveyInput, SurveyWorkflow
    from workflows.webui import details_of

InputT = TypeVar("InputT")


@workflow.defn
class ConversationWorkflow:
    @workflow.init
    def __init__(self, start: ConversationInput) -> None:
        self._start = start
        self._core = Conversation(start, workflow.now())
        self._noted = False
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_due: datetime | None = None
        self._late_tools = 0

    @workflow.run
    async def run(self, start: ConversationInput) -> None:
        while True:
            self._noted = False
            step = self._core.next_step(workflow.now())
            match step:
                case steps.Wait():
                    if step.may_renew and self._should_renew():
                        workflow.continue_as_new(start.model_copy(update={"carry": self._core.carry, "initial": []}))
                    await self._rest(step)
                case steps.Finish():
                    self._show()
                    if self._may_leave():
                        return
                    await workflow.wait_condition(lambda: self._noted or self._may_leave())
                case _:
                    await self._perform(step)

    # ------------------------------------------------------------------ facts from outside

    @workflow.signal
    def customer_message(self, message: CustomerMessage) -> None:
        if self._core.accept(message):
            self._noted = True

    @workflow.signal(name=options.SLA_CALLED)
    def sla_called(self, notice: SlaNotice) -> None:
        self._core.sla_called(notice, workflow.now())
        self._noted = True

    @workflow.signal(name=options.SURVEY_CALLED)
    def survey_called(self, notice: SurveyNotice) -> None:
        self._core.survey_called(notice, workflow.now())
        self._noted = True

    @workflow.signal(name=options.APPROVAL_DECIDED)
    def approval_decided(self, notice: ApprovalNotice) -> None:
        self._core.approval_decided(notice, workflow.now())
        self._noted = True

    @workflow.signal(name=options.ESCALATION_ASSESSED)
    def escalation_assessed(self, verdict: Verdict) -> None:
        self._core.assessed(verdict, workflow.now())
        self._noted = True

    @workflow.signal
    def integration_event(self, report: IntegrationReport) -> None:
        if self._core.integration_reported(report, workflow.now()):
            self._noted = True

    @workflow.query
    def state(self) -> AgentState:
        return self._core.state

    @workflow.query
    def last_seq(self) -> int:
        return self._core.last_seq

    @workflow.update
    async def answer_survey(self, rating: Rating) -> SurveyRecorded:
        """The customer answers the survey by a form (else ``survey-closed``); a repeat is no second answer."""
        with as_application_error():
            answered = self._core.rated(rating, workflow.now())
        event_id = survey_answer_event_id(answered.survey_id)
        seq = await self._append_now(self._core.append_pending(), event_id)
        return SurveyRecorded(survey_id=answered.survey_id, seq=seq)

    @answer_survey.validator
    def _may_answer_survey(self, rating: Rating) -> None:
        with as_application_error():
            self._core.check_rating(rating)

    # ------------------------------------------------------------------ people: updates, and signals of the same names

    @workflow.update
    async def claim(self, claim: HandoffClaim) -> ClaimResult:
        """Take the conversation. Whoever is first has it; the rest are refused (``claim-refused``)."""
        with as_application_error():
            step = self._core.claim(claim, workflow.now())
        seq = await self._append_now(step, claim_event_id(claim.handoff_id))
        return ClaimResult(
            conversation_id=self._start.conversation_id,
            handoff_id=claim.handoff_id,
            person_id=claim.person_id,
            seq=seq,
        )

    @claim.validator
    def _may_claim(self, claim: HandoffClaim) -> None:
        with as_application_error():
            self._core.check_claim(claim)

    @workflow.update
    async def say_as_person(self, message: PersonMessage) -> PersonSaid:
        """The owner writes to the customer (else ``not-owner``)."""
        with as_application_error():
            step = self._core.person_says(message, workflow.now())
        seq = await self._append_now(step, person_event_id(message.message_id))
        return PersonSaid(message_id=message.message_id, seq=seq)

    @say_as_person.validator
    def _may_say(self, message: PersonMessage) -> None:
        with as_application_error():
            self._core.check_owner(message.person_id)

    @workflow.update
    async def complete_handoff(self, completion: HandoffCompletion) -> HandoffEnded:
        """The owner ends the handoff (else ``not-owner``): resolved, or returned to the AI."""
        with as_application_error():
            step = self._core.complete_handoff(completion, workflow.now())
        seq = await self._append_now(step, completion_event_id(completion.handoff_id))
        return HandoffEnded(handoff_id=completion.handoff_id, outcome=completion.outcome, seq=seq)

    @complete_handoff.validator
    def _may_complete(self, completion: HandoffCompletion) -> None:
        with as_application_error():
            self._core.check_completion(completion)

    @workflow.signal(name="claim")
    def claim_by_signal(self, claim: HandoffClaim) -> None:
        self._or_ignore(lambda now: self._core.claim(claim, now))

    @workflow.signal(name="say_as_person")
    def say_as_person_by_signal(self, message: PersonMessage) -> None:
        self._or_ignore(lambda now: self._core.person_says(message, now))

    @workflow.signal(name="complete_handoff")
    def complete_handoff_by_signal(self, completion: HandoffCompletion) -> None:
        self._or_ignore(lambda now: self._core.complete_handoff(completion, now))

    def _or_ignore(self, action: Callable[[datetime], object]) -> None:
        """A signal has nobody to refuse to: what is invalid is ignored and logged. The loop appends the rest."""
        try:
            action(workflow.now())
        except SwitchboardError as error:
            workflow.logger.warning("Ignored a signal: %s", error.type)
        self._noted = True

    async def _append_now(self, step: steps.Append, event_id: str) -> int:
        """A handler's own appends, until its event is in the log (a storm takes several): the loop may be waiting for a
        thought that the raised epoch has just made void. Returns the log's last seq."""
        self._noted = True
        await self._append(step)
        while self._core.is_pending(event_id):
            await self._append(self._core.append_pending())
        self._noted = True
        return self._core.last_seq

    # ------------------------------------------------------------------ steps

    async def _perform(self, step: steps.Step) -> None:
        match step:
            case steps.Open():
                await self._open(step)
            case steps.AskForRoom():
                await self._ask_for_room(step)
            case steps.Classify():
                await self._classify(step)
            case steps.Think():
                await self._think(step)
            case steps.RunTools():
                await self._run_tools(step)
            case steps.CheckQuality():
                self._check_quality(step)
            case steps.Append():
                await self._append(step)
            case steps.ContinueElsewhere():
                await self._continue_elsewhere(step)
            case steps.RunErrand():
                await self._run_errand(step.errand)
                self._core.on_errand_done()
            case _:
                raise AssertionError(f"no such step: {step}")

    async def _open(self, step: steps.Open) -> None:
        result = await workflow.execute_activity_method(
            RegistryActivities.open_conversation,
            step.input,
            **options.summarized(options.OPEN, "Open the conversation"),
        )
        self._core.on_opened(result, workflow.now())
        self._show()

    async def _ask_for_room(self, step: steps.AskForRoom) -> None:
        room = await workflow.execute_activity_method(
            RegistryActivities.has_room,
            step.conversation_id,
            **options.summarized(options.OPEN, "Look for a free place"),
        )
        self._core.on_looked_for_room(room, workflow.now())

    async def _classify(self, step: steps.Classify) -> None:
        try:
            reading = await workflow.execute_local_activity_method(
                ClassifyActivities.classify, step.input, **options.CLASSIFY
            )
        except ActivityError:
            reading = None
        self._core.on_classified(step, reading, workflow.now())

    async def _think(self, step: steps.Think) -> None:
        """Wait for the thought, or for what makes it void; a void thought is fenced off by the log, not awaited."""
        thought = workflow.start_activity_method(
            ThinkActivities.think,
            step.input,
            **options.summarized(options.THINK, f"{step.input.agent} thinks"),
        )
        await workflow.wait_condition(lambda: thought.done() or self._core.overtaken(step))
        if not thought.done():
            thought.add_done_callback(_forget)
            thought.cancel()
            return
        try:
            result: ThinkResult = thought.result()
        except ActivityError as error:
            self._core.on_thought_failed(step, _type_of(error), workflow.now())
        else:
            self._core.on_thought(step, result, workflow.now())

    async def _run_tools(self, step: steps.RunTools) -> None:
        """Run the tools at once. A claim does not wait for them; what they did is logged when it is known."""
        running = asyncio.ensure_future(asyncio.gather(*(self._run_tool(request) for request in step.requests)))
        self._late_tools += 1

        def ran(done: "asyncio.Future[list[ToolOutcome]]") -> None:
            self._late_tools -= 1
            outcomes = [_out_of_order(r) for r in step.requests] if done.exception() else done.result()
            self._core.on_tools(step, outcomes, workflow.now())
            self._noted = True

        running.add_done_callback(ran)
        await workflow.wait_condition(lambda: running.done() or self._core.turn_is_over(step.turn_id))

    async def _run_tool(self, request: ToolRequest) -> ToolOutcome:
        if runs_as_saga(request.call.tool):
            return await run_as_saga(request)
        try:
            policy = policy_of(request.call.tool)
            outcome: ToolOutcome = await workflow.execute_activity(
                request.call.tool,
                request,
                result_type=ToolOutcome,
                **options.summarized(options.tool_options(policy), f"{request.call.tool} for {request.agent}"),
            )
            return outcome
        except ActivityError as error:
            return ToolOutcome(
                call_id=request.call.call_id,
                tool=request.call.tool,
                success=False,
                error_type=_type_of(error),
                error="This tool is not available at the moment. Say so, and offer another way.",
            )

    def _check_quality(self, step: steps.CheckQuality) -> None:
        """Beside the conversation, which goes on; only its end waits for the report."""
        checking = workflow.start_activity_method(
            QualityActivities.check,
            CheckInput(conversation_id=step.conversation_id, since_seq=step.since_seq),
            **options.summarized(options.CHECK, "Quality check"),
        )
        self._late_tools += 1

        def checked(done: "asyncio.Future[QualityReport]") -> None:
            self._late_tools -= 1
            failed = done.cancelled() or done.exception() is not None
            self._core.on_checked(None if failed else done.result(), workflow.now())
            self._noted = True

        checking.add_done_callback(checked)

    async def _append(self, step: steps.Append) -> None:
        result = await workflow.execute_activity_method(
            ThinkActivities.append,
            step.input,
            **options.summarized(options.APPEND, "Log what happened"),
        )
        self._core.on_appended(step, result, workflow.now())

    async def _continue_elsewhere(self, step: steps.ContinueElsewhere) -> None:
        continued_in = await workflow.execute_activity_method(
            RegistryActivities.continue_elsewhere,
            Continuation(
                conversation_id=self._start.conversation_id,
                customer_id=self._start.customer_id,
                channel=self._start.channel,
                messages=step.messages,
                continued_in=step.continued_in,
            ),
            **options.summarized(options.OPEN, "Continue in a linked conversation"),
        )
        self._core.on_continued(step, continued_in, workflow.now())

    # ------------------------------------------------------------------ children

    async def _run_errand(self, errand: Errand) -> None:
        """Children outlive a run (ABANDON), are known by id, and one that is gone needs nothing."""
        try:
            match errand:
                case StartSla():
                    await self._start_sla(errand)
                case StartSurvey():
                    await self._start_survey(errand)
                case StartApproval():
                    await self._start_approval(errand)
                case StartEscalation():
                    await self._start_escalation(errand)
                case RewindSla():
                    clock = workflow.get_external_workflow_handle_for(SlaWorkflow.run, errand.workflow_id)
                    await clock.signal(SlaWorkflow.rewind, errand)
                case StopChild():
                    # Every child has a signal of this name.
                    child = workflow.get_external_workflow_handle_for(SlaWorkflow.run, errand.workflow_id)
                    await child.signal(SlaWorkflow.stop)
        except WorkflowAlreadyStartedError:
            workflow.logger.info("A child runs already.")
        except FailureError:
            workflow.logger.info("A child is gone already.")

    async def _start_sla(self, errand: StartSla) -> None:
        await _start_child(
            SlaWorkflow.run,
            SlaInput(
                conversation_workflow_id=conversation_workflow_id(self._start.conversation_id),
                ticket_id=errand.ticket_id,
                at_risk_at=errand.at_risk_at,
                deadline=errand.deadline,
            ),
            errand.workflow_id,
            "SLA clock of a ticket",
        )

    async def _start_survey(self, errand: StartSurvey) -> None:
        question = SurveyQuestion(
            survey_id=errand.workflow_id,
            conversation_id=self._start.conversation_id,
            customer_id=self._start.customer_id,
            channel=self._start.channel,
            question=words.SURVEY_QUESTION,
            at=workflow.now(),
        )
        await _start_child(
            SurveyWorkflow.run,
            SurveyInput(
                conversation_workflow_id=conversation_workflow_id(self._start.conversation_id),
                survey_id=errand.workflow_id,
                question=question,
                expires_seconds=errand.expires_seconds,
                reminder_seconds=errand.reminder_seconds,
            ),
            errand.workflow_id,
            "Customer satisfaction survey",
        )

    async def _start_approval(self, errand: StartApproval) -> None:
        await _start_child(
            ApprovalWorkflow.run,
            ApprovalInput(
                conversation_workflow_id=conversation_workflow_id(self._start.conversation_id),
                approval_id=errand.workflow_id,
                expires_at=errand.expires_at,
            ),
            errand.workflow_id,
            f"Approval of {errand.tool}",
        )

    async def _start_escalation(self, errand: StartEscalation) -> None:
        await _start_child(
            EscalationWorkflow.run,
            EscalationInput(
                conversation_workflow_id=conversation_workflow_id(self._start.conversation_id), case=errand.case
            ),
            errand.workflow_id,
            f"Escalation to the supervisor: {errand.case.trigger}",
        )

    # ------------------------------------------------------------------ rest, renewal, end

    async def _rest(self, step: steps.Wait) -> None:
        self._show()
        self._arm(step.until)
        await workflow.wait_condition(lambda: self._noted)

    def _arm(self, due: datetime | None) -> None:
        """One timer, re-armed lazily: ringing too early costs a look, setting it anew for each message two events."""
        if due is None or (self._alarm_due is not None and self._alarm_due <= due):
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_due = due
        self._alarm = asyncio.create_task(self._ring(due))

    async def _ring(self, due: datetime) -> None:
        await workflow.sleep(due - workflow.now(), summary="Next look at the clocks")
        self._alarm, self._alarm_due = None, None
        self._noted = True

    def _should_renew(self) -> bool:
        full = self._core.turns_in_run >= self._start.policy.continue_as_new_turns
        return (full or workflow.info().is_continue_as_new_suggested()) and self._may_leave()

    def _may_leave(self) -> bool:
        """No handler and no tool of ours is under way. Checked right before the run ends, with no await between."""
        return workflow.all_handlers_finished() and self._late_tools == 0 and not self._noted

    def _show(self) -> None:
        """What the Temporal Web UI shows of a conversation."""
        workflow.set_current_details(details_of(self._core.state))
        if updates := changes(workflow.info().typed_search_attributes, self._core.state):
            workflow.upsert_search_attributes(updates)


async def _start_child(
    run: Callable[[Any, InputT], Awaitable[Any]], start: InputT, workflow_id: str, summary: str
) -> None:
    """A child lives on when this run continues as new, and reports by signal: its end is awaited by nobody."""
    child = await workflow.start_child_workflow(
        run,
        start,
        id=workflow_id,
        parent_close_policy=ParentClosePolicy.ABANDON,
        task_timeout=options.WORKFLOW_TASK_TIMEOUT,
        static_summary=summary,
    )
    child.add_done_callback(_forget)


def _out_of_order(request: ToolRequest) -> ToolOutcome:
    """For an outcome that cannot be read: told, or the conversation would wait for it for ever."""
    return ToolOutcome(
        call_id=request.call.call_id,
        tool=request.call.tool,
        success=False,
        error_type="unknown",
        error="Nobody can see whether this was done. Promise nothing; a person has to look.",
    )


def _type_of(error: ActivityError) -> str:
    return error.cause.type or "unknown" if isinstance(error.cause, ApplicationError) else type(error.cause).__name__


def _forget(thought: "asyncio.Task[Any]") -> None:
    """For what is not awaited (a void thought, a child): see its exception, so that nobody warns it never was."""
    if not thought.cancelled():
        thought.exception()
