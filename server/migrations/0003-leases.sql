-- Each step of the lease protocol is one function: one round trip, with every lock held for as short as it can be.
-- All of them lock the epoch first, then counters in key order. Counters are made beforehand, in a transaction of their own.

create sequence lease_serials;

-- The number of the newest asking for room. One that comes late, after its answer was given up and another was asked, gives nothing.
alter table epochs add column takes bigint not null default 0;

-- Makes counters that are not there yet, for limits that are. To be committed before they are locked.
create function ensure_counters(p_keys jsonb) returns void language sql as $$
  insert into limit_counters (tenant_id, limit_id, window_start, posted, amount)
  select distinct k.tenant_id, k.limit_id, k.window_start, 0, l.amount
  from jsonb_to_recordset(p_keys) as k (tenant_id uuid, limit_id uuid, window_start timestamptz)
  join limits l on l.tenant_id = k.tenant_id and l.id = k.limit_id
  order by 1, 2, 3
  on conflict do nothing
$$;

create function lock_counters(p_keys jsonb) returns bigint language plpgsql as $$
declare
  v_count bigint;
begin
  perform 1
  from limit_counters c
  join (select distinct k.tenant_id, k.limit_id, k.window_start
        from jsonb_to_recordset(p_keys) as k (tenant_id uuid, limit_id uuid, window_start timestamptz)) w using (tenant_id, limit_id, window_start)
  order by c.tenant_id, c.limit_id, c.window_start
  for update of c;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

-- Says that an epoch is alive for another term. Answers false when it was taken over: then it has to end.
create function renew_epoch(p_epoch uuid, p_term interval, p_takes bigint default 0) returns boolean language plpgsql as $$
begin
  insert into epochs (id, started_at, expires_at, takes) values (p_epoch, clock_timestamp(), clock_timestamp() + p_term, p_takes)
  on conflict (id) do update set expires_at = clock_timestamp() + p_term where epochs.blocked_at is null;
  return found;
end
$$;

-- What a process has to know of a counter: its own lease, and what the database could still give.
create function lease_words(p_epoch uuid, p_keys jsonb) returns jsonb language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'limit_id', c.limit_id, 'window_start', c.window_start,
    'granted', coalesce(s.granted, 0)::text, 'serial', coalesce(s.serial, 0)::text,
    'left', (l.amount::numeric - c.posted - c.leased)::text)), '[]')
  from (select distinct k.tenant_id, k.limit_id, k.window_start
        from jsonb_to_recordset(p_keys) as k (tenant_id uuid, limit_id uuid, window_start timestamptz)) w
  join limit_counters c using (tenant_id, limit_id, window_start)
  join limits l on l.tenant_id = c.tenant_id and l.id = c.limit_id
  left join leases s on s.tenant_id = c.tenant_id and s.limit_id = c.limit_id and s.window_start = c.window_start and s.epoch = p_epoch
$$;

-- Gives room to the calls of one process, in their order: to a call in every limit that it names, or in none. `need` is what the call
-- lacks, `ask` what the process would like besides: it gets a small part of what is left, and near the limit nothing, so that it is exact there.
create function take_room(p_epoch uuid, p_calls jsonb, p_take bigint default null) returns jsonb language plpgsql as $$
declare
  v_keys jsonb;
  v_call jsonb;
  v_want record;
  v_room numeric;
  v_extra bigint;
  v_refused jsonb;
  v_answers jsonb := '[]';
begin
  update epochs set takes = coalesce(p_take, takes)
  where id = p_epoch and blocked_at is null and expires_at > clock_timestamp() and (p_take is null or takes < p_take);
  if not found then return '{"state": "not_live"}'; end if;
  select coalesce(jsonb_agg(want), '[]') into v_keys from jsonb_array_elements(p_calls) as call, jsonb_array_elements(call) as want;
  perform lock_counters(v_keys);
  for v_call in select call from jsonb_array_elements(p_calls) with ordinality as c (call, place) order by place loop
    v_refused := null;
    for v_want in
      select w.*, l.amount, l.amount::numeric - c.posted - c.leased as room, c.limit_id is null as is_missing,
        (select count(*) from leases s join epochs e on e.id = s.epoch where s.tenant_id = w.tenant_id and s.limit_id = w.limit_id
          and s.window_start = w.window_start and s.epoch <> p_epoch and s.granted > 0 and e.expires_at > clock_timestamp()) as others
      from jsonb_to_recordset(v_call) as w (tenant_id uuid, limit_id uuid, window_start timestamptz, need bigint, ask bigint)
      join limits l on l.tenant_id = w.tenant_id and l.id = w.limit_id and l.status = 'active' and l.hard and l.amount is not null
      left join limit_counters c on c.tenant_id = w.tenant_id and c.limit_id = w.limit_id and c.window_start = w.window_start
    loop
      if v_want.is_missing then return '{"state": "missing"}'; end if;
      if v_want.need > 0 and v_want.need > v_want.room then
        v_refused := jsonb_build_object('limit_id', v_want.limit_id, 'window_start', v_want.window_start, 'others', v_want.others);
        exit;
      end if;
    end loop;
    v_answers := v_answers || jsonb_build_array(v_refused);
    continue when v_refused is not null;
    for v_want in
      select w.*, l.amount::numeric - c.posted - c.leased as room
      from jsonb_to_recordset(v_call) as w (tenant_id uuid, limit_id uuid, window_start timestamptz, need bigint, ask bigint)
      join limits l on l.tenant_id = w.tenant_id and l.id = w.limit_id and l.status = 'active' and l.hard and l.amount is not null
      join limit_counters c on c.tenant_id = w.tenant_id and c.limit_id = w.limit_id and c.window_start = w.window_start
    loop
      v_room := v_want.room - v_want.need;
      v_extra := least(v_want.ask, floor(v_room / 64));
      if v_extra < greatest(v_want.need, v_want.ask / 16) then v_extra := 0; end if;
      continue when v_want.need + v_extra = 0;
      update limit_counters set leased = leased + v_want.need + v_extra
      where tenant_id = v_want.tenant_id and limit_id = v_want.limit_id and window_start = v_want.window_start;
      insert into leases (tenant_id, limit_id, window_start, epoch, granted, serial)
      values (v_want.tenant_id, v_want.limit_id, v_want.window_start, p_epoch, v_want.need + v_extra, nextval('lease_serials'))
      on conflict (tenant_id, limit_id, window_start, epoch)
        do update set granted = leases.granted + excluded.granted, serial = excluded.serial;
    end loop;
  end loop;
  return jsonb_build_object('state', 'done', 'answers', v_answers, 'words', lease_words(p_epoch, v_keys));
end
$$;

-- Takes room back from an epoch, down to what it keeps of each lease, and tells whoever asked for it. Only from a lease that nothing has
-- happened to since (the same serial): a statement that comes late, after its answer was given up, finds another one and does nothing.
create function give_back(p_epoch uuid, p_rows jsonb, p_tell text) returns jsonb language plpgsql as $$
begin
  perform lock_counters(p_rows);
  with kept as (
    select * from jsonb_to_recordset(p_rows) as k (tenant_id uuid, limit_id uuid, window_start timestamptz, keep bigint, serial bigint)
  ), lowered as (
    select s.tenant_id, s.limit_id, s.window_start, greatest(0, s.granted - k.keep) as less
    from leases s join kept k using (tenant_id, limit_id, window_start, serial) where s.epoch = p_epoch
  ), changed as (
    update leases s set granted = s.granted - w.less, serial = nextval('lease_serials') from lowered w
    where s.tenant_id = w.tenant_id and s.limit_id = w.limit_id and s.window_start = w.window_start and s.epoch = p_epoch
  )
  update limit_counters c set leased = c.leased - w.less from lowered w
  where c.tenant_id = w.tenant_id and c.limit_id = w.limit_id and c.window_start = w.window_start and w.less > 0;
  if p_tell is not null then perform pg_notify('slack', p_tell); end if;
  return lease_words(p_epoch, p_rows);
end
$$;

-- An epoch that holds nothing any more is gone: it need not be renewed, and nobody will take it over.
create function leave_epoch(p_epoch uuid) returns void language plpgsql as $$
begin
  perform 1 from epochs where id = p_epoch for update;
  delete from leases where epoch = p_epoch and granted = 0;
  delete from epochs e where id = p_epoch and blocked_at is null and not exists (select from leases s where s.epoch = e.id);
end
$$;
