"""PostgreSQL: the schema, the pool, the back office and the conversation log."""
