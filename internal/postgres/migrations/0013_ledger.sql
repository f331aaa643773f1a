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
    number   bigint generated always as identity,
    key      text primary key check (octet_length(key) between 1 and 200),
    order_id uuid not null references easel.ledger_order (id),
    kind     text not null check (kind in ('take', 'give', 'late')),
    asked    bigint not null, -- tokens that should go; negative where a claim is withdrawn
    taken    bigint not null, -- tokens that went
    short    bigint not null, -- tokens that were spent or in use; what comes back later fills it (late)
    told     bigint not null, -- what whoever asked was told that went, with what went late before
    at       timestamptz not null,
    check (asked = taken + short),
    check (kind <> 'late' or asked = 0)
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
    ref           text not null default '', -- the run that a hold is for, the order that a freeze is for
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
create function easel.ledger_mint(the_owner uuid, the_kind text, the_tokens bigint, the_order uuid, the_gift text, the_reason text, since timestamptz, the_ends timestamptz)
    returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    made uuid := gen_random_uuid();
begin
    insert into easel.ledger_lot (id, owner, kind, tokens, order_id, gift, reason, created_at, expires_at)
    values (made, the_owner, the_kind, the_tokens, the_order, the_gift, the_reason, since, the_ends);
    insert into easel.ledger_entry (lot, seq, owner, kind, tokens, before, held_before, frozen_before, taken_before, key, what, ends, at)
    values (made, 1, the_owner, case the_kind when 'bought' then 'buy' else 'grant' end, the_tokens, 0, 0, 0, 0,
        coalesce('grant:' || the_gift, 'buy:' || the_order), the_reason, the_ends, easel.ledger_now());
end
$$;

-- ledger_life is when a token ends that comes at the moment: six calendar months later, on the last day of a month that
-- is too short.
create function easel.ledger_life(moment timestamptz) returns timestamptz language sql immutable set search_path = pg_catalog, pg_temp as $$
    select (moment at time zone 'UTC' + interval '6 months') at time zone 'UTC'
$$;

-- ledger_buy puts an order's tokens into the caller's purse, once, whatever became of them since. They count from when they
-- were paid for, if that is not too long ago for a message that was late.
create function easel.ledger_buy(the_order uuid, the_tokens bigint, paid timestamptz) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    moment timestamptz := easel.ledger_now();
begin
    moment := least(greatest(paid, moment - interval '30 days'), moment);
    insert into easel.ledger_order (id, tokens, bought_at) values (the_order, the_tokens, moment) on conflict (id) do nothing;
    if not found then
        if not exists (select from easel.ledger_order o where o.id = the_order and o.tokens = the_tokens) then
            raise exception 'the order brought another number of tokens' using errcode = 'EL001';
        end if;
        return false;
    end if;
    perform easel.ledger_mint(me, 'bought', the_tokens, the_order, null, '', moment, easel.ledger_life(moment));
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
    perform easel.ledger_mint(me, the_kind, the_tokens, null, the_key, the_reason, easel.ledger_now(), easel.ledger_life(easel.ledger_now()));
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
         order by e.lot, e.seq
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

-- ledger_freeze freezes what is free in a lot, also nothing: what comes back before it thaws is frozen too.
create function easel.ledger_freeze(the_lot uuid, the_order uuid) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    last easel.ledger_entry;
begin
    select * into strict last from easel.ledger_entry e where e.lot = the_lot order by e.seq desc limit 1;
    perform easel.ledger_append(the_lot, 'freeze', case when last.ends > easel.ledger_now() then last.after else 0 end,
        'freeze:' || the_lot || ':' || last.seq, the_order::text);
end
$$;

-- ledger_thaw ends the freezes of a lot and says whether there was one.
create function easel.ledger_thaw(the_lot uuid) returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    f record;
    was boolean := false;
begin
    for f in
        select e.seq, e.tokens, e.ref from easel.ledger_entry e
         where e.lot = the_lot and e.kind = 'freeze' and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
         order by e.seq
    loop
        perform easel.ledger_restore(the_lot, 'thaw', f.tokens, 'thaw:' || the_lot || ':' || f.seq, f.ref, f.seq);
        was := true;
    end loop;
    return was;
end
$$;

-- ledger_came_back is called when tokens that were in use have come back into a lot. What should have been taken back
-- before goes now; and where the order is frozen, they are frozen like the others.
create function easel.ledger_came_back(the_lot uuid, the_tokens bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    the_order uuid;
    missing bigint;
    last_seq integer;
begin
    select l.order_id into the_order from easel.ledger_lot l where l.id = the_lot;
    if the_order is null then
        return;
    end if;
    select max(e.seq) into last_seq from easel.ledger_entry e where e.lot = the_lot;
    select least(coalesce(sum(c.short), 0), the_tokens) into missing from easel.ledger_claim c where c.order_id = the_order;
    if missing > 0 then
        perform easel.ledger_append(the_lot, 'refund', missing, 'late:' || the_lot || ':' || last_seq);
        insert into easel.ledger_claim (key, order_id, kind, asked, taken, short, told, at)
        values ('late:' || the_lot || ':' || last_seq, the_order, 'late', 0, missing, -missing, 0, easel.ledger_now());
    end if;
    if missing < the_tokens and exists (
        select from easel.ledger_entry e where e.lot = the_lot and e.kind = 'freeze'
           and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
    ) then
        perform easel.ledger_freeze(the_lot, the_order);
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
         order by e.lot, e.seq
    loop
        perform easel.ledger_restore(h.lot, 'release', h.tokens, 'release:' || the_run || ':' || h.lot, the_run::text, h.seq, why);
        perform easel.ledger_came_back(h.lot, h.tokens);
        total := total + h.tokens;
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

-- ledger_follow makes so many of an order's tokens be gone altogether: it takes what is there, frozen or not, and
-- remembers what is missing; or it gives back what is too much. told is added to what the caller hears.
create function easel.ledger_follow(the_owner uuid, the_order uuid, the_key text, the_kind text, gone bigint, unheard bigint) returns bigint
    language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    had bigint;
    asked bigint;
    went bigint;
    moved bigint := 0;
    part bigint;
    icy uuid[] := '{}';
    l record;
    c uuid;
begin
    select o.tokens into had from easel.ledger_order o where o.id = the_order;
    if had is null then
        raise exception 'the order brought no tokens' using errcode = 'EL003';
    end if;
    if gone < 0 or gone > had then
        raise exception '% of the order''s % tokens cannot be gone', gone, had using errcode = 'EL001';
    end if;
    select coalesce(sum(x.asked), 0), coalesce(sum(x.taken), 0) into asked, went from easel.ledger_claim x where x.order_id = the_order;
    for l in select x.id from easel.ledger_lot x where x.order_id = the_order and x.owner = the_owner order by x.id loop
        if easel.ledger_thaw(l.id) then
            icy := icy || l.id;
        end if;
    end loop;
    if gone > went then
        moved := easel.ledger_take(the_owner, the_order, gone - went, the_key);
    elsif gone < went then
        moved := gone - went;
        for l in
            select x.id, e.taken
              from easel.ledger_lot x cross join lateral (select y.taken from easel.ledger_entry y where y.lot = x.id order by y.seq desc limit 1) e
             where x.order_id = the_order and x.owner = the_owner and e.taken > 0 order by x.expires_at, x.id
        loop
            part := least(went - gone, l.taken);
            exit when part = 0;
            perform easel.ledger_restore(l.id, 'return', part, the_key || ':' || l.id);
            went := went - part;
        end loop;
        if went > gone then -- the lot has gone meanwhile
            insert into easel.ledger_gift (key, owner, kind, tokens, given_at) values ('return:' || the_key, the_owner, 'returned', went - gone, easel.ledger_now());
            perform easel.ledger_mint(the_owner, 'returned', went - gone, the_order, 'return:' || the_key, '', easel.ledger_now(), easel.ledger_now() + interval '7 days');
        end if;
    end if;
    foreach c in array icy loop
        perform easel.ledger_freeze(c, the_order);
    end loop;
    insert into easel.ledger_claim (key, order_id, kind, asked, taken, short, told, at)
    values (the_key, the_order, the_kind, gone - asked, moved, gone - asked - moved, moved + unheard, easel.ledger_now());
    return moved + unheard;
end
$$;

-- ledger_heard is how many tokens of an order were taken back as far as whoever asks for it was told, and how many went
-- late since.
create function easel.ledger_heard(the_order uuid, out heard bigint, out unheard bigint)
    language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(sum(c.taken), 0) - coalesce(sum(c.taken) filter (where c.kind = 'late' and c.number > told.last), 0),
           coalesce(sum(c.taken) filter (where c.kind = 'late' and c.number > told.last), 0)
      from easel.ledger_claim c, (select coalesce(max(x.number), 0) as last from easel.ledger_claim x where x.order_id = the_order and x.kind <> 'late') told
     where c.order_id = the_order
$$;

-- ledger_take_back takes so many more tokens of an order, all that are still missing among them, and returns how many went
-- since it was last called. The same key takes nothing and returns the same.
create function easel.ledger_take_back(the_order uuid, the_key text, the_tokens bigint) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    before record;
    again bigint;
begin
    select c.told into again from easel.ledger_claim c where c.key = the_key;
    if found then
        return again;
    end if;
    select * into before from easel.ledger_heard(the_order);
    return easel.ledger_follow(me, the_order, the_key, 'take', before.heard + the_tokens, before.unheard);
end
$$;

-- ledger_give_back returns so many tokens of those that were taken, as far as the caller was told, once for each key.
create function easel.ledger_give_back(the_order uuid, the_key text, the_tokens bigint) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    before record;
begin
    if exists (select from easel.ledger_claim c where c.key = the_key) then
        return;
    end if;
    select * into before from easel.ledger_heard(the_order);
    perform easel.ledger_follow(me, the_order, the_key, 'give', before.heard - the_tokens, before.unheard);
end
$$;

-- ledger_keep freezes what is left of an order, or lets it be spent again.
create function easel.ledger_keep(the_order uuid, frozen boolean) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    l record;
begin
    for l in select x.id from easel.ledger_lot x where x.order_id = the_order and x.owner = me order by x.id loop
        if not frozen then
            perform easel.ledger_thaw(l.id);
        elsif not exists (
            select from easel.ledger_entry e where e.lot = l.id and e.kind = 'freeze'
               and not exists (select from easel.ledger_entry s where s.lot = e.lot and s.settles = e.seq)
        ) then
            perform easel.ledger_freeze(l.id, the_order);
        end if;
    end loop;
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

-- ledger_expire ends the caller's lots whose time is over, or all of them when the caller leaves. It returns the
-- orders whose lots are empty now, with what became of their tokens; ledger_close removes those lots.
create function easel.ledger_expire(leaving boolean) returns table (order_id uuid, spent bigint, expired bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    me uuid := easel.ledger_enter();
    moment timestamptz := easel.ledger_now();
    done uuid[] := '{}';
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
        end if;
        if leaving or last.ends <= moment and last.held = 0 and last.frozen = 0 then
            perform easel.ledger_conclude(l.id, l.order_id);
            done := done || l.order_id;
        end if;
    end loop;
    return query select s.order_id, sum(s.spent)::bigint, sum(s.expired)::bigint from easel.ledger_sum s where s.order_id = any (done) group by s.order_id;
end
$$;

-- ledger_order_now says how an order's tokens stand: the caller's, or one whose lot has gone.
create function easel.ledger_order_now(the_order uuid)
    returns table (tokens bigint, free bigint, held bigint, frozen bigint, spent bigint, expired bigint, taken bigint, short bigint, icy boolean, ends timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with lots as (
        select l.id, l.owner, e.after, e.held, e.frozen, e.ends, exists (
                select from easel.ledger_entry f where f.lot = l.id and f.kind = 'freeze'
                   and not exists (select from easel.ledger_entry s where s.lot = f.lot and s.settles = f.seq)) as icy
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
           claims.taken::bigint, claims.short::bigint, coalesce((select bool_or(icy) from lots), false), (select max(ends) from lots)
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
alter function easel.ledger_mint(uuid, text, bigint, uuid, text, text, timestamptz, timestamptz) owner to easel_ledger;
alter function easel.ledger_life(timestamptz) owner to easel_ledger;
alter function easel.ledger_freeze(uuid, uuid) owner to easel_ledger;
alter function easel.ledger_thaw(uuid) owner to easel_ledger;
alter function easel.ledger_came_back(uuid, bigint) owner to easel_ledger;
alter function easel.ledger_take(uuid, uuid, bigint, text) owner to easel_ledger;
alter function easel.ledger_follow(uuid, uuid, text, text, bigint, bigint) owner to easel_ledger;
alter function easel.ledger_heard(uuid) owner to easel_ledger;
alter function easel.ledger_conclude(uuid, uuid) owner to easel_ledger;

-- What the application may call.
do $$
declare
    f text;
begin
    foreach f in array array['ledger_buy(uuid, bigint, timestamptz)', 'ledger_grant(text, text, bigint, text)', 'ledger_hold(uuid[], bigint[], text[])',
        'ledger_capture(uuid)', 'ledger_release(uuid, text)', 'ledger_take_back(uuid, text, bigint)', 'ledger_give_back(uuid, text, bigint)',
        'ledger_keep(uuid, boolean)', 'ledger_expire(boolean)', 'ledger_order_now(uuid)', 'ledger_due(integer)', 'ledger_soon(interval, integer)',
        'ledger_warn(interval)', 'ledger_held(interval, integer)'] loop
        execute format('alter function easel.%s owner to easel_ledger', f);
        execute format('grant execute on function easel.%s to easel_app', f);
    end loop;
    foreach f in array array['ledger_close()', 'ledger_leave()', 'ledger_forget(uuid)'] loop
        execute format('alter function easel.%s owner to easel_sweep', f);
        execute format('grant execute on function easel.%s to easel_app', f);
    end loop;
end
$$;
