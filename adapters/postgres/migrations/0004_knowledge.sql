-- What the company knows: articles found by full text, guides found by what is broken.

create table knowledge_articles (
    article_id text primary key,
    title      text not null,
    category   text not null,
    product    text not null default '',
    language   text not null default 'en',
    keywords   text not null default '',
    body       text not null,
    version    integer not null default 1,
    updated_at timestamptz not null default clock_timestamp(),
    -- A title says most; keywords are the words that customers use instead.
    document   tsvector not null generated always as (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', keywords), 'B')
        || setweight(to_tsvector('english', body), 'D')
    ) stored
);
create index knowledge_articles_document on knowledge_articles using gin (document);
create index knowledge_articles_category on knowledge_articles (category);

create table troubleshooting_guides (
    guide_id       text primary key,
    title          text not null,
    issue_category text not null,
    product_type   text not null,
    urgent_steps   text[] not null default '{}',
    steps          text[] not null,
    escalate_when  text not null,
    unique (issue_category, product_type)
);
