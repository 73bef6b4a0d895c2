-- What people took today, by queue, without reading what they ever took.

create index handoffs_claimed on handoffs (claimed_at) where claimed_at is not null;
