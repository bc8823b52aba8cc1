-- A price set by mistake can be taken back as long as nothing was charged by it; the row stays, so that every gateway hears of it.
alter table prices add column withdrawn_at timestamptz;
drop index prices_of_model;
create unique index prices_of_model on prices (tenant_id, provider, model, effective_from) where withdrawn_at is null;

-- One call by its id, or by the request id that its caller was told. Both grow at their right end alone.
create index usage_events_id on usage_events (id);
create index usage_events_request on usage_events (request_id);

-- Corrections belong to the hour of their event.
create index usage_corrections_of_time on usage_corrections (admitted_at);

-- Events are moved when their month gets its partition, which a foreign key would not let them. They are never deleted.
alter table usage_corrections drop constraint usage_corrections_tenant_id_admitted_at_event_id_fkey;
