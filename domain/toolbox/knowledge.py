"""Tools that look things up: articles and step-by-step guides."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.model import Record
from domain.state import AgentType, Priority
from domain.toolbox.fields import ToolArguments, Word
from domain.tools import EVERYBODY, ToolPolicy, ToolSpec

RESULTS_LIMIT = 8
BEST_ARTICLE_LIMIT = 1_300
"""Characters of the best match; articles are written to fit."""
OTHER_ARTICLE_LIMIT = 160


class SearchKnowledgeBase(ToolArguments):
    query: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="What to look for, in the customer's words or as keywords."
    )
    category_filter: Annotated[list[Word], Field(max_length=10)] | None = Field(
        None, description="Only these categories: faq, billing, technical, account, sales, policy."
    )
    max_results: Annotated[int, Field(ge=1, le=RESULTS_LIMIT)] = 5


class Article(Record):
    """``content`` is the whole text of the best match and the beginning of the others. ``score`` is above 0 and only
    comparable within one answer."""

    article_id: str
    title: str
    category: str
    score: float
    version: int = 1
    content: str


class ArticlesFound(Record):
    articles: list[Article] = Field(max_length=RESULTS_LIMIT, description="Best first.")


SEARCH_KNOWLEDGE_BASE = ToolSpec(
    name="search_knowledge_base",
    description="Search internal documentation and procedures: plans and prices, policies, how-tos, known problems.",
    arguments=SearchKnowledgeBase,
    result=ArticlesFound,
    policy=ToolPolicy(agents=EVERYBODY, timeout_seconds=3),
)


class GetTroubleshootingGuide(ToolArguments):
    issue_category: Word = Field(
        description="For example connection, slow_speed, wifi, login, send_receive, no_signal, picture."
    )
    product_type: Word = Field(
        description="For example internet, email_service, mobile, tv, cloud_backup, security, account."
    )
    severity: Priority = Field(description="low, medium, high or critical.")


class TroubleshootingGuide(Record):
    guide_id: str
    title: str
    issue_category: str
    product_type: str
    severity: Priority = Field(description="As asked: from high upwards, do the urgent steps first.")
    urgent_steps: list[str] = Field(default_factory=list, description="First, when the severity is high or critical.")
    steps: list[str]
    escalate_when: str


GET_TROUBLESHOOTING_GUIDE = ToolSpec(
    name="get_troubleshooting_guide",
    description="Retrieve step-by-step troubleshooting procedures for a kind of problem with a kind of product.",
    arguments=GetTroubleshootingGuide,
    result=TroubleshootingGuide,
    policy=ToolPolicy(
        agents=frozenset({AgentType.TIER1, AgentType.TIER2, AgentType.TIER3, AgentType.SUPERVISOR, AgentType.HUMAN}),
        timeout_seconds=3,
    ),
)

TOOLS = (SEARCH_KNOWLEDGE_BASE, GET_TROUBLESHOOTING_GUIDE)
