"""Tools that look things up."""

from activities.ports import Knowledge
from activities.toolbox.binding import ToolContext, handles
from domain.errors import NotFound
from domain.toolbox.knowledge import (
    BEST_ARTICLE_LIMIT,
    GET_TROUBLESHOOTING_GUIDE,
    OTHER_ARTICLE_LIMIT,
    SEARCH_KNOWLEDGE_BASE,
    Article,
    ArticlesFound,
    GetTroubleshootingGuide,
    SearchKnowledgeBase,
    TroubleshootingGuide,
)


class KnowledgeTools:
    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    @handles(SEARCH_KNOWLEDGE_BASE)
    async def search_knowledge_base(self, arguments: SearchKnowledgeBase, context: ToolContext) -> ArticlesFound:
        found = await self._knowledge.search(
            arguments.query, categories=_slugs(arguments.category_filter), limit=arguments.max_results
        )
        best, others = found[:1], found[1:]
        shown = [_cut(a, BEST_ARTICLE_LIMIT) for a in best] + [_cut(a, OTHER_ARTICLE_LIMIT) for a in others]
        return ArticlesFound(articles=shown)

    @handles(GET_TROUBLESHOOTING_GUIDE)
    async def get_troubleshooting_guide(
        self, arguments: GetTroubleshootingGuide, context: ToolContext
    ) -> TroubleshootingGuide:
        guide = await self._knowledge.guide(
            _slug(arguments.issue_category), _slug(arguments.product_type), arguments.severity
        )
        if guide is None:
            topics = ", ".join(await self._knowledge.guide_topics())
            raise NotFound(f"There is no such guide. There are (category/product): {topics}.")
        return guide


def _cut(article: Article, limit: int) -> Article:
    """The article with its text cut at a word."""
    if len(article.content) <= limit:
        return article
    return article.model_copy(update={"content": article.content[:limit].rsplit(" ", 1)[0] + " …"})


def _slugs(words: list[str] | None) -> list[str] | None:
    return None if words is None else [_slug(word) for word in words]


def _slug(word: str) -> str:
    """
    >>> _slug("Slow Speed")
    'slow_speed'
    """
    return "_".join(word.casefold().replace("-", " ").split())
