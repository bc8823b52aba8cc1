-- How settled calls come into the accounts, and how the life of a gateway process ends in them.
-- Every transaction of the accounts takes its locks in this order: epochs, positions of journals, counters, events, roll-ups; each of them
-- in the order of their keys. Nothing here waits for the row of a provider key or an access key.

-- One epoch may have leases in several windows of one limit, so the window belongs to the key. The event comes first in it: entries are looked
-- for by their event, and ids that grow are entered at one end.
alter table ledger_entries drop constraint ledger_entries_pkey;
drop index ledger_entries_of_event;
alter table ledger_entries add primary key (event_id, tenant_id, limit_id, window_start, kind, correction_id);

-- What an epoch is still charged for want of proof, by counter.
create function unproved_of(p_epoch uuid)
returns table (tenant_id uuid, limit_id uuid, window_start timestamptz, admitted_at timestamptz, amount numeric) language sql stable as $$
  select e.tenant_id, e.limit_id, e.window_start, min(e.admitted_at), sum(e.amount) from ledger_entries e
  where e.event_id = p_epoch and e.kind in ('abandoned', 'correction') group by 1, 2, 3 having sum(e.amount) > 0
$$;

-- Brings what was copied into `staged_events`, a table of this session (events.drain.ts), into every account: events, roll-ups, ledger, and
-- from `leased` to `posted` out of the room of the epoch as far as that reaches. Where that room was charged for want of proof, the events
-- are the proof: the charge goes down by as much. Events of the journal up to the position that is known of it, and events that are there
-- already, add nothing anywhere. Element n of `counters` is the place in `p_counters` that element n of
-- `amounts` counts in; a counter whose limit is gone is passed over. Answers what the epoch's leases are now.
create function drain_staged(p_epoch uuid, p_counters jsonb) returns jsonb language plpgsql as $$
declare
  c_most constant bigint := 9223372036854775807;
  c_nil constant uuid := '00000000-0000-0000-0000-000000000000';
  v_first bigint;
  v_last bigint;
  v_passed bigint;
  v_entered uuid[];
  v_tenants uuid[];
  v_limits uuid[];
  v_windows timestamptz[];
begin
  select min(journal_position), max(journal_position) into v_first, v_last from staged_events;
  if v_last is not null then
    insert into journal_positions (epoch, position) values (p_epoch, 0) on conflict do nothing;
    select position into v_passed from journal_positions where epoch = p_epoch for update;
    if v_first <= v_passed then delete from staged_events where journal_position <= v_passed; end if;
  end if;

  perform lock_counters(p_counters);
  select array_agg(k.tenant_id order by k.place), array_agg(c.limit_id order by k.place), array_agg(k.window_start order by k.place)
  into v_tenants, v_limits, v_windows
  from (select r.*, e.place from jsonb_array_elements(p_counters) with ordinality as e (key, place)
        cross join lateral jsonb_to_record(e.key) as r (tenant_id uuid, limit_id uuid, window_start timestamptz)) k
  left join limit_counters c using (tenant_id, limit_id, window_start);

  with entered as (
    insert into usage_events (tenant_id, admitted_at, id, operation_id, attempt, access_key_id, user_id, agent_id, provider_key_tenant_id,
      provider_key_id, provider, model, endpoint, stream, outcome, error_source, error_code, http_status, tokens_input, tokens_cache_read,
      tokens_cache_write, tokens_cache_write_long, tokens_output, tokens_reasoning, tokens_audio_input, tokens_audio_output, tokens_image,
      cost_nanos, reserved_nanos, price, estimated, unresolved, duration_ms, first_byte_ms, request_id, raw_usage)
    select tenant_id, admitted_at, id, operation_id, attempt, access_key_id, user_id, agent_id, provider_key_tenant_id,
      provider_key_id, provider, model, endpoint, stream, outcome, error_source, error_code, http_status, tokens_input, tokens_cache_read,
      tokens_cache_write, tokens_cache_write_long, tokens_output, tokens_reasoning, tokens_audio_input, tokens_audio_output, tokens_image,
      cost_nanos, reserved_nanos, price, estimated, unresolved, duration_ms, first_byte_ms, request_id, raw_usage
    from staged_events order by tenant_id, admitted_at, id
    on conflict do nothing returning id
  )
  select coalesce(array_agg(id), '{}') into v_entered from entered;
  if cardinality(v_entered) < (select count(*) from staged_events) then
    delete from staged_events s where s.id not in (select unnest(v_entered))
      or exists (select from staged_events t where (t.tenant_id, t.admitted_at, t.id) = (s.tenant_id, s.admitted_at, s.id) and t.ctid < s.ctid);
  end if;

  -- A sum stops at what its column can hold: one absurd figure must not keep all others out.
  insert into usage_rollups as r
  select tenant_id, date_trunc('hour', admitted_at, 'UTC'), access_key_id, coalesce(user_id, c_nil), coalesce(agent_id, c_nil),
    provider_key_id, provider, model, count(*), count(*) filter (where outcome <> 'ok'),
    least(sum(tokens_input), c_most), least(sum(tokens_cache_read), c_most), least(sum(tokens_cache_write), c_most),
    least(sum(tokens_cache_write_long), c_most), least(sum(tokens_output), c_most), least(sum(tokens_reasoning), c_most),
    least(sum(tokens_audio_input), c_most), least(sum(tokens_audio_output), c_most), least(sum(tokens_image), c_most),
    least(coalesce(sum(cost_nanos), 0), c_most), count(*) filter (where cost_nanos is null), count(*) filter (where estimated)
  from staged_events group by 1, 2, 3, 4, 5, 6, 7, 8 order by 1, 2, 3, 4, 5, 6, 7, 8
  on conflict (tenant_id, hour, access_key_id, user_id, agent_id, provider_key_id, provider, model) do update set
    requests = r.requests + excluded.requests,
    errors = r.errors + excluded.errors,
    tokens_input = least(r.tokens_input::numeric + excluded.tokens_input, c_most),
    tokens_cache_read = least(r.tokens_cache_read::numeric + excluded.tokens_cache_read, c_most),
    tokens_cache_write = least(r.tokens_cache_write::numeric + excluded.tokens_cache_write, c_most),
    tokens_cache_write_long = least(r.tokens_cache_write_long::numeric + excluded.tokens_cache_write_long, c_most),
    tokens_output = least(r.tokens_output::numeric + excluded.tokens_output, c_most),
    tokens_reasoning = least(r.tokens_reasoning::numeric + excluded.tokens_reasoning, c_most),
    tokens_audio_input = least(r.tokens_audio_input::numeric + excluded.tokens_audio_input, c_most),
    tokens_audio_output = least(r.tokens_audio_output::numeric + excluded.tokens_audio_output, c_most),
    tokens_image = least(r.tokens_image::numeric + excluded.tokens_image, c_most),
    cost_nanos = least(r.cost_nanos::numeric + excluded.cost_nanos, c_most),
    unknown_cost_requests = r.unknown_cost_requests + excluded.unknown_cost_requests,
    estimated_requests = r.estimated_requests + excluded.estimated_requests;

  with posted as (
    insert into ledger_entries (tenant_id, limit_id, window_start, admitted_at, event_id, kind, amount)
    select v_tenants[a.place], v_limits[a.place], v_windows[a.place], s.admitted_at, s.id, 'settle', a.amount
    from staged_events s cross join lateral unnest(s.counters, s.amounts) as a (place, amount)
    where v_limits[a.place] is not null order by s.id
    on conflict do nothing returning tenant_id, limit_id, window_start, amount
  ), sums as (
    select tenant_id, limit_id, window_start, sum(amount) as amount from posted group by 1, 2, 3
  ), spent as (
    select s.tenant_id, s.limit_id, s.window_start, least(s.granted::numeric, p.amount)::bigint as less
    from leases s join sums p using (tenant_id, limit_id, window_start) where s.epoch = p_epoch and s.granted > 0 and p.amount > 0
  ), lowered as (
    update leases s set granted = s.granted - w.less, serial = nextval('lease_serials') from spent w
    where s.tenant_id = w.tenant_id and s.limit_id = w.limit_id and s.window_start = w.window_start and s.epoch = p_epoch
  ), proved as (
    insert into ledger_entries (tenant_id, admitted_at, event_id, limit_id, window_start, kind, amount, correction_id)
    select p.tenant_id, u.admitted_at, p_epoch, p.limit_id, p.window_start, 'correction', -least(u.amount, p.amount), gen_random_uuid()
    from unproved_of(p_epoch) u join sums p using (tenant_id, limit_id, window_start) where p.amount > 0
    returning tenant_id, limit_id, window_start, amount
  )
  update limit_counters c
  set posted = least(c.posted::numeric + p.amount + coalesce(v.amount, 0), c_most), leased = c.leased - coalesce(w.less, 0)
  from sums p left join spent w using (tenant_id, limit_id, window_start) left join proved v using (tenant_id, limit_id, window_start)
  where c.tenant_id = p.tenant_id and c.limit_id = p.limit_id and c.window_start = p.window_start;

  perform mark_keys_used();
  if v_last > v_passed then update journal_positions set position = v_last where epoch = p_epoch; end if;
  return lease_words(p_epoch, p_counters);
end
$$;

-- Notes when the keys of staged events were last used, to some seconds: a key in use is not written to by every drain. Rows that somebody
-- else has locked are left for the next drain.
create function mark_keys_used() returns void language plpgsql as $$
begin
  update provider_keys k set last_used = u.at
  from (
    select k.tenant_id, k.id, s.at
    from (select provider_key_tenant_id as tenant_id, provider_key_id as id, max(admitted_at) as at from staged_events group by 1, 2) s
    join provider_keys k using (tenant_id, id)
    where k.last_used is null or k.last_used < s.at - interval '5 seconds' for no key update of k skip locked
  ) u where k.tenant_id = u.tenant_id and k.id = u.id;
  update access_keys k set last_used = u.at
  from (
    select k.tenant_id, k.id, s.at
    from (select tenant_id, access_key_id as id, max(admitted_at) as at from staged_events group by 1, 2) s
    join access_keys k using (tenant_id, id)
    where k.last_used is null or k.last_used < s.at - interval '5 seconds' for no key update of k skip locked
  ) u where k.tenant_id = u.tenant_id and k.id = u.id;
end
$$;

-- Everything of an epoch is in the database: what is left of its room is free again, and what it is still charged for want of proof is taken
-- back. Its journal is not booked again while it is still there: its position is behind everything, until forget_journal. The same again
-- changes nothing.
create function close_epoch(p_epoch uuid) returns void language plpgsql as $$
declare
  c_most constant bigint := 9223372036854775807;
  v_keys jsonb;
begin
  perform 1 from epochs where id = p_epoch for update;
  insert into journal_positions as p (epoch, position) values (p_epoch, c_most)
  on conflict (epoch) do update set position = excluded.position where p.position < excluded.position;
  select coalesce(jsonb_agg(k), '[]') into v_keys
  from (select tenant_id, limit_id, window_start from leases where epoch = p_epoch
        union select tenant_id, limit_id, window_start from unproved_of(p_epoch)) k;
  perform lock_counters(v_keys);
  with freed as (
    delete from leases where epoch = p_epoch returning tenant_id, limit_id, window_start, granted
  ), corrected as (
    insert into ledger_entries (tenant_id, admitted_at, event_id, limit_id, window_start, kind, amount, correction_id)
    select u.tenant_id, u.admitted_at, p_epoch, u.limit_id, u.window_start, 'correction', -u.amount, gen_random_uuid() from unproved_of(p_epoch) u
    returning tenant_id, limit_id, window_start, amount
  ), changes as (
    select tenant_id, limit_id, window_start, sum(granted) as granted, sum(amount) as amount
    from (select tenant_id, limit_id, window_start, granted, 0 as amount from freed
          union all select tenant_id, limit_id, window_start, 0, amount from corrected) all_of_them group by 1, 2, 3
  )
  update limit_counters c set leased = c.leased - w.granted, posted = c.posted + w.amount
  from changes w where c.tenant_id = w.tenant_id and c.limit_id = w.limit_id and c.window_start = w.window_start;
  delete from epochs where id = p_epoch;
end
$$;

-- The journal of an epoch that was closed is gone.
create function forget_journal(p_epoch uuid) returns void language sql as $$
  delete from journal_positions where epoch = p_epoch
$$;

-- Takes over epochs that ended without a word, of all or of these, or without a grace these whatever they say: they get no more room, and
-- what they had is charged, since nobody can prove that it was not spent. Places in `parallel` limits are free again. Answers each epoch that was taken over, how many leases were
-- charged, and their sums by metric. Room in several limits of one call is in each of them.
create function abandon_epochs(p_grace interval, p_only uuid[] default null)
returns table (epoch uuid, charged bigint, sums jsonb) language plpgsql as $$
declare
  c_most constant bigint := 9223372036854775807;
  v_epochs uuid[];
  v_keys jsonb;
begin
  with taken as (
    update epochs set blocked_at = clock_timestamp()
    where id in (select id from epochs where blocked_at is null and (p_grace is null or expires_at + p_grace < clock_timestamp())
                 and (p_only is null or id = any (p_only)) order by id for update skip locked)
    returning id
  )
  select coalesce(array_agg(id), '{}') into v_epochs from taken;
  select coalesce(jsonb_agg(distinct jsonb_build_object('tenant_id', s.tenant_id, 'limit_id', s.limit_id, 'window_start', s.window_start)), '[]')
  into v_keys from leases s where s.epoch = any (v_epochs);
  perform lock_counters(v_keys);
  return query with freed as (
    delete from leases s using limits l, epochs e
    where s.epoch = any (v_epochs) and l.tenant_id = s.tenant_id and l.id = s.limit_id and e.id = s.epoch
    returning s.tenant_id, s.limit_id, s.window_start, s.epoch, s.granted, e.expires_at, l.metric,
      case when l.metric = 'parallel' then 0 else s.granted end as charge
  ), entered as (
    insert into ledger_entries (tenant_id, admitted_at, event_id, limit_id, window_start, kind, amount)
    select f.tenant_id, f.expires_at, f.epoch, f.limit_id, f.window_start, 'abandoned', f.charge from freed f where f.charge > 0
  ), changed as (
    update limit_counters c set leased = c.leased - w.granted, posted = least(c.posted::numeric + w.charge, c_most)
    from (select f.tenant_id, f.limit_id, f.window_start, sum(f.granted) as granted, sum(f.charge) as charge from freed f group by 1, 2, 3) w
    where c.tenant_id = w.tenant_id and c.limit_id = w.limit_id and c.window_start = w.window_start
  ), by_metric as (
    select f.epoch, f.metric, count(*) as charged, sum(f.charge) as sum from freed f where f.charge > 0 group by 1, 2
  )
  select e, coalesce(sum(m.charged), 0)::bigint, coalesce(jsonb_object_agg(m.metric, m.sum::text) filter (where m.metric is not null), '{}')
  from unnest(v_epochs) as e left join by_metric m on m.epoch = e group by 1 order by 1;
end
$$;
