-- What other systems report is found by their own ids. Only these events are in the index: the others cost nothing.
create index integration_events_by_external_id on conversation_events ((body->>'external_id'))
    where type = 'integration_event';
