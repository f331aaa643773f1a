-- account: keys with which programs act for a person, and how much each was used on each day.

create table easel.account_key (
    id         uuid primary key default gen_random_uuid(),
    account    uuid not null references easel.account_account (id) on delete cascade,
    digest     bytea unique check (octet_length(digest) = 32), -- SHA-256 of the key; null once it is revoked
    hint       text not null check (hint ~ '^[a-z2-7]{4}$'), -- how it begins, to tell it from others
    name       bytea not null, -- what its owner calls it, sealed under the owner's key
    scopes     text[] not null check (cardinality(scopes) > 0 and scopes <@ array['generate', 'read', 'delete']),
    created_at timestamptz not null default now(),
    used_at    timestamptz, -- to ten minutes
    revoked_at timestamptz,
    unique (id, account),
    check ((digest is null) = (revoked_at is not null))
);
create index on easel.account_key (account, created_at);

create table easel.account_key_use (
    key       uuid not null,
    account   uuid not null,
    day       date not null, -- UTC
    requests  integer not null check (requests >= 0),
    portraits integer not null check (portraits >= 0), -- that were asked for
    primary key (key, day),
    foreign key (key, account) references easel.account_key (id, account) on delete cascade
);
create index on easel.account_key_use (account, day);

alter table easel.account_key enable row level security;
alter table easel.account_key force row level security;
alter table easel.account_key_use enable row level security;
alter table easel.account_key_use force row level security;
create policy own on easel.account_key to easel_app using (account = easel.caller()) with check (account = easel.caller());
create policy own on easel.account_key_use to easel_app using (account = easel.caller()) with check (account = easel.caller());
grant select (id, account, hint, name, scopes, created_at, used_at, revoked_at), insert (id, account, digest, hint, name, scopes),
    update (digest, revoked_at) on easel.account_key to easel_app;
grant select on easel.account_key_use to easel_app;

-- Before the caller is known: whose key has the digest. A revoked key has none, so it leads nowhere.
create policy auth_find on easel.account_key for select to easel_auth using (revoked_at is null);
create policy auth_use on easel.account_key for update to easel_auth using (revoked_at is null) with check (revoked_at is null);
grant select (id, account, digest, scopes, used_at, revoked_at), update (used_at) on easel.account_key to easel_auth;

create function easel.account_key_find(digest bytea) returns table (key uuid, account uuid, scopes text[])
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select k.id, k.account, k.scopes from easel.account_key k where k.digest = $1 and k.revoked_at is null
$$;

-- account_key_count adds what keys were used for since it was last told, for all at once. Keys that are gone are passed over.
create policy auth_count on easel.account_key_use for select to easel_auth using (day >= current_date - 2);
create policy auth_add on easel.account_key_use for insert to easel_auth with check (day >= current_date - 2);
create policy auth_more on easel.account_key_use for update to easel_auth
    using (day >= current_date - 2) with check (day >= current_date - 2);
grant select, insert, update (requests, portraits) on easel.account_key_use to easel_auth;

create function easel.account_key_count(keys uuid[], days date[], requests integer[], portraits integer[]) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    update easel.account_key k set used_at = now()
     where k.id = any ($1) and k.revoked_at is null and (k.used_at is null or k.used_at < now() - interval '10 minutes');
    insert into easel.account_key_use as u (key, account, day, requests, portraits)
    select t.key, k.account, t.day, t.requests, t.portraits
      from unnest($1, $2, $3, $4) as t (key, day, requests, portraits)
      join easel.account_key k on k.id = t.key
     where k.revoked_at is null and t.day >= current_date - 2
     order by t.key, t.day -- the same order for everybody, so that two processes never wait for each other in a ring
    on conflict (key, day) do update set requests = u.requests + excluded.requests, portraits = u.portraits + excluded.portraits;
$$;

-- Across owners: counts and revoked keys that have been kept for long enough.
create policy sweep_find on easel.account_key_use for select to easel_sweep using (day < current_date);
create policy sweep on easel.account_key_use for delete to easel_sweep using (day < current_date);
create policy sweep_find on easel.account_key for select to easel_sweep using (revoked_at is not null);
create policy sweep on easel.account_key for delete to easel_sweep using (revoked_at is not null);
grant select (day), delete on easel.account_key_use to easel_sweep;
grant select (id, revoked_at), delete on easel.account_key to easel_sweep;
create index on easel.account_key_use (day);
create index on easel.account_key (revoked_at) where revoked_at is not null;

create function easel.account_key_forget(days integer) returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with counts as (
        delete from easel.account_key_use where day < current_date - greatest($1, 1) returning 1
    ), revoked as (
        delete from easel.account_key where revoked_at < now() - make_interval(days => greatest($1, 1)) returning 1
    )
    select (select count(*) from counts) + (select count(*) from revoked)
$$;

alter function easel.account_key_find(bytea) owner to easel_auth;
alter function easel.account_key_count(uuid[], date[], integer[], integer[]) owner to easel_auth;
alter function easel.account_key_forget(integer) owner to easel_sweep;
grant execute on function easel.account_key_find(bytea), easel.account_key_count(uuid[], date[], integer[], integer[]),
    easel.account_key_forget(integer) to easel_app;
