-- Limits of every kind, shared by any number of gateways. A gateway takes room from a counter as a lease, and spends it in memory.

create table groups (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  status text not null default 'active' check (status in ('active', 'retired')),
  version bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (tenant_id, id)
);
create unique index groups_id on groups (id);
create unique index groups_name on groups (tenant_id, lower(name)) where status = 'active';
create index groups_version on groups (version);

-- Who touches the members stamps the group (updated_at), so that every gateway reads it again.
create table group_members (
  tenant_id uuid not null,
  group_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null,
  primary key (tenant_id, group_id, user_id),
  foreign key (tenant_id, group_id) references groups (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index group_members_of_user on group_members (tenant_id, user_id);
create trigger groups_changed before insert or update on groups for each row execute function changed();

-- What a tenant has chosen; what is not there is the product's own choice.
alter table tenants add column settings jsonb not null default '{}';

-- A key's own usage_limit is a limit too, and is changed with its key. `restarted_at`: the window that held this instant began anew there.
alter table limits
  add column origin text not null default 'quota' check (origin in ('quota', 'usage_limit')),
  add column timezone text not null default 'UTC',
  add column anchor timestamptz,
  add column restarted_at timestamptz,
  add column hard boolean not null default true,
  add column thresholds double precision[] not null default '{0.8,1}',
  add column provider text,
  add column model text,
  add column imposed boolean not null default false,
  add column status text not null default 'active' check (status in ('active', 'retired'));
update limits set origin = 'usage_limit';
create unique index limits_usage_limit on limits (tenant_id, subject_type, subject_id) where origin = 'usage_limit';
create unique index limits_id on limits (id);

-- `leased`: the sum of the leases of this window, kept here so that room can be given with one row locked.
alter table limit_counters add column leased bigint not null default 0 check (leased >= 0);
-- The amount that was in force last in this window: a later change says nothing of it.
alter table limit_counters add column amount bigint;

-- One life of one gateway process. Its leases count while it is alive; who takes it over blocks it first.
create table epochs (
  id uuid primary key,
  started_at timestamptz not null,
  expires_at timestamptz not null,
  blocked_at timestamptz
);

-- Room of one window that one epoch may spend. `serial` goes up with every change: the newest answer is the true one.
create table leases (
  tenant_id uuid not null,
  limit_id uuid not null,
  window_start timestamptz not null,
  epoch uuid not null references epochs (id),
  granted bigint not null check (granted >= 0),
  serial bigint not null,
  primary key (tenant_id, limit_id, window_start, epoch),
  foreign key (tenant_id, limit_id, window_start) references limit_counters (tenant_id, limit_id, window_start)
);
create index leases_of_epoch on leases (epoch);

-- `abandoned`: what an epoch left unproved is charged until its journal comes back; event_id is the epoch then.
alter table ledger_entries drop constraint ledger_entries_kind_check;
alter table ledger_entries add constraint ledger_entries_kind_check check (kind in ('settle', 'correction', 'abandoned'));
create index ledger_entries_of_event on ledger_entries (event_id);

-- One event can be corrected more than once: every correction has an id, everything else the nil UUID.
alter table ledger_entries add column correction_id uuid not null default '00000000-0000-0000-0000-000000000000';
alter table ledger_entries drop constraint ledger_entries_pkey;
alter table ledger_entries add primary key (tenant_id, limit_id, admitted_at, event_id, kind, correction_id);

-- What became known of a charge later: the event stays as it was, and its cost is its own and all its corrections together.
create table usage_corrections (
  tenant_id uuid not null,
  id uuid not null,
  admitted_at timestamptz not null,
  event_id uuid not null,
  amount_nanos bigint not null,
  -- The event had no cost before, so this amount is its first.
  was_unknown boolean not null default false,
  reason text not null check (reason in ('price_changed', 'price_was_unknown', 'invoice', 'unresolved_call', 'other')),
  note text,
  price jsonb,
  made_by uuid,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, admitted_at, event_id) references usage_events (tenant_id, admitted_at, id)
);
create index usage_corrections_of_event on usage_corrections (tenant_id, event_id);
