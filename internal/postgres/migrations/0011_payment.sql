-- payment: orders of packs of tokens, what was done about their money, and which messages of the payment provider were
-- taken in. No name, mail address or card is here; when an account goes, its orders stay and are nobody's.
--
-- Whoever serves a request reads the caller's own orders and writes none: the functions below do, as easel_payment.

create table easel.payment_order (
    id         uuid primary key,
    number     text not null unique check (number ~ '^[0-9A-Z]{4}-[0-9A-Z]{4}$'), -- as people say it
    owner      uuid references easel.account_account (id) on delete set null, -- null: the account is gone
    state      text not null default 'open' check (state in ('open', 'waiting', 'paid', 'failed', 'expired', 'review')),
    tokens     bigint not null check (tokens > 0),
    amount     bigint not null check (amount > 0), -- asked, in the currency's smallest unit
    currency   text not null check (currency ~ '^[a-z]{3}$'),
    tax        text not null, -- what was said about tax beside the price
    session    text unique, -- the provider's ids
    intent     text unique,
    charge     text unique,
    version    bigint not null default 0, -- counts what was written: what was asked before a change is not written after it
    paid       bigint check (paid >= 0), -- in total
    paid_at    timestamptz,
    asked      bigint not null default 0 check (asked >= 0), -- up to which amount refunds have been asked for, in total
    refunded   bigint not null default 0 check (refunded >= 0), -- up to which amount the provider has refunded, in total
    disputed   bigint not null default 0 check (disputed >= 0), -- taken from us by disputes
    dispute    text not null default '' check (dispute in ('', 'open', 'won', 'lost')),
    promise    uuid, -- the refund that is under way
    created_at timestamptz not null default now(),
    checked_at timestamptz not null default now(), -- when the provider was last asked
    check ((state = 'paid') = (paid_at is not null))
);
create index on easel.payment_order (owner, created_at);
create index on easel.payment_order (checked_at) where state in ('open', 'waiting');
create index on easel.payment_order (created_at);

-- A message of the provider, once. Only ids are kept: what it is about is asked anew when the message is worked.
create table easel.payment_event (
    id          text primary key check (length(id) between 1 and 255),
    type        text not null check (length(type) between 1 and 255),
    order_id    uuid, -- what the message says of itself; none of it is believed before the provider was asked
    session     text,
    intent      text,
    charge      text,
    received_at timestamptz not null default now(),
    worked_at   timestamptz,
    outcome     text not null default ''
);
create index on easel.payment_event (received_at);
create index on easel.payment_event (received_at) where worked_at is null;

create table easel.payment_refund (
    id         uuid primary key, -- and the idempotency key with which the provider is asked
    order_id   uuid not null references easel.payment_order (id) on delete cascade,
    amount     bigint not null check (amount > 0),
    reason     text not null check (reason in ('requested', 'duplicate', 'fault', 'goodwill', 'account gone')),
    staff      uuid, -- who asked for it; null: the program
    state      text not null default 'asked' check (state in ('asked', 'done', 'failed')),
    refund     text unique, -- the provider's id
    created_at timestamptz not null default now()
);
create index on easel.payment_refund (order_id);

alter table easel.payment_order enable row level security;
alter table easel.payment_order force row level security;
alter table easel.payment_event enable row level security;
alter table easel.payment_event force row level security;
alter table easel.payment_refund enable row level security;
alter table easel.payment_refund force row level security;
create policy own on easel.payment_order for select to easel_app using (owner = easel.caller());
create policy write on easel.payment_order to easel_payment using (id is not null) with check (id is not null);
create policy write on easel.payment_event to easel_payment using (id is not null) with check (id is not null);
create policy write on easel.payment_refund to easel_payment using (id is not null) with check (id is not null);
grant select on easel.payment_order to easel_app;
grant usage on schema easel to easel_payment;
grant select, insert, update, delete on easel.payment_order, easel.payment_event, easel.payment_refund to easel_payment;
grant execute on function easel.caller() to easel_payment;

-- payment_order_open writes the caller's new order; the same id again changes nothing.
create function easel.payment_order_open(id uuid, number text, tokens bigint, amount bigint, currency text, tax text) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into easel.payment_order (id, number, owner, tokens, amount, currency, tax)
    select $1, $2, easel.caller(), $3, $4, $5, $6 where easel.caller() is not null
    on conflict (id) do nothing
$$;

-- payment_order_attach says which checkout session is the order's; it never changes afterwards.
create function easel.payment_order_attach(id uuid, session text) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with attached as (
        update easel.payment_order o set session = $2, version = version + 1 where o.id = $1 and (o.session is null or o.session = $2) returning 1
    )
    select exists (select from attached)
$$;

-- payment_order_find returns the orders (one, as a rule) that any of the ids belongs to. The session is told as well: it
-- is what the provider is asked about.
create function easel.payment_order_find(by_id uuid, by_session text, by_intent text, by_charge text)
    returns table (id uuid, owner uuid, session text)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select o.id, o.owner, o.session from easel.payment_order o
     where o.id = $1 or o.session = $2 or o.intent = $3 or o.charge = $4
     order by (o.id = $1) desc nulls last, (o.session = $2) desc nulls last
$$;

-- payment_order_left returns an order whose account is gone.
create function easel.payment_order_left(id uuid) returns setof easel.payment_order
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select * from easel.payment_order o where o.id = $1 and o.owner is null
$$;

-- payment_order_claim is the first statement of whoever writes an order: it holds the row until the transaction ends, and
-- is false when somebody else has written since the version was read, or the account has gone meanwhile.
create function easel.payment_order_claim(id uuid, version bigint, owner uuid) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with claimed as (
        update easel.payment_order o set version = o.version + 1, checked_at = now()
         where o.id = $1 and o.version = $2 and o.owner is not distinct from $3 returning 1
    )
    select exists (select from claimed)
$$;

-- payment_order_write says what is known of an order now. Pack, price and owner never change, a payment stays one.
create function easel.payment_order_write(id uuid, state text, intent text, charge text, paid bigint, paid_at timestamptz,
    asked bigint, refunded bigint, disputed bigint, dispute text, promise uuid) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with written as (
        update easel.payment_order o
           set state = $2, intent = coalesce(o.intent, $3), charge = coalesce($4, o.charge), paid = $5, paid_at = coalesce(o.paid_at, $6),
               asked = $7, refunded = $8, disputed = $9, dispute = $10, promise = $11
         where o.id = $1 and (o.state <> 'paid' or $2 = 'paid') returning 1
    )
    select exists (select from written)
$$;

-- payment_order_due lists the sessions of orders about which the provider is asked without having said anything: the
-- younger the order, the oftener.
create function easel.payment_order_due(most integer) returns setof text
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select o.session from easel.payment_order o
     where o.state in ('open', 'waiting') and o.session is not null
       and o.checked_at < now() - least(greatest(interval '1 minute', (now() - o.created_at) / 4), interval '6 hours')
     order by o.checked_at limit least(most, 1000)
$$;

-- payment_order_lapse closes orders whose checkout was never opened.
create function easel.payment_order_lapse() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with lapsed as (
        update easel.payment_order set state = 'expired', version = version + 1
         where state = 'open' and session is null and created_at < now() - interval '2 days' returning 1
    )
    select count(*) from lapsed
$$;

-- payment_event_take writes down a message; false when it is there already.
create function easel.payment_event_take(id text, type text, order_id uuid, session text, intent text, charge text) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with taken as (
        insert into easel.payment_event (id, type, order_id, session, intent, charge) values ($1, $2, $3, $4, $5, $6)
        on conflict (id) do nothing returning 1
    )
    select exists (select from taken)
$$;

create function easel.payment_event_read(id text) returns setof easel.payment_event
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select * from easel.payment_event e where e.id = $1
$$;

create function easel.payment_event_done(id text, outcome text) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    update easel.payment_event e set worked_at = now(), outcome = $2 where e.id = $1 and e.worked_at is null
$$;

-- payment_event_left lists messages that wait for longer than their job should need.
create function easel.payment_event_left(most integer) returns setof text
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select id from easel.payment_event where worked_at is null and received_at < now() - interval '10 minutes'
     order by received_at limit least(most, 1000)
$$;

create function easel.payment_refund_ask(id uuid, order_id uuid, amount bigint, reason text, staff uuid) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with asked as (
        insert into easel.payment_refund (id, order_id, amount, reason, staff) values ($1, $2, $3, $4, $5)
        on conflict (id) do nothing returning 1
    )
    select exists (select from asked)
$$;

create function easel.payment_refund_read(id uuid) returns setof easel.payment_refund
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select * from easel.payment_refund r where r.id = $1
$$;

create function easel.payment_refund_done(id uuid, state text, refund text) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    update easel.payment_refund r set state = $2, refund = coalesce($3, r.refund) where r.id = $1 and r.state = 'asked'
$$;

-- payment_refund_left lists refunds that were asked for and never answered.
create function easel.payment_refund_left(most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select id from easel.payment_refund where state = 'asked' and created_at < now() - interval '10 minutes'
     order by created_at limit least(most, 1000)
$$;

-- payment_forget deletes what need not be kept any longer, and returns the orders that went.
create function easel.payment_forget(keep interval) returns setof uuid
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with messages as (
        delete from easel.payment_event where received_at < now() - interval '90 days'
    )
    delete from easel.payment_order
     where created_at < now() - greatest(keep, interval '365 days')
        or state in ('open', 'failed', 'expired') and created_at < now() - interval '90 days'
    returning id
$$;

alter function easel.payment_order_open(uuid, text, bigint, bigint, text, text) owner to easel_payment;
alter function easel.payment_order_attach(uuid, text) owner to easel_payment;
alter function easel.payment_order_find(uuid, text, text, text) owner to easel_payment;
alter function easel.payment_order_left(uuid) owner to easel_payment;
alter function easel.payment_order_claim(uuid, bigint, uuid) owner to easel_payment;
alter function easel.payment_order_write(uuid, text, text, text, bigint, timestamptz, bigint, bigint, bigint, text, uuid) owner to easel_payment;
alter function easel.payment_order_due(integer) owner to easel_payment;
alter function easel.payment_order_lapse() owner to easel_payment;
alter function easel.payment_event_take(text, text, uuid, text, text, text) owner to easel_payment;
alter function easel.payment_event_read(text) owner to easel_payment;
alter function easel.payment_event_done(text, text) owner to easel_payment;
alter function easel.payment_event_left(integer) owner to easel_payment;
alter function easel.payment_refund_ask(uuid, uuid, bigint, text, uuid) owner to easel_payment;
alter function easel.payment_refund_read(uuid) owner to easel_payment;
alter function easel.payment_refund_done(uuid, text, text) owner to easel_payment;
alter function easel.payment_refund_left(integer) owner to easel_payment;
alter function easel.payment_forget(interval) owner to easel_payment;
grant execute on function easel.payment_order_open(uuid, text, bigint, bigint, text, text), easel.payment_order_attach(uuid, text),
    easel.payment_order_find(uuid, text, text, text), easel.payment_order_left(uuid), easel.payment_order_claim(uuid, bigint, uuid),
    easel.payment_order_write(uuid, text, text, text, bigint, timestamptz, bigint, bigint, bigint, text, uuid),
    easel.payment_order_due(integer), easel.payment_order_lapse(),
    easel.payment_event_take(text, text, uuid, text, text, text), easel.payment_event_read(text), easel.payment_event_done(text, text),
    easel.payment_event_left(integer), easel.payment_refund_ask(uuid, uuid, bigint, text, uuid), easel.payment_refund_read(uuid),
    easel.payment_refund_done(uuid, text, text), easel.payment_refund_left(integer), easel.payment_forget(interval)
    to easel_app;
