-- vault: sealed objects and the keys that open them. A row says what an object is and when it ends; its bytes are in
-- the bucket under its id, readable only with the key in the schema keys.

create table easel.vault_object (
    id         uuid primary key,
    owner      uuid not null,
    kind       text not null check (kind ~ '^[a-z][a-z-]{0,30}$'),
    state      text not null default 'pending' check (state in ('pending', 'stored', 'gone')),
    size       bigint check (size >= 0), -- of the plain bytes; null until they are written
    digest     bytea check (octet_length(digest) = 32), -- SHA-256 of the sealed bytes
    created_at timestamptz not null default now(),
    deadline   timestamptz not null,
    unique (id, owner),
    check ((size is null) = (digest is null)),
    check (state <> 'stored' or size is not null)
);
create index on easel.vault_object (owner, created_at);
create index on easel.vault_object (deadline) where state <> 'gone';
create index on easel.vault_object (id) where state = 'gone';

create table keys.vault_owner (
    owner   uuid primary key,
    wrapped bytea not null -- the owner's key under the server's key
);

create table keys.vault_object (
    id      uuid primary key,
    owner   uuid not null,
    wrapped bytea not null, -- the object's key under the owner's key
    foreign key (id, owner) references easel.vault_object (id, owner) on delete cascade
);
create index on keys.vault_object (owner);

alter table easel.vault_object enable row level security;
alter table easel.vault_object force row level security;
alter table keys.vault_owner enable row level security;
alter table keys.vault_owner force row level security;
alter table keys.vault_object enable row level security;
alter table keys.vault_object force row level security;

create policy own on easel.vault_object to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
create policy own on keys.vault_owner to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
create policy own on keys.vault_object to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
grant select, insert, update (state, size, digest) on easel.vault_object to easel_app;
grant select, insert, delete on keys.vault_owner, keys.vault_object to easel_app;

-- The fingerprint of the server's key: a lost or mixed-up key file is noticed before anything is sealed under another key.
create table easel.vault_server (
    id          smallint primary key, -- the number of the key, as it stands in front of what it seals
    fingerprint bytea not null check (octet_length(fingerprint) = 32)
);
grant select, insert on easel.vault_server to easel_app;

-- Across owners: ids, states and times, never a key's bytes.
create policy sweep on easel.vault_object to easel_sweep using (created_at is not null) with check (state = 'gone');
create policy sweep on keys.vault_object for delete to easel_sweep using (id is not null);
create policy sweep_find on keys.vault_object for select to easel_sweep using (id is not null);
grant select (id, state, created_at, deadline), update (state), delete on easel.vault_object to easel_sweep;
grant select (id), delete on keys.vault_object to easel_sweep;

-- vault_expire destroys, in one statement, the keys of all objects whose time is over, and of those that were begun more
-- than an hour ago and never finished. It returns how many.
create function easel.vault_expire() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with due as (
        update easel.vault_object set state = 'gone'
         where state <> 'gone' and (deadline <= now() or state = 'pending' and created_at < now() - interval '1 hour')
        returning id
    ), destroyed as (
        delete from keys.vault_object k using due where k.id = due.id
    )
    select count(*) from due
$$;

-- vault_gone returns ids of objects without a key whose bytes are still to be removed, in order, after one id.
create function easel.vault_gone(after uuid, most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select id from easel.vault_object where state = 'gone' and id > after order by id limit least(most, 1000)
$$;

-- vault_forget removes the rows of objects whose bytes have been removed.
create function easel.vault_forget(ids uuid[]) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.vault_object where state = 'gone' and id = any (ids)
$$;

-- vault_unknown returns those of the ids that no row has: bytes that were written while their row was removed.
create function easel.vault_unknown(ids uuid[]) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select i from unnest(ids) i where not exists (select from easel.vault_object o where o.id = i)
$$;

alter function easel.vault_expire() owner to easel_sweep;
alter function easel.vault_gone(uuid, integer) owner to easel_sweep;
alter function easel.vault_forget(uuid[]) owner to easel_sweep;
alter function easel.vault_unknown(uuid[]) owner to easel_sweep;
grant execute on function easel.vault_expire(), easel.vault_gone(uuid, integer), easel.vault_forget(uuid[]), easel.vault_unknown(uuid[])
    to easel_app;
