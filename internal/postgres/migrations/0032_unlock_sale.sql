-- unlock: codes for sale, and who may mint and withdraw.
--
-- A code that is sold was minted long before, among many others, and lies in stock sealed under a key of this server. The sale
-- takes one at random and seals it under the id of its checkout; neither the code's own row nor its batch is touched, so that
-- nothing in the tables pairs a payment with a code once the sale's row is gone: after a day.

create table easel.unlock_stock (
    id     uuid primary key,
    batch  uuid not null references easel.unlock_batch (id) on delete cascade,
    uses   smallint not null check (uses between 1 and 1000),
    sealed bytea not null check (octet_length(sealed) < 200)
);
create index on easel.unlock_stock (uses);
create index on easel.unlock_stock (batch);

create table easel.unlock_sale (
    id     bytea primary key check (octet_length(id) = 32), -- digest of the checkout's id, under a key of this server
    sealed bytea not null check (octet_length(sealed) < 200), -- the code, under a key that only the checkout's id gives
    until  timestamptz not null
);
create index on easel.unlock_sale (until);

alter table easel.unlock_stock enable row level security;
alter table easel.unlock_stock force row level security;
alter table easel.unlock_sale enable row level security;
alter table easel.unlock_sale force row level security;
create policy auth on easel.unlock_stock to easel_auth using (id is not null) with check (id is not null);
create policy auth on easel.unlock_sale to easel_auth using (id is not null) with check (until <= now() + interval '25 hours');
grant select, insert, update (uses), delete on easel.unlock_stock to easel_auth; -- a row is locked before it is taken
grant select, insert, delete on easel.unlock_sale to easel_auth;

-- What those who run the place do is asked for here as well, and not in the program alone: with nobody calling it is done at
-- the machine itself, or by the program.
grant execute on function easel.audit_staff(), easel.caller() to easel_auth;

create or replace function easel.unlock_mint(digests bytea[], uses integer, lasts interval) returns uuid
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made uuid;
begin
    if easel.caller() is not null and not easel.audit_staff() then
        raise exception 'only those who run the place mint codes' using errcode = 'insufficient_privilege';
    end if;
    insert into easel.unlock_batch (codes, uses, expires_at) values (cardinality($1), $2, now() + $3) returning id into made;
    insert into easel.unlock_code (digest, batch, remaining) select d, made, $2 from unnest($1) d;
    return made;
end
$$;

create or replace function easel.unlock_void(batch uuid) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if easel.caller() is not null and not easel.audit_staff() then
        raise exception 'only those who run the place withdraw codes' using errcode = 'insufficient_privilege';
    end if;
    delete from easel.unlock_stock s where s.batch = $1;
    update easel.unlock_batch set voided_at = coalesce(voided_at, now()) where id = $1;
    return found;
end
$$;

create or replace function easel.unlock_list() returns table (id uuid, minted_at timestamptz, codes integer, uses smallint, expires_at timestamptz, voided_at timestamptz, unused bigint)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select b.id, b.minted_at, b.codes, b.uses, b.expires_at, b.voided_at, coalesce((select sum(c.remaining) from easel.unlock_code c where c.batch = b.id), 0)::bigint
      from easel.unlock_batch b where easel.caller() is null or easel.audit_staff() order by b.minted_at desc, b.id
$$;

-- unlock_stocked returns the batches that codes for sale lie in, with how many do; to others than those who run the place none.
create function easel.unlock_stocked() returns table (batch uuid, left_over bigint)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.batch, count(*) from easel.unlock_stock s where easel.caller() is null or easel.audit_staff() group by s.batch
$$;

-- unlock_stock_add mints a batch for sale: digests, and the codes sealed, in one order.
create function easel.unlock_stock_add(digests bytea[], uses integer, lasts interval, ids uuid[], sealed bytea[]) returns uuid
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made uuid := easel.unlock_mint($1, $2, $3);
begin
    insert into easel.unlock_stock (id, batch, uses, sealed) select i, made, $2, x from unnest($4, $5) t (i, x);
    return made;
end
$$;

-- unlock_stock_count says how many codes of so many uses can be sold: they have to last for a while yet.
create function easel.unlock_stock_count(uses integer, lasts interval) returns bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select count(*) from easel.unlock_stock s join easel.unlock_batch b on b.id = s.batch
     where s.uses = $1 and b.voided_at is null and b.expires_at > now() + $2
$$;

-- unlock_stock_take takes one of them out of stock, any one, and hands it out sealed.
create function easel.unlock_stock_take(uses integer, lasts interval) returns table (id uuid, sealed bytea)
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.unlock_stock x where x.id = (
        select s.id from easel.unlock_stock s join easel.unlock_batch b on b.id = s.batch
         where s.uses = $1 and b.voided_at is null and b.expires_at > now() + $2
         order by random() limit 1 for update of s skip locked)
    returning x.id, x.sealed
$$;

-- unlock_sale_keep keeps a code for its buyer, once for each checkout.
create function easel.unlock_sale_keep(id bytea, sealed bytea, lasts interval) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with kept as (
        insert into easel.unlock_sale (id, sealed, until) values ($1, $2, now() + $3) on conflict (id) do nothing returning 1
    )
    select exists (select from kept)
$$;

-- unlock_sale_read hands a code out, sealed, to whoever holds the checkout's id, as long as it is kept.
create function easel.unlock_sale_read(id bytea) returns table (sealed bytea, until timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.sealed, s.until from easel.unlock_sale s where s.id = $1 and s.until > now()
$$;

-- unlock_sale_withdraw makes what is left of a code worthless whose money was given back, and forgets it with its sale.
create function easel.unlock_sale_withdraw(id bytea, code bytea) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with sale as (
        delete from easel.unlock_sale s where s.id = $1 returning 1
    ), gone as (
        delete from easel.unlock_code c where c.digest = $2 and c.remaining > 0 and exists (select from sale) returning 1
    )
    select exists (select from gone)
$$;

-- unlock_sale_forget erases what buyers could see for a day.
create function easel.unlock_sale_forget() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (delete from easel.unlock_sale where until <= now() returning 1) select count(*) from gone
$$;

alter function easel.unlock_stocked() owner to easel_auth;
alter function easel.unlock_stock_add(bytea[], integer, interval, uuid[], bytea[]) owner to easel_auth;
alter function easel.unlock_stock_count(integer, interval) owner to easel_auth;
alter function easel.unlock_stock_take(integer, interval) owner to easel_auth;
alter function easel.unlock_sale_keep(bytea, bytea, interval) owner to easel_auth;
alter function easel.unlock_sale_read(bytea) owner to easel_auth;
alter function easel.unlock_sale_withdraw(bytea, bytea) owner to easel_auth;
alter function easel.unlock_sale_forget() owner to easel_auth;
grant execute on function easel.unlock_mint(bytea[], integer, interval) to easel_auth;
grant execute on function easel.unlock_stocked(), easel.unlock_stock_add(bytea[], integer, interval, uuid[], bytea[]), easel.unlock_stock_count(integer, interval),
    easel.unlock_stock_take(integer, interval), easel.unlock_sale_keep(bytea, bytea, interval), easel.unlock_sale_read(bytea),
    easel.unlock_sale_withdraw(bytea, bytea), easel.unlock_sale_forget() to easel_app;

-- payment: orders of unlock codes. They belong to nobody from the beginning, and never name a code.
alter table easel.payment_order add column code boolean not null default false; -- tokens are then the pictures that the code opens
alter table easel.payment_order add check (not code or owner is null);

-- payment_code_open writes the order of somebody without an account; the same id again changes nothing.
create function easel.payment_code_open(id uuid, number text, pictures bigint, amount bigint, currency text, tax text) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into easel.payment_order (id, number, code, tokens, amount, currency, tax) values ($1, $2, true, $3, $4, $5, $6)
    on conflict (id) do nothing
$$;
alter function easel.payment_code_open(uuid, text, bigint, bigint, text, text) owner to easel_payment;
grant execute on function easel.payment_code_open(uuid, text, bigint, bigint, text, text) to easel_app;
