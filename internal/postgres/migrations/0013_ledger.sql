-- ledger: tokens. A lot is what came into a purse at one time and ends at one time; its entries are a chain, each
-- beginning where the one before it ended. Rows are only ever inserted, and only by the functions below; a lot goes as a
-- whole when its time is over and nothing is left in it. internal/ledger/README.md has the rules.

grant usage on schema easel to easel_ledger;
grant execute on function easel.caller() to easel_ledger, easel_sweep;

-- ledger_now is the ledger's clock. Tests put another in its place.
create function easel.ledger_now() returns timestamptz language sql stable parallel safe return now();
grant execute on function easel.ledger_now() to easel_app, easel_ledger, easel_sweep;

-- What stays when a lot has gone: that an order's tokens were put into a purse once, what was claimed back, and what
-- became of them. Nothing in these says whose the order was.
create table easel.ledger_order (
    id        uuid primary key,
    tokens    bigint not null check (tokens > 0),
    bought_at timestamptz not null,
    unique (id, tokens)
);

create table easel.ledger_claim (
    key      text primary key check (octet_length(key) between 1 and 200),
    order_id uuid not null references easel.ledger_order (id),
    kind     text not null check (kind in ('refund', 'opened', 'lost', 'won', 'late')),
    dispute  text not null default '' check ((dispute <> '') = (kind in ('opened', 'lost', 'won'))),
    asked    bigint not null, -- tokens that should go; negative where a claim is withdrawn
    taken    bigint not null, -- tokens that went
    short    bigint not null, -- tokens that were spent already; later ones that come back fill it (late)
    at       timestamptz not null,
    check (asked = taken + short)
);
create index on easel.ledger_claim (order_id);

create table easel.ledger_sum (
    lot       uuid primary key,
    order_id  uuid not null references easel.ledger_order (id),
    spent     bigint not null check (spent >= 0),
    expired   bigint not null check (expired >= 0),
    closed_at timestamptz not null
);
create index on easel.ledger_sum (order_id);

-- What was given without an order, each once, also after its lot has gone.
create table easel.ledger_gift (
    key      text primary key check (octet_length(key) between 1 and 200),
    owner    uuid not null references easel.account_account (id),
    kind     text not null check (kind in ('granted', 'welcome', 'returned')),
    tokens   bigint not null check (tokens > 0),
    given_at timestamptz not null,
    unique (key, owner, kind, tokens)
);
create index on easel.ledger_gift (owner);

create table easel.ledger_lot (
    id         uuid primary key default gen_random_uuid(),
    owner      uuid not null references easel.account_account (id),
    kind       text not null check (kind in ('bought', 'granted', 'welcome', 'returned')),
    tokens     bigint not null check (tokens > 0),
    order_id   uuid references easel.ledger_order (id),
    gift       text unique,
    reason     text not null default '' check (length(reason) <= 500),
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    ordered    uuid unique generated always as (case when kind = 'bought' then order_id end) stored,
    check ((kind = 'bought') = (gift is null)),
    check (kind <> 'bought' or order_id is not null),
    foreign key (ordered, tokens) references easel.ledger_order (id, tokens),
    foreign key (gift, owner, kind, tokens) references easel.ledger_gift (key, owner, kind, tokens),
    unique (id, owner),
    unique (id, owner, tokens)
);
create index on easel.ledger_lot (owner, expires_at);
create index on easel.ledger_lot (expires_at);
create index on easel.ledger_lot (order_id);

-- One step of a lot: how many tokens moved from where to where. Four counts stand in each row: free (after), held for
-- runs, frozen by a dispute, and taken back; what was spent or has expired is in none of them.
create table easel.ledger_entry (
    number        bigint generated always as identity, -- the order in which people read them
    lot           uuid not null,
    seq           integer not null check (seq >= 1),
    owner         uuid not null,
    kind          text not null check (kind in ('buy', 'grant', 'hold', 'capture', 'release', 'expire', 'refund', 'return', 'freeze', 'thaw')),
    tokens        bigint not null check (tokens > 0 or tokens = 0 and kind in ('expire', 'freeze', 'thaw')),
    before        bigint not null,
    held_before   bigint not null,
    frozen_before bigint not null,
    taken_before  bigint not null,
    key           text not null unique check (octet_length(key) between 1 and 300),
    ref           text not null default '', -- the run that a hold is for, the dispute that a freeze is for
    settles       integer, -- which hold or freeze of the lot this one ends
    what          text not null default '' check (length(what) <= 500), -- for people: what was drawn, or why it came back
    ends          timestamptz not null, -- of the lot, from here on
    at            timestamptz not null,

    delta  bigint not null generated always as (tokens * case when kind in ('buy', 'grant', 'release', 'return', 'thaw') then 1
        when kind in ('hold', 'expire', 'refund', 'freeze') then -1 else 0 end) stored,
    after  bigint not null generated always as (before + tokens * case when kind in ('buy', 'grant', 'release', 'return', 'thaw') then 1
        when kind in ('hold', 'expire', 'refund', 'freeze') then -1 else 0 end) stored,
    held   bigint not null generated always as (held_before + tokens * case when kind = 'hold' then 1
        when kind in ('capture', 'release') then -1 else 0 end) stored,
    frozen bigint not null generated always as (frozen_before + tokens * case kind when 'freeze' then 1 when 'thaw' then -1 else 0 end) stored,
    taken  bigint not null generated always as (taken_before + tokens * case kind when 'refund' then 1 when 'return' then -1 else 0 end) stored,
    prior  integer generated always as (case when seq > 1 then seq - 1 end) stored,
    minted bigint generated always as (case when seq = 1 then tokens end) stored,
    opened text generated always as (case when kind in ('capture', 'release') then 'hold' when kind = 'thaw' then 'freeze' end) stored,

    primary key (lot, seq),
    constraint ledger_entry_free check (after = before + delta and after >= 0),
    constraint ledger_entry_held check (held >= 0),
    constraint ledger_entry_frozen check (frozen >= 0),
    constraint ledger_entry_taken check (taken >= 0),
    check ((seq = 1) = (kind in ('buy', 'grant'))),
    check (seq > 1 or before = 0 and held_before = 0 and frozen_before = 0 and taken_before = 0),
    check ((settles is not null) = (kind in ('capture', 'release', 'thaw'))),
    check ((ref <> '') = (kind in ('hold', 'capture', 'release', 'freeze', 'thaw'))),
    foreign key (lot, owner) references easel.ledger_lot (id, owner) on delete cascade,
    foreign key (lot, owner, minted) references easel.ledger_lot (id, owner, tokens) on delete cascade,
    -- Each entry begins where the one before it ended, and every one has one successor at most: a lot cannot be spent twice.
    unique (lot, owner, seq, after, held, frozen, taken),
    constraint ledger_entry_chain foreign key (lot, owner, prior, before, held_before, frozen_before, taken_before)
        references easel.ledger_entry (lot, owner, seq, after, held, frozen, taken),
    -- A hold or freeze is ended once, as a whole, for the same thing.
    unique (lot, owner, seq, kind, tokens, ref),
    unique (lot, settles),
    foreign key (lot, owner, settles, opened, tokens, ref) references easel.ledger_entry (lot, owner, seq, kind, tokens, ref)
);
create index on easel.ledger_entry (owner, number);
create index ledger_entry_run on easel.ledger_entry (ref) where kind = 'hold';

-- Which lots' owners were told that they end soon.
create table easel.ledger_warning (
    lot   uuid primary key,
    owner uuid not null,
    at    timestamptz not null,
    foreign key (lot, owner) references easel.ledger_lot (id, owner) on delete cascade
);

-- Who may see and do what.
do $$
declare
    t text;
begin
    foreach t in array array['order', 'claim', 'sum', 'gift', 'lot', 'entry', 'warning'] loop
        execute format('alter table easel.ledger_%s enable row level security', t);
        execute format('alter table easel.ledger_%s force row level security', t);
        execute format('grant select, insert on easel.ledger_%s to easel_ledger', t);
    end loop;
    foreach t in array array['gift', 'lot', 'entry', 'warning'] loop
        execute format('create policy ledger_read on easel.ledger_%s for select to easel_ledger using (owner is not null)', t);
        execute format('create policy ledger_add on easel.ledger_%s for insert to easel_ledger with check (owner = easel.caller())', t);
    end loop;
end
$$;
create policy ledger_read on easel.ledger_order for select to easel_ledger using (id is not null);
create policy ledger_add on easel.ledger_order for insert to easel_ledger with check (id is not null);
create policy ledger_read on easel.ledger_claim for select to easel_ledger using (order_id is not null);
create policy ledger_add on easel.ledger_claim for insert to easel_ledger with check (order_id is not null);
create policy ledger_read on easel.ledger_sum for select to easel_ledger using (order_id is not null);
create policy ledger_add on easel.ledger_sum for insert to easel_ledger with check (order_id is not null);

create policy own on easel.ledger_lot for select to easel_app using (owner = easel.caller());
create policy own on easel.ledger_entry for select to easel_app using (owner = easel.caller());
grant select on easel.ledger_lot, easel.ledger_entry to easel_app;

create policy sweep_find on easel.ledger_lot for select to easel_sweep using (owner is not null);
create policy sweep on easel.ledger_lot for delete to easel_sweep using (owner = easel.caller());
create policy sweep_find on easel.ledger_entry for select to easel_sweep using (owner is not null);
create policy sweep_find on easel.ledger_gift for select to easel_sweep using (owner is not null);
create policy sweep on easel.ledger_gift for delete to easel_sweep using (owner = easel.caller());
create policy sweep_find on easel.ledger_order for select to easel_sweep using (id is not null);
create policy sweep on easel.ledger_order for delete to easel_sweep using (id is not null);
create policy sweep_find on easel.ledger_claim for select to easel_sweep using (order_id is not null);
create policy sweep on easel.ledger_claim for delete to easel_sweep using (order_id is not null);
create policy sweep_find on easel.ledger_sum for select to easel_sweep using (order_id is not null);
create policy sweep on easel.ledger_sum for delete to easel_sweep using (order_id is not null);
grant select (id, owner, order_id), delete on easel.ledger_lot to easel_sweep;
grant select (lot, seq, owner, after, held, frozen, ends) on easel.ledger_entry to easel_sweep;
grant select (key, owner), delete on easel.ledger_gift to easel_sweep;
grant select (id), delete on easel.ledger_order to easel_sweep;
grant select (order_id), delete on easel.ledger_claim, easel.ledger_sum to easel_sweep;

-- Nobody changes a row, not even whoever owns the tables. A lot goes as a whole, and only an empty one.
create function easel.ledger_refuse() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'the ledger is only ever added to' using errcode = 'restrict_violation';
end
$$;

create function easel.ledger_keep_entry() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if pg_trigger_depth() < 2 then -- not what goes with its lot
        raise exception 'an entry goes with its lot only' using errcode = 'restrict_violation';
    end if;
    return null;
end
$$;

create function easel.ledger_keep_lot() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (
        select from (select * from easel.ledger_entry where lot = old.id order by seq desc limit 1) e
         where e.after = 0 and e.held = 0 and e.frozen = 0
    ) or old.order_id is not null and not exists (select from easel.ledger_sum s where s.lot = old.id) then
        raise exception 'a lot goes when nothing is left in it and its order says what became of it' using errcode = 'restrict_violation';
    end if;
    return old;
end
$$;
alter function easel.ledger_keep_lot() owner to easel_ledger;

do $$
declare
    t text;
begin
    foreach t in array array['order', 'claim', 'sum', 'gift', 'lot', 'entry', 'warning'] loop
        execute format('create trigger keep before update or truncate on easel.ledger_%s for each statement execute function easel.ledger_refuse()', t);
    end loop;
end
$$;
create trigger keep_entry before delete on easel.ledger_entry for each statement execute function easel.ledger_keep_entry();
create trigger keep_lot before delete on easel.ledger_lot for each row execute function easel.ledger_keep_lot();

-- The functions act on the caller's purse and nobody else's, one transaction at a time for each person.

-- ledger_enter returns who is calling, and keeps others out of that purse until the transaction ends.
create function easel.ledger_enter() returns uuid language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if easel.caller() is null then
        raise exception 'tokens belong to somebody; there is no caller' using errcode = 'insufficient_privilege';
    end if;
    perform pg_advisory_xact_lock(hashtextextended(easel.caller()::text, 7));
    return easel.caller();
end
$$;

-- ledger_append adds an entry to a lot.
create function easel.ledger_append(the_lot uuid, the_kind text, the_tokens bigint, the_key text, the_ref text default '',
    the_settles integer default null, the_what text default '', the_ends timestamptz default null)
    returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    last easel.ledger_entry;
begin
    select * into strict last from easel.ledger_entry where lot = the_lot order by seq desc limit 1;
    insert into easel.ledger_entry (lot, seq, owner, kind, tokens, before, held_before, frozen_before, taken_before, key, ref, settles, what, ends, at)
    values (the_lot, last.seq + 1, last.owner, the_kind, the_tokens, last.after, last.held, last.frozen, last.taken,
        the_key, the_ref, the_settles, the_what, coalesce(the_ends, last.ends), easel.ledger_now());
end
$$;

-- ledger_restore adds an entry that brings tokens back into a lot. Where the lot's time is over, they live a week more,
-- and what was left in it by then does not.
create function easel.ledger_restore(the_lot uuid, the_kind text, the_tokens bigint, the_key text, the_ref text default '',
    the_settles integer default null, the_what text default '')
    returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    last easel.ledger_entry;
    until timestamptz;
begin
    select * into strict last from easel.ledger_entry where lot = the_lot order by seq desc limit 1;
    if last.ends <= easel.ledger_now() and the_tokens > 0 then
        if last.after > 0 then
            perform easel.ledger_append(the_lot, 'expire', last.after, 'expire:' || the_lot || ':' || last.seq);
        end if;
        until := easel.ledger_now() + interval '7 days';
    end if;
    perform easel.ledger_append(the_lot, the_kind, the_tokens, the_key, the_ref, the_settles, the_what, until);
end
$$;

-- ledger_mint makes a lot with its first entry.
create function easel.ledger_mint(the_owner uuid, the_kind text, the_tokens bigint, the_order uuid, the_gift text, the_reason text, the_ends timestamptz)
    returns uuid language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    made uuid := gen_random_uuid();
    moment timestamptz := easel.ledger_now();
begin
    insert into easel.ledger_lot (id, owner, kind, tokens, order_id, gift, reason, created_at, expires_at)
    values (made, the_owner, the_kind, the_tokens, the_order, the_gift, the_reason, moment, the_ends);
    insert into easel.ledger_entry (lot, seq, owner, kind, tokens, before, held_before, frozen_before, taken_before, key, what, ends, at)
    values (made, 1, the_owner, case the_kind when 'bought' then 'buy' else 'grant' end, the_tokens, 0, 0, 0, 0,
        coalesce('grant:' || the_gift, 'buy:' || the_order), the_reason, the_ends, moment);
    return made;
end
$$;

-- ledger_life is when a token ends that comes at the moment: six calendar months later, on the last day of a month that
-- is too short.
create function easel.ledger_life(moment timestamptz) returns timestamptz language sql immutable set search_path = pg_catalog, pg_temp as $$
    select (moment at time zone 'UTC' + interval '6 months') at time zone 'UTC'
$$;

-- ledger_buy puts an order's tokens into the caller's purse; false when that has been done already.
create function easel.ledger_buy(the_order uuid, the_tokens bigint) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
begin
    insert into easel.ledger_order (id, tokens, bought_at) values (the_order, the_tokens, easel.ledger_now()) on conflict (id) do nothing;
    if not found then
        if not exists (select from easel.ledger_order o where o.id = the_order and o.tokens = the_tokens) then
            raise exception 'the order brought another number of tokens' using errcode = 'EL001';
        end if;
        return false;
    end if;
    perform easel.ledger_mint(me, 'bought', the_tokens, the_order, null, '', easel.ledger_life(easel.ledger_now()));
    return true;
end
$$;

-- ledger_grant puts tokens into the caller's purse that nobody paid for; false when the key has been used already.
create function easel.ledger_grant(the_key text, the_kind text, the_tokens bigint, the_reason text) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
begin
    if the_kind not in ('granted', 'welcome') then
        raise exception 'tokens are granted or a welcome' using errcode = 'EL001';
    end if;
    insert into easel.ledger_gift (key, owner, kind, tokens, given_at) values (the_key, me, the_kind, the_tokens, easel.ledger_now()) on conflict (key) do nothing;
    if not found then
        return false;
    end if;
    perform easel.ledger_mint(me, the_kind, the_tokens, null, the_key, the_reason, easel.ledger_life(easel.ledger_now()));
    return true;
end
$$;

-- ledger_hold sets tokens aside for runs: for all of them or, where there are too few, for none. It returns how many
-- were needed and how many there were. A run for which tokens have been held before needs none.
create function easel.ledger_hold(runs uuid[], amounts bigint[], titles text[]) returns table (need bigint, have bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    open uuid[] := '{}';
    rest bigint;
    part bigint;
    usable record;
begin
    need := 0;
    for i in 1 .. cardinality(runs) loop
        if not exists (select from easel.ledger_entry e where e.ref = runs[i]::text and e.kind = 'hold') then
            need := need + amounts[i];
            open := open || runs[i];
        end if;
    end loop;
    select coalesce(sum(e.after), 0) into have
      from easel.ledger_lot l cross join lateral (select x.after, x.ends from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
     where l.owner = me and e.ends > easel.ledger_now();
    if have < need then
        return next;
        return;
    end if;
    for i in 1 .. cardinality(runs) loop
        continue when runs[i] <> all (open);
        rest := amounts[i];
        for usable in
            select l.id, e.after
              from easel.ledger_lot l cross join lateral (select x.after, x.ends from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
             where l.owner = me and e.ends > easel.ledger_now() and e.after > 0
             order by e.ends, l.created_at, l.id
        loop
            part := least(rest, usable.after);
            perform easel.ledger_append(usable.id, 'hold', part, 'hold:' || runs[i] || ':' || usable.id, runs[i]::text, null, titles[i]);
            rest := rest - part;
            exit when rest = 0;
        end loop;
        if rest <> 0 then
            raise exception 'the purse has less than it said' using errcode = 'EL001';
        end if;
    end loop;
    return next;
end
$$;

-- ledger_capture takes what was held for a run, which has its result; it returns how many. A run without a hold, or one
-- whose tokens went back, cannot be paid for and is an error.
create function easel.ledger_capture(the_run uuid) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    total bigint := 0;
    seen boolean := false;
    h record;
begin
    for h in
        select e.lot, e.seq, e.tokens, s.kind as ended from easel.ledger_entry e
          left join easel.ledger_entry s on s.lot = e.lot and s.settles = e.seq
         where e.ref = the_run::text and e.kind = 'hold' and e.owner = me
         order by e.number
    loop
        if h.ended is null then
            perform easel.ledger_append(h.lot, 'capture', h.tokens, 'capture:' || the_run || ':' || h.lot, the_run::text, h.seq);
            total := total + h.tokens;
        elsif h.ended <> 'capture' then
            raise exception 'the tokens of run % went back already', the_run using errcode = 'EL002';
        end if;
        seen := true;
    end loop;
    if not seen then
        raise exception 'no token is held for run %', the_run using errcode = 'EL002';
    end if;
    return total;
end
$$;

-- ledger_came_back is called when tokens have come back into a lot. What should have been taken back before and was in
-- use then, goes now; and where a dispute is open, they are frozen like the others.
create function easel.ledger_came_back(the_lot uuid, the_tokens bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    the_order uuid;
    missing bigint;
    last_seq integer;
    open_dispute text;
begin
    select l.order_id into the_order from easel.ledger_lot l where l.id = the_lot;
    if the_order is null or the_tokens = 0 then
        return;
    end if;
    select max(e.seq) into last_seq from easel.ledger_entry e where e.lot = the_lot;
    select least(coalesce(sum(c.short), 0), the_tokens) into missing from easel.ledger_claim c where c.order_id = the_order;
    if missing > 0 then
        perform easel.ledger_append(the_lot, 'refund', missing, 'late:' || the_lot || ':' || last_seq);
        insert into easel.ledger_claim (key, order_id, kind, asked, taken, short, at)
        values ('late:' || the_lot || ':' || last_seq, the_order, 'late', 0, missing, -missing, easel.ledger_now());
    end if;
    select e.ref into open_dispute from easel.ledger_entry e
     where e.lot = the_lot and e.kind = 'freeze' and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
     order by e.seq limit 1;
    if open_dispute is not null and missing < the_tokens then
        perform easel.ledger_freeze(the_lot, open_dispute);
    end if;
end
$$;

-- ledger_release gives back what is held for a run, and why; it returns how many tokens. What was captured stays so.
create function easel.ledger_release(the_run uuid, why text) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    total bigint := 0;
    h record;
begin
    for h in
        select e.lot, e.seq, e.tokens from easel.ledger_entry e
         where e.ref = the_run::text and e.kind = 'hold' and e.owner = me
           and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
         order by e.number
    loop
        perform easel.ledger_restore(h.lot, 'release', h.tokens, 'release:' || the_run || ':' || h.lot, the_run::text, h.seq, why);
        perform easel.ledger_came_back(h.lot, h.tokens);
        total := total + h.tokens;
    end loop;
    return total;
end
$$;

-- ledger_thaw ends the freezes of a lot for one dispute, and returns how many tokens that were.
create function easel.ledger_thaw(the_lot uuid, the_dispute text) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    f record;
    total bigint := 0;
begin
    for f in
        select e.seq, e.tokens from easel.ledger_entry e
         where e.lot = the_lot and e.kind = 'freeze' and e.ref = the_dispute
           and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
         order by e.seq
    loop
        perform easel.ledger_restore(the_lot, 'thaw', f.tokens, 'thaw:' || the_lot || ':' || f.seq, the_dispute, f.seq);
        total := total + f.tokens;
    end loop;
    return total;
end
$$;

-- ledger_take takes up to so many free tokens of an order out of the caller's purse, and returns how many it found.
create function easel.ledger_take(the_owner uuid, the_order uuid, the_tokens bigint, the_key text) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    total bigint := 0;
    part bigint;
    l record;
begin
    for l in
        select x.id, e.after
          from easel.ledger_lot x cross join lateral (select y.after, y.ends from easel.ledger_entry y where y.lot = x.id order by y.seq desc limit 1) e
         where x.order_id = the_order and x.owner = the_owner and e.after > 0 and e.ends > easel.ledger_now()
         order by e.ends, x.id
    loop
        part := least(the_tokens - total, l.after);
        exit when part = 0;
        perform easel.ledger_append(l.id, 'refund', part, the_key || ':' || l.id);
        total := total + part;
    end loop;
    return total;
end
$$;

-- ledger_freeze freezes what is free in a lot, also nothing: what comes back while a dispute is open is frozen too.
create function easel.ledger_freeze(the_lot uuid, the_dispute text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    last easel.ledger_entry;
begin
    select * into strict last from easel.ledger_entry e where e.lot = the_lot order by e.seq desc limit 1;
    perform easel.ledger_append(the_lot, 'freeze', case when last.ends > easel.ledger_now() then last.after else 0 end,
        'freeze:' || the_dispute || ':' || the_lot || ':' || last.seq, the_dispute);
end
$$;

-- ledger_ask takes tokens of an order back on a claim, as many as are there, frozen ones too, and writes the claim down.
-- Where other disputes than the given one are open, the rest freezes again.
create function easel.ledger_ask(the_owner uuid, the_order uuid, the_key text, the_kind text, the_dispute text, ask bigint,
    out taken bigint, out short bigint)
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    f record;
    lots uuid[] := '{}';
    disputes text[] := '{}';
begin
    for f in
        select l.id, e.ref, min(e.seq) as since
          from easel.ledger_lot l join easel.ledger_entry e on e.lot = l.id and e.kind = 'freeze'
         where l.order_id = the_order and l.owner = the_owner
           and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
         group by l.id, e.ref order by l.id, since
    loop
        if f.ref <> the_dispute then
            lots := lots || f.id;
            disputes := disputes || f.ref;
        end if;
        perform easel.ledger_thaw(f.id, f.ref);
    end loop;
    taken := easel.ledger_take(the_owner, the_order, ask, the_key);
    short := ask - taken;
    for i in 1 .. cardinality(lots) loop
        perform easel.ledger_freeze(lots[i], disputes[i]);
    end loop;
    insert into easel.ledger_claim (key, order_id, kind, dispute, asked, taken, short, at)
    values (the_key, the_order, the_kind, the_dispute, ask, taken, short, easel.ledger_now());
end
$$;

-- ledger_owed is how many tokens an order brought that nobody has claimed back yet.
create function easel.ledger_owed(the_order uuid) returns bigint
    language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    had bigint;
begin
    select o.tokens into had from easel.ledger_order o where o.id = the_order;
    if had is null then
        raise exception 'the order brought no tokens' using errcode = 'EL003';
    end if;
    return had - (select coalesce(sum(c.asked), 0) from easel.ledger_claim c where c.order_id = the_order);
end
$$;

-- ledger_refund takes tokens of an order back whose money went back: so many in all, with those of earlier refunds. Told
-- twice or in the wrong order, it takes nothing twice. What was spent or is in use is noted as missing.
create function easel.ledger_refund(the_order uuid, total bigint, out taken bigint, out short bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    owed bigint := easel.ledger_owed(the_order);
    asked bigint;
begin
    select coalesce(sum(c.asked), 0) into asked from easel.ledger_claim c where c.order_id = the_order and c.kind = 'refund';
    if least(total - asked, owed) <= 0 then
        taken := 0;
        short := 0;
        return;
    end if;
    select a.taken, a.short into taken, short
      from easel.ledger_ask(me, the_order, 'refund:' || the_order || ':' || asked + least(total - asked, owed), 'refund', '', least(total - asked, owed)) a;
end
$$;

-- ledger_dispute follows what a bank says about an order's payment. opened freezes what is unspent; lost takes back up to
-- so many tokens and thaws the rest; won thaws, and gives back what this dispute took. Each counts once, and after won
-- nothing does, whatever order they arrive in. taken is negative for what was given back.
create function easel.ledger_dispute(the_order uuid, the_dispute text, outcome text, the_tokens bigint, out taken bigint, out short bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    owed bigint := easel.ledger_owed(the_order);
    had bigint;
    lost bigint;
    back bigint;
    part bigint;
    made uuid;
    l record;
begin
    taken := 0;
    short := 0;
    if outcome not in ('opened', 'lost', 'won') then
        raise exception 'a dispute is opened, lost or won' using errcode = 'EL001';
    end if;
    if exists (select from easel.ledger_claim c where c.dispute = the_dispute and (c.kind in (outcome, 'won') or outcome = 'opened' and c.kind = 'lost')) then
        return;
    end if;
    if outcome = 'opened' then
        insert into easel.ledger_claim (key, order_id, kind, dispute, asked, taken, short, at)
        values ('opened:' || the_dispute, the_order, 'opened', the_dispute, 0, 0, 0, easel.ledger_now());
        for l in select x.id from easel.ledger_lot x where x.order_id = the_order and x.owner = me order by x.id loop
            perform easel.ledger_freeze(l.id, the_dispute);
        end loop;
        return;
    end if;
    if outcome = 'lost' then
        select a.taken, a.short into taken, short
          from easel.ledger_ask(me, the_order, 'lost:' || the_dispute, 'lost', the_dispute, least(the_tokens, owed)) a;
        return;
    end if;
    -- won: what was asked for it is withdrawn; what was taken beyond that comes back.
    select coalesce(sum(c.asked), 0) into lost from easel.ledger_claim c where c.dispute = the_dispute and c.kind = 'lost';
    select coalesce(sum(c.taken), 0) - (coalesce(sum(c.asked), 0) - lost) into back from easel.ledger_claim c where c.order_id = the_order;
    back := greatest(back, 0);
    insert into easel.ledger_claim (key, order_id, kind, dispute, asked, taken, short, at)
    values ('won:' || the_dispute, the_order, 'won', the_dispute, -lost, -back, back - lost, easel.ledger_now());
    taken := -back;
    short := back - lost;
    for l in
        select x.id, e.taken
          from easel.ledger_lot x cross join lateral (select y.taken from easel.ledger_entry y where y.lot = x.id order by y.seq desc limit 1) e
         where x.order_id = the_order and x.owner = me order by x.expires_at, x.id
    loop
        part := least(back, l.taken);
        if part > 0 then
            perform easel.ledger_restore(l.id, 'return', part, 'return:' || the_dispute || ':' || l.id);
            back := back - part;
        end if;
        perform easel.ledger_came_back(l.id, part + easel.ledger_thaw(l.id, the_dispute));
    end loop;
    if back > 0 then -- the lot has gone meanwhile
        insert into easel.ledger_gift (key, owner, kind, tokens, given_at) values ('return:' || the_dispute, me, 'returned', back, easel.ledger_now());
        made := easel.ledger_mint(me, 'returned', back, the_order, 'return:' || the_dispute, '', easel.ledger_now() + interval '7 days');
        for l in
            select c.dispute from easel.ledger_claim c
             where c.order_id = the_order and c.kind = 'opened'
               and not exists (select from easel.ledger_claim x where x.dispute = c.dispute and x.kind in ('lost', 'won'))
             order by c.dispute
        loop
            perform easel.ledger_freeze(made, l.dispute);
        end loop;
    end if;
end
$$;

-- ledger_conclude writes down, for an order, what became of a lot in which nothing is left.
create function easel.ledger_conclude(the_lot uuid, the_order uuid) returns void
    language sql set search_path = pg_catalog, pg_temp as $$
    insert into easel.ledger_sum (lot, order_id, spent, expired, closed_at)
    select the_lot, the_order, coalesce(sum(e.tokens) filter (where e.kind = 'capture'), 0), coalesce(sum(e.tokens) filter (where e.kind = 'expire'), 0), easel.ledger_now()
      from easel.ledger_entry e where e.lot = the_lot and the_order is not null
    having the_order is not null
    on conflict (lot) do nothing
$$;

-- ledger_expire ends the caller's lots whose time is over, or all of them when the caller leaves; it returns how many
-- tokens ended unspent. ledger_close removes them then.
create function easel.ledger_expire(leaving boolean) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    moment timestamptz := easel.ledger_now();
    total bigint := 0;
    l record;
    h record;
    last easel.ledger_entry;
begin
    for l in select x.id, x.order_id from easel.ledger_lot x where x.owner = me and (x.expires_at <= moment or leaving) order by x.id loop
        if leaving then
            for h in
                select e.seq, e.tokens, e.ref, e.kind from easel.ledger_entry e
                 where e.lot = l.id and e.kind in ('hold', 'freeze')
                   and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
                 order by e.seq
            loop
                perform easel.ledger_append(l.id, case h.kind when 'hold' then 'release' else 'thaw' end, h.tokens, 'leave:' || l.id || ':' || h.seq, h.ref, h.seq);
            end loop;
        end if;
        select * into strict last from easel.ledger_entry e where e.lot = l.id order by e.seq desc limit 1;
        if leaving or last.ends <= moment and last.after > 0 then
            perform easel.ledger_append(l.id, 'expire', last.after, 'expire:' || l.id || ':' || last.seq, the_ends => least(last.ends, moment));
            total := total + last.after;
        end if;
        if leaving or last.ends <= moment and last.held = 0 and last.frozen = 0 then
            perform easel.ledger_conclude(l.id, l.order_id);
        end if;
    end loop;
    return total;
end
$$;

-- ledger_order_now says how an order's tokens stand: the caller's, or one whose lot has gone.
create function easel.ledger_order_now(the_order uuid)
    returns table (tokens bigint, free bigint, held bigint, frozen bigint, spent bigint, expired bigint, taken bigint, short bigint, ends timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with lots as (
        select l.id, l.owner, e.after, e.held, e.frozen, e.ends
          from easel.ledger_lot l cross join lateral (select x.* from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
         where l.order_id = the_order
    ), gone as (
        select coalesce(sum(s.spent), 0) as spent, coalesce(sum(s.expired), 0) as expired from easel.ledger_sum s
         where s.order_id = the_order and not exists (select from lots where lots.id = s.lot)
    ), moved as (
        select coalesce(sum(e.tokens) filter (where e.kind = 'capture'), 0) as spent, coalesce(sum(e.tokens) filter (where e.kind = 'expire'), 0) as expired
          from easel.ledger_entry e where e.lot in (select id from lots)
    ), claims as (
        select coalesce(sum(c.taken), 0) as taken, coalesce(sum(c.short), 0) as short from easel.ledger_claim c where c.order_id = the_order
    )
    select o.tokens, coalesce((select sum(after) from lots), 0)::bigint, coalesce((select sum(held) from lots), 0)::bigint,
           coalesce((select sum(frozen) from lots), 0)::bigint, (gone.spent + moved.spent)::bigint, (gone.expired + moved.expired)::bigint,
           claims.taken::bigint, claims.short::bigint, (select max(ends) from lots)
      from easel.ledger_order o, gone, moved, claims
     where o.id = the_order and not exists (select from lots where lots.owner is distinct from easel.caller())
$$;

-- Across owners: ids and times only.

-- ledger_due lists whose lots are over and have something to do about it.
create function easel.ledger_due(most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select distinct l.owner
      from easel.ledger_lot l cross join lateral (select x.* from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
     where l.expires_at <= easel.ledger_now() and e.ends <= easel.ledger_now() and (e.after > 0 or e.held = 0 and e.frozen = 0)
     limit least(most, 1000)
$$;

-- ledger_soon lists whose lots have something in them, end within the time, and were not spoken of.
create function easel.ledger_soon(within interval, most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select distinct l.owner
      from easel.ledger_lot l cross join lateral (select x.* from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
     where l.expires_at > easel.ledger_now() and l.expires_at <= easel.ledger_now() + within and e.after > 0
       and not exists (select from easel.ledger_warning w where w.lot = l.id)
     limit least(most, 1000)
$$;

-- ledger_warn notes that the caller is told of the lots that end within the time, and returns them.
create function easel.ledger_warn(within interval) returns table (tokens bigint, expires_at timestamptz)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
begin
    return query
    with soon as (
        select l.id, e.after, l.expires_at
          from easel.ledger_lot l cross join lateral (select x.* from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
         where l.owner = me and l.expires_at > easel.ledger_now() and l.expires_at <= easel.ledger_now() + within and e.after > 0
           and not exists (select from easel.ledger_warning w where w.lot = l.id)
    ), told as (
        insert into easel.ledger_warning (lot, owner, at) select soon.id, me, easel.ledger_now() from soon returning lot
    )
    select soon.after, soon.expires_at from soon join told on told.lot = soon.id order by soon.expires_at;
end
$$;

-- ledger_held lists the runs for which tokens have been held for longer than that.
create function easel.ledger_held(longer interval, most integer) returns table (owner uuid, run uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select e.owner, e.ref::uuid
      from easel.ledger_lot l
      cross join lateral (select x.held from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) now_
      join easel.ledger_entry e on e.lot = l.id and e.kind = 'hold'
     where now_.held > 0 and e.at < easel.ledger_now() - longer
       and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
     group by e.owner, e.ref order by min(e.number) limit least(most, 1000)
$$;

-- ledger_close removes the caller's lots that are over and empty.
create function easel.ledger_close() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (
        delete from easel.ledger_lot l
         where l.owner = easel.caller()
           and exists (
            select from (select e.after, e.held, e.frozen, e.ends from easel.ledger_entry e where e.lot = l.id order by e.seq desc limit 1) e
             where e.after = 0 and e.held = 0 and e.frozen = 0 and e.ends <= easel.ledger_now())
        returning 1
    )
    select count(*) from gone
$$;

-- ledger_leave removes the list of gifts of a caller who leaves and has no lots any more.
create function easel.ledger_leave() returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.ledger_gift where owner = easel.caller()
$$;

-- ledger_forget removes what is known of an order whose time to be kept is over and whose lot has gone.
create function easel.ledger_forget(the_order uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from easel.ledger_lot l where l.order_id = the_order) then
        raise exception 'the order has a lot' using errcode = 'EL001';
    end if;
    delete from easel.ledger_claim where order_id = the_order;
    delete from easel.ledger_sum where order_id = the_order;
    delete from easel.ledger_order where id = the_order;
end
$$;

alter function easel.ledger_enter() owner to easel_ledger;
alter function easel.ledger_append(uuid, text, bigint, text, text, integer, text, timestamptz) owner to easel_ledger;
alter function easel.ledger_restore(uuid, text, bigint, text, text, integer, text) owner to easel_ledger;
alter function easel.ledger_mint(uuid, text, bigint, uuid, text, text, timestamptz) owner to easel_ledger;
alter function easel.ledger_life(timestamptz) owner to easel_ledger;
alter function easel.ledger_came_back(uuid, bigint) owner to easel_ledger;
alter function easel.ledger_thaw(uuid, text) owner to easel_ledger;
alter function easel.ledger_take(uuid, uuid, bigint, text) owner to easel_ledger;
alter function easel.ledger_freeze(uuid, text) owner to easel_ledger;
alter function easel.ledger_ask(uuid, uuid, text, text, text, bigint) owner to easel_ledger;
alter function easel.ledger_owed(uuid) owner to easel_ledger;
alter function easel.ledger_conclude(uuid, uuid) owner to easel_ledger;

-- What the application may call.
do $$
declare
    f text;
begin
    foreach f in array array['ledger_buy(uuid, bigint)', 'ledger_grant(text, text, bigint, text)', 'ledger_hold(uuid[], bigint[], text[])',
        'ledger_capture(uuid)', 'ledger_release(uuid, text)', 'ledger_refund(uuid, bigint)', 'ledger_dispute(uuid, text, text, bigint)',
        'ledger_expire(boolean)', 'ledger_order_now(uuid)', 'ledger_due(integer)', 'ledger_soon(interval, integer)', 'ledger_warn(interval)',
        'ledger_held(interval, integer)'] loop
        execute format('alter function easel.%s owner to easel_ledger', f);
        execute format('grant execute on function easel.%s to easel_app', f);
    end loop;
    foreach f in array array['ledger_close()', 'ledger_leave()', 'ledger_forget(uuid)'] loop
        execute format('alter function easel.%s owner to easel_sweep', f);
        execute format('grant execute on function easel.%s to easel_app', f);
    end loop;
end
$$;
