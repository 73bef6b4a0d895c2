"""Articles by PostgreSQL's full text search, guides by what is broken."""

from collections.abc import Sequence

from adapters.postgres.database import Database
from domain.state import Priority
from domain.toolbox.knowledge import Article, TroubleshootingGuide

# Any of the words may match, or a whole sentence would find nothing; articles that have more of them, and rarer ones,
# come first. ts_rank knows nothing of rarity, so each word's weight is its inverse document frequency, as in BM25.
_SEARCH = """
with words as (
    select lexeme, quote_literal(lexeme)::tsquery as word
    from unnest(to_tsvector('english', %(query)s))
), weighted as (
    select word, ln(1 + (select count(*) from knowledge_articles)::float8 / (1 + count(a.article_id))) as rarity
    from words left join knowledge_articles a on a.document @@ word
    group by word
)
select article_id, title, category, version, body as content,
       round(sum(rarity * ts_rank(array[0.1, 0.2, 0.6, 1.0]::real[], document, word, 1))::numeric, 4)::float8 as score
from weighted join knowledge_articles on document @@ word
where %(categories)s::text[] is null or category = any(%(categories)s)
group by article_id
order by score desc, article_id limit %(limit)s
"""
_GUIDE = """
select guide_id, title, issue_category, product_type, urgent_steps, steps, escalate_when
from troubleshooting_guides
where issue_category = %(issue_category)s or product_type = %(product_type)s
order by (issue_category = %(issue_category)s)::int * 2 + (product_type = %(product_type)s)::int desc, guide_id
limit 1
"""


class PostgresKnowledge:
    """Implements ``activities.ports.Knowledge``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, query: str, *, categories: Sequence[str] | None, limit: int) -> list[Article]:
        chosen = None if categories is None else list(categories)
        rows = await self._database.rows(_SEARCH, {"query": query, "categories": chosen, "limit": limit})
        return [Article.model_validate(row) for row in rows]

    async def guide(self, issue_category: str, product_type: str, severity: Priority) -> TroubleshootingGuide | None:
        row = await self._database.row(_GUIDE, {"issue_category": issue_category, "product_type": product_type})
        return None if row is None else TroubleshootingGuide.model_validate(row | {"severity": severity})

    async def guide_topics(self) -> list[str]:
        rows = await self._database.rows(
            "select issue_category || '/' || product_type as topic from troubleshooting_guides order by 1", {}
        )
        return [row["topic"] for row in rows]
