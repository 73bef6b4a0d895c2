-- What customers answer in surveys stands with their earlier scores, beside the log that has it word for word.

alter table satisfaction_scores
    add column nps    smallint check (nps between 0 and 10),
    add column effort smallint check (effort between 1 and 7);

-- A trigger of its own: `project_event` is for what conversations do to the log's tables, this is the CRM's.
create function note_satisfaction() returns trigger language plpgsql as $$
begin
    insert into satisfaction_scores (customer_id, at, score, nps, effort)
    select customer_id, new.at, (new.body->>'score')::integer, (new.body->>'nps')::integer,
           (new.body->>'effort')::integer
    from conversations join customers using (customer_id)
    where conversation_id = new.conversation_id
    on conflict do nothing;
    return null;
end $$;

create trigger satisfaction_of_survey after insert on conversation_events
    for each row when (new.type = 'survey_answered') execute function note_satisfaction();
