-- Tenant in every primary and foreign key; money in nano-dollars; times in UTC; ids are UUIDv7 made by operations.

-- Every row that the gateway keeps in memory carries a version from this one sequence; see changed() below.
create sequence change_versions;

create table tenants (
  id uuid primary key,
  name text not null,
  plan text not null check (plan in ('free', 'pro', 'enterprise')),
  is_root boolean not null default false,
  status text not null default 'active' check (status in ('active', 'suspended', 'retired')),
  version bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz
);
create unique index tenants_one_root on tenants (is_root) where is_root;

create table users (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  email text not null,
  name text not null,
  password_hash text,
  external_id text,
  status text not null default 'active' check (status in ('active', 'disabled', 'retired')),
  locale text not null default 'pt-BR',
  version bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (tenant_id, id)
);
create unique index users_id on users (id);
create unique index users_email on users (lower(email)) where status <> 'retired';
create unique index users_external_id on users (external_id) where external_id is not null;

create table user_roles (
  tenant_id uuid not null,
  user_id uuid not null,
  role text not null check (role in ('platform_admin', 'admin', 'member', 'viewer')),
  primary key (tenant_id, user_id, role),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);

create table setup_links (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, id)
);

create table sessions (
  tenant_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  kind text not null check (kind in ('api', 'console')),
  secret_hash bytea unique,
  user_agent text,
  ip text,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create unique index sessions_id on sessions (id);
create index sessions_of_user on sessions (tenant_id, user_id, created_at desc);

-- One family of refresh tokens per session; a token is kept as a hash, its successor is derived and never stored.
create table refresh_tokens (
  tenant_id uuid not null,
  id uuid not null,
  session_id uuid not null,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, session_id) references sessions (tenant_id, id)
);

create table key_checks (
  kek_id text primary key,
  check_value bytea not null
);

create table data_keys (
  tenant_id uuid not null references tenants (id),
  version integer not null,
  wrapped bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, version)
);

create table provider_keys (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  kind text not null check (kind in ('system', 'user')),
  user_id uuid,
  provider text not null,
  name text not null,
  sealed_secret bytea,
  data_key_version integer not null,
  secret_version integer not null,
  key_hint text not null,
  base_url text,
  options jsonb not null default '{}',
  status text not null check (status in ('unverified', 'active', 'degraded', 'invalid', 'retired')),
  status_reason text,
  is_active boolean not null,
  sandbox boolean not null default false,
  weight integer not null default 1,
  priority integer not null default 0,
  expires_at timestamptz,
  last_used timestamptz,
  validated_at timestamptz,
  version bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id),
  check ((kind = 'user') = (user_id is not null))
);
create unique index provider_keys_id on provider_keys (id);
create index provider_keys_of_user on provider_keys (tenant_id, user_id, created_at);

create table agents (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  owner_id uuid not null,
  name text not null,
  description text,
  provider text,
  key_tenant_id uuid,
  key_id uuid,
  status text not null default 'active' check (status in ('active', 'retired')),
  version bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, owner_id) references users (tenant_id, id),
  foreign key (key_tenant_id, key_id) references provider_keys (tenant_id, id)
);
create index agents_of_owner on agents (tenant_id, owner_id, id);

create table access_keys (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  name text not null,
  agent_id uuid,
  user_id uuid,
  created_by uuid not null,
  mode text not null check (mode in ('live', 'test')),
  secret_hash bytea not null unique,
  key_hint text not null,
  models text[],
  allowed_ips text[],
  tags jsonb not null default '{}',
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used timestamptz,
  version bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, agent_id) references agents (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id),
  check (agent_id is null or user_id is null)
);

-- A price of the installation belongs to the root tenant; a tenant's own price goes before it.
create table prices (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  provider text not null,
  model text not null,
  effective_from timestamptz not null,
  per_million_nanos jsonb not null,
  version bigint not null default 0,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index prices_of_model on prices (tenant_id, provider, model, effective_from);

-- A limit without an amount only counts: every provider key has one over its whole life, which is its current_usage.
create table limits (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  subject_type text not null check (subject_type in ('tenant', 'group', 'user', 'agent', 'access_key', 'provider_key')),
  subject_id uuid not null,
  metric text not null check (metric in ('cost', 'tokens', 'requests', 'parallel')),
  "window" text not null check ("window" in ('minute', 'hour', 'day', 'week', 'month', 'total')),
  amount bigint,
  version bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz,
  primary key (tenant_id, id)
);
create index limits_of_subject on limits (tenant_id, subject_type, subject_id);

create table limit_counters (
  tenant_id uuid not null,
  limit_id uuid not null,
  window_start timestamptz not null,
  posted bigint not null,
  primary key (tenant_id, limit_id, window_start),
  foreign key (tenant_id, limit_id) references limits (tenant_id, id)
);

create table usage_events (
  tenant_id uuid not null,
  admitted_at timestamptz not null,
  id uuid not null,
  operation_id uuid not null,
  attempt smallint not null,
  access_key_id uuid not null,
  user_id uuid,
  agent_id uuid,
  provider_key_tenant_id uuid not null,
  provider_key_id uuid not null,
  provider text not null,
  model text not null,
  endpoint text not null,
  stream boolean not null,
  outcome text not null,
  error_source text,
  error_code text,
  http_status smallint,
  tokens_input bigint not null,
  tokens_cache_read bigint not null,
  tokens_cache_write bigint not null,
  tokens_cache_write_long bigint not null,
  tokens_output bigint not null,
  tokens_reasoning bigint not null,
  tokens_audio_input bigint not null,
  tokens_audio_output bigint not null,
  tokens_image bigint not null,
  cost_nanos bigint,
  reserved_nanos bigint not null,
  price jsonb,
  estimated boolean not null,
  unresolved boolean not null,
  duration_ms integer not null,
  first_byte_ms integer,
  request_id text not null,
  raw_usage jsonb,
  primary key (tenant_id, admitted_at, id)
) partition by range (admitted_at);
create table usage_events_rest partition of usage_events default;
create index usage_events_errors on usage_events (tenant_id, admitted_at desc, id desc) where outcome <> 'ok';

create table ledger_entries (
  tenant_id uuid not null,
  admitted_at timestamptz not null,
  event_id uuid not null,
  limit_id uuid not null,
  window_start timestamptz not null,
  kind text not null check (kind in ('settle', 'correction')),
  amount bigint not null,
  primary key (tenant_id, limit_id, admitted_at, event_id, kind)
);

-- Figures by hour (UTC). A dimension that is not there is the nil UUID, so that it can stand in the key.
create table usage_rollups (
  tenant_id uuid not null,
  hour timestamptz not null,
  access_key_id uuid not null,
  user_id uuid not null,
  agent_id uuid not null,
  provider_key_id uuid not null,
  provider text not null,
  model text not null,
  requests bigint not null,
  errors bigint not null,
  tokens_input bigint not null,
  tokens_cache_read bigint not null,
  tokens_cache_write bigint not null,
  tokens_cache_write_long bigint not null,
  tokens_output bigint not null,
  tokens_reasoning bigint not null,
  tokens_audio_input bigint not null,
  tokens_audio_output bigint not null,
  tokens_image bigint not null,
  cost_nanos bigint not null,
  unknown_cost_requests bigint not null,
  estimated_requests bigint not null,
  primary key (tenant_id, hour, access_key_id, user_id, agent_id, provider_key_id, provider, model)
);

create table journal_positions (
  epoch uuid primary key,
  position bigint not null
);

create table audit_events (
  tenant_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  actor_id uuid,
  actor_tenant_id uuid,
  action text not null,
  subject_type text not null,
  subject_id text,
  outcome text not null check (outcome in ('done', 'refused')),
  before jsonb,
  after jsonb,
  ip text,
  user_agent text,
  request_id text,
  primary key (tenant_id, id)
);
create index audit_events_by_time on audit_events (tenant_id, at desc, id desc);

-- What the gateway holds in memory follows these rows: a change stamps the row and tells every process at commit.
create function changed() returns trigger language plpgsql as $$
begin
  new.version := nextval('change_versions');
  perform pg_notify('changes', tg_table_name);
  return new;
end
$$;

create trigger tenants_changed before insert or update on tenants for each row execute function changed();
create trigger users_changed before insert or update of status on users for each row execute function changed();
create trigger provider_keys_changed before insert or update of sealed_secret, secret_version, base_url, options, status, is_active, sandbox, weight, priority, expires_at
  on provider_keys for each row execute function changed();
create trigger agents_changed before insert or update on agents for each row execute function changed();
create trigger access_keys_changed before insert or update of models, allowed_ips, expires_at, revoked_at, secret_hash, tags
  on access_keys for each row execute function changed();
create trigger prices_changed before insert or update on prices for each row execute function changed();
create trigger limits_changed before insert or update on limits for each row execute function changed();

create index tenants_version on tenants (version);
create index users_version on users (version);
create index provider_keys_version on provider_keys (version);
create index agents_version on agents (version);
create index access_keys_version on access_keys (version);
create index prices_version on prices (version);
create index limits_version on limits (version);
