-- unlock: codes that open one full picture each, for studios without accounts. Nothing here says who has a code or what it
-- opened: a row is a digest, how often it can still be used, and until when.

create table easel.unlock_batch (
    id         uuid primary key default gen_random_uuid(),
    minted_at  timestamptz not null default now(),
    codes      integer not null check (codes between 1 and 10000),
    uses       smallint not null check (uses between 1 and 1000), -- of each code
    expires_at timestamptz not null check (expires_at > minted_at and expires_at <= minted_at + interval '5 years'),
    voided_at  timestamptz
);

create table easel.unlock_code (
    digest bytea primary key check (octet_length(digest) = 32), -- of the code, under a key of this server
    batch  uuid not null references easel.unlock_batch (id) on delete cascade,
    remaining  smallint not null check (remaining >= 0)
);
create index on easel.unlock_code (batch);

-- A use that is under way: it is spent when the picture has been delivered, and comes back by itself when it was not.
create table easel.unlock_use (
    id    uuid primary key,
    code  bytea not null references easel.unlock_code (digest) on delete cascade,
    until timestamptz not null
);
create index on easel.unlock_use (until);
create index on easel.unlock_use (code);

alter table easel.unlock_batch enable row level security;
alter table easel.unlock_batch force row level security;
alter table easel.unlock_code enable row level security;
alter table easel.unlock_code force row level security;
alter table easel.unlock_use enable row level security;
alter table easel.unlock_use force row level security;

create policy auth on easel.unlock_batch to easel_auth using (minted_at is not null) with check (minted_at <= now());
create policy auth on easel.unlock_code to easel_auth using (digest is not null) with check (remaining >= 0);
create policy auth on easel.unlock_use to easel_auth using (id is not null) with check (until <= now() + interval '1 hour');
grant select, insert, update (voided_at), delete on easel.unlock_batch to easel_auth;
grant select, insert, update (remaining), delete on easel.unlock_code to easel_auth;
grant select, insert, delete on easel.unlock_use to easel_auth;

-- unlock_mint keeps the digests of new codes as one batch and returns its id.
create function easel.unlock_mint(digests bytea[], uses integer, lasts interval) returns uuid
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with batch as (
        insert into easel.unlock_batch (codes, uses, expires_at) values (cardinality(digests), uses, now() + lasts) returning id
    ), codes as (
        insert into easel.unlock_code (digest, batch, remaining) select d, batch.id, uses from unnest(digests) d, batch
    )
    select id from batch
$$;

-- unlock_back gives back what was begun and not finished in time.
create function easel.unlock_back() returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with late as (
        delete from easel.unlock_use where until <= now() returning code
    ), counted as (
        select code, count(*)::smallint as n from late group by code
    )
    update easel.unlock_code c set remaining = c.remaining + n from counted where counted.code = c.digest
$$;

-- unlock_begin takes one use of a code for as long as a delivery may last, and says how it went: 'taken', 'unknown', 'spent',
-- 'busy' (all that is left is under way), 'over' (its time has passed) or 'void'.
create function easel.unlock_begin(use uuid, code bytea, lasts interval) returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    one easel.unlock_code;
    of_batch easel.unlock_batch;
begin
    perform easel.unlock_back();
    select * into one from easel.unlock_code c where c.digest = code for update;
    if not found then
        return 'unknown';
    end if;
    select * into of_batch from easel.unlock_batch b where b.id = one.batch;
    if of_batch.voided_at is not null then
        return 'void';
    elsif of_batch.expires_at <= now() then
        return 'over';
    elsif one.remaining = 0 then
        return case when exists (select from easel.unlock_use u where u.code = one.digest) then 'busy' else 'spent' end;
    end if;
    update easel.unlock_code c set remaining = c.remaining - 1 where c.digest = one.digest;
    insert into easel.unlock_use (id, code, until) values (use, one.digest, now() + lasts);
    return 'taken';
end
$$;

-- unlock_end finishes a use: spent when the picture was delivered, given back otherwise. It returns whether the use was
-- still under way.
create function easel.unlock_end(use uuid, delivered boolean) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with ended as (
        delete from easel.unlock_use where id = use returning code
    ), back as (
        update easel.unlock_code c set remaining = c.remaining + 1 from ended where ended.code = c.digest and not delivered
    )
    select exists (select from ended)
$$;

-- unlock_list returns every batch with how many uses are left, the newest first.
create function easel.unlock_list() returns table (id uuid, minted_at timestamptz, codes integer, uses smallint, expires_at timestamptz, voided_at timestamptz, unused bigint)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select b.id, b.minted_at, b.codes, b.uses, b.expires_at, b.voided_at, coalesce((select sum(c.remaining) from easel.unlock_code c where c.batch = b.id), 0)::bigint
      from easel.unlock_batch b order by b.minted_at desc, b.id
$$;

-- unlock_void makes the codes of a batch worthless, and says whether there is such a batch.
create function easel.unlock_void(batch uuid) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with one as (
        update easel.unlock_batch set voided_at = coalesce(voided_at, now()) where id = batch returning 1
    )
    select exists (select from one)
$$;

-- unlock_forget removes batches a month after their end.
create function easel.unlock_forget() returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.unlock_batch where expires_at <= now() - interval '30 days'
$$;

alter function easel.unlock_mint(bytea[], integer, interval) owner to easel_auth;
alter function easel.unlock_back() owner to easel_auth;
alter function easel.unlock_begin(uuid, bytea, interval) owner to easel_auth;
alter function easel.unlock_end(uuid, boolean) owner to easel_auth;
alter function easel.unlock_list() owner to easel_auth;
alter function easel.unlock_void(uuid) owner to easel_auth;
alter function easel.unlock_forget() owner to easel_auth;
grant execute on function easel.unlock_back() to easel_auth;
grant execute on function easel.unlock_mint(bytea[], integer, interval), easel.unlock_begin(uuid, bytea, interval), easel.unlock_end(uuid, boolean),
    easel.unlock_list(), easel.unlock_void(uuid), easel.unlock_forget() to easel_app;
