-- rights: what people ask about their data, with a clock; who has the use of theirs suspended; which pictures their owner was
-- asked about, whether they may be shown.

-- A request. What it says is sealed under the key of its subject: the account, or, where there is none, the request itself,
-- which has a key of its own then. After an account is gone its id leads to nobody, and nothing of this can be opened.
create table easel.rights_request (
    id          uuid primary key,
    number      text not null unique check (number ~ '^[0-9A-Z]{4}-[0-9A-Z]{4}$'), -- as people say it
    subject     uuid not null,
    account     boolean not null, -- whether the subject is an account
    kind        text not null check (kind in ('notification', 'suspension', 'correction', 'deletion', 'access', 'portability', 'objection',
                    'compensation', 'child', 'authority')),
    channel     text not null check (channel in ('page', 'form', 'letter', 'phone', 'mail')),
    studio      text not null check (studio ~ '^[a-z][a-z0-9-]{1,30}$'), -- whose policy sets the clock
    sealed      bytea, -- words, name and address; null once they are erased
    received_at timestamptz not null,
    due_at      timestamptz not null check (due_at >= received_at),
    state       text not null default 'open' check (state in ('open', 'done', 'refused', 'withdrawn', 'left')),
    reminded    smallint not null default 0 check (reminded between 0 and 2), -- 1: that it is due soon, 2: that it is late
    created_at  timestamptz not null default now(),
    closed_at   timestamptz,
    erase_at    timestamptz, -- when the row goes; null while it is open
    unique (id, subject),
    check ((state = 'open') = (closed_at is null)),
    check ((closed_at is null) = (erase_at is null))
);
create index on easel.rights_request (subject, received_at);
create index on easel.rights_request (due_at) where state = 'open';
create index on easel.rights_request (erase_at);

-- What was done about it, step by step: only ever added to, until the request goes.
create table easel.rights_step (
    id      uuid primary key default gen_random_uuid(),
    request uuid not null,
    subject uuid not null,
    number  bigint generated always as identity,
    at      timestamptz not null default now(),
    staff   uuid, -- who did it of those who run the place; null: the person, or the program
    what    text not null check (what in ('received', 'note', 'told', 'disclosed', 'suspended', 'done', 'refused', 'withdrawn', 'reminded', 'late', 'left')),
    mailed  boolean not null default false, -- whether the person was written to
    sealed  bytea, -- the words; null where there are none, or they are erased
    foreign key (request, subject) references easel.rights_request (id, subject) on delete cascade
);
create index on easel.rights_step (subject, request, number);

create function easel.rights_keep() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'UPDATE' and new.sealed is null and to_jsonb(new) - 'sealed' = to_jsonb(old) - 'sealed' then
        return new;
    end if;
    if tg_op = 'DELETE' and not exists (select from easel.rights_request r where r.id = old.request) then
        return old;
    end if;
    raise exception 'the steps of a request are only ever added to' using errcode = 'insufficient_privilege';
end
$$;
create trigger keep before update or delete on easel.rights_step for each row execute function easel.rights_keep();

-- Requests of people without an account, until they have opened the link in the letter that went to their address.
create table easel.rights_pending (
    digest     bytea primary key check (octet_length(digest) = 32), -- of what only the letter holds
    sender     bytea not null check (octet_length(sender) = 32), -- keyed digest of the address
    sealed     bytea not null, -- opens only with what the letter holds
    created_at timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at <= created_at + interval '2 days')
);
create index on easel.rights_pending (sender, created_at);
create index on easel.rights_pending (expires_at);

-- Whose data is not to be used for anything new.
create table easel.rights_suspension (
    owner uuid primary key references easel.account_account (id) on delete cascade,
    since timestamptz not null default now()
);

-- A picture of which the studio asked whether it may show it. It goes with the picture.
create table easel.rights_permission (
    id          uuid primary key,
    owner       uuid not null,
    run         uuid not null unique, -- asked once
    digest      bytea not null unique check (octet_length(digest) = 32), -- of what only the letter holds
    reason      text not null check (length(reason) between 1 and 500), -- what for, in words for the owner
    answer      text not null default 'asked' check (answer in ('asked', 'yes', 'no', 'withdrawn')),
    asked_at    timestamptz not null default now(),
    answered_at timestamptz,
    deadline    timestamptz not null, -- the picture's
    unique (id, owner),
    check ((answer = 'asked') = (answered_at is null)),
    foreign key (run, owner) references easel.generation_run (id, owner) on delete cascade
);
create index on easel.rights_permission (owner, asked_at);

-- Every answer that was given, in order.
create table easel.rights_answer (
    permission uuid not null,
    owner      uuid not null,
    number     integer not null check (number > 0),
    answer     text not null check (answer in ('yes', 'no', 'withdrawn')),
    at         timestamptz not null default now(),
    primary key (permission, number),
    foreign key (permission, owner) references easel.rights_permission (id, owner) on delete cascade
);
create index on easel.rights_answer (owner, permission);

alter table easel.rights_request enable row level security;
alter table easel.rights_request force row level security;
alter table easel.rights_step enable row level security;
alter table easel.rights_step force row level security;
alter table easel.rights_pending enable row level security;
alter table easel.rights_pending force row level security;
alter table easel.rights_suspension enable row level security;
alter table easel.rights_suspension force row level security;
alter table easel.rights_permission enable row level security;
alter table easel.rights_permission force row level security;
alter table easel.rights_answer enable row level security;
alter table easel.rights_answer force row level security;

create policy own on easel.rights_request to easel_app using (subject = easel.caller()) with check (subject = easel.caller());
create policy own on easel.rights_step to easel_app using (subject = easel.caller()) with check (subject = easel.caller());
create policy own on easel.rights_suspension to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
create policy own on easel.rights_permission to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
create policy own on easel.rights_answer to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
grant select, insert, update (sealed, state, reminded, closed_at, erase_at), delete on easel.rights_request to easel_app;
grant select, insert (request, subject, staff, what, mailed, sealed), update (sealed) on easel.rights_step to easel_app;
grant select, insert (owner), delete on easel.rights_suspension to easel_app;
grant select, insert, update (answer, answered_at) on easel.rights_permission to easel_app;
grant select, insert on easel.rights_answer to easel_app;

-- rights_may is whether anything new may be made of the caller's data. It keeps the answer true until the transaction ends:
-- whoever suspends waits for it, and the other way round.
create function easel.rights_may() returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_advisory_xact_lock_shared(hashtextextended(easel.caller()::text, 6));
    return not exists (select from easel.rights_suspension s where s.owner = easel.caller());
end
$$;

-- rights_stop refuses new photos and new drawings of somebody whose data is not to be used, whatever the program has forgotten
-- to ask.
create function easel.rights_stop() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if new.owner = easel.caller() and not easel.rights_may() then -- a row of anybody else is refused as such
        raise exception 'the use of this person''s data is suspended' using errcode = 'EA001';
    end if;
    return new;
end
$$;
grant execute on function easel.rights_may() to easel_app;
create trigger suspended before insert on easel.generation_upload for each row execute function easel.rights_stop();
create trigger suspended before insert on easel.generation_run for each row execute function easel.rights_stop();
create trigger suspended_again before update of state on easel.generation_run for each row
    when (new.state in ('queued', 'drawing') and old.state in ('done', 'failed', 'cancelled')) execute function easel.rights_stop();

-- Before the caller is known.
create policy auth on easel.rights_pending to easel_auth using (created_at is not null) with check (created_at = now());
grant select, insert, delete on easel.rights_pending to easel_auth;
create policy auth_find on easel.rights_permission for select to easel_auth using (digest is not null);
grant select (id, owner, digest, deadline) on easel.rights_permission to easel_auth;

-- rights_pending_make keeps a request until its letter is opened; false when the address has been written to often enough.
create function easel.rights_pending_make(digest bytea, sender bytea, sealed bytea, lasts interval, most integer) returns boolean
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with made as (
        insert into easel.rights_pending (digest, sender, sealed, expires_at)
        select $1, $2, $3, now() + $4
         where (select count(*) from easel.rights_pending p where p.sender = $2 and p.created_at > now() - interval '1 day') < $5
        returning 1
    )
    select exists (select from made)
$$;

-- rights_pending_look returns what a letter's link would do, and spends nothing.
create function easel.rights_pending_look(digest bytea) returns table (sealed bytea, expires_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select p.sealed, p.expires_at from easel.rights_pending p where p.digest = $1 and p.expires_at > now()
$$;

-- rights_pending_spend takes a letter's link away. Of two who come at once, one gets it.
create function easel.rights_pending_spend(digest bytea) returns bytea
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.rights_pending p where p.digest = $1 and p.expires_at > now() returning p.sealed
$$;

-- rights_permission_find says which picture a letter asked about, to whoever holds it.
create function easel.rights_permission_find(digest bytea) returns table (id uuid, owner uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select p.id, p.owner from easel.rights_permission p where p.digest = $1 and p.deadline > now()
$$;

alter function easel.rights_pending_make(bytea, bytea, bytea, interval, integer) owner to easel_auth;
alter function easel.rights_pending_look(bytea) owner to easel_auth;
alter function easel.rights_pending_spend(bytea) owner to easel_auth;
alter function easel.rights_permission_find(bytea) owner to easel_auth;

-- Across owners: ids, kinds and times.
create policy sweep on easel.rights_request for select to easel_sweep using (id is not null);
create policy sweep_find on easel.rights_pending for select to easel_sweep using (expires_at <= now());
create policy sweep on easel.rights_pending for delete to easel_sweep using (expires_at <= now());
create policy sweep on easel.rights_permission for select to easel_sweep using (id is not null);
grant select (id, number, subject, account, kind, channel, studio, received_at, due_at, state, reminded, closed_at, erase_at)
    on easel.rights_request to easel_sweep;
grant select (expires_at), delete on easel.rights_pending to easel_sweep;
grant select (id, owner, run, reason, answer, asked_at, answered_at, deadline) on easel.rights_permission to easel_sweep;

-- rights_expire removes requests whose letter nobody opened in time.
create function easel.rights_expire() returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.rights_pending where expires_at <= now()
$$;

-- rights_erasable lists requests whose time to be kept is over, to be deleted as their subjects.
create function easel.rights_erasable(at timestamptz, most integer) returns table (id uuid, subject uuid, account boolean)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.id, r.subject, r.account from easel.rights_request r where r.erase_at <= $1 order by r.erase_at limit least($2, 1000)
$$;

-- rights_waiting lists open requests of which nobody was reminded since they became due that soon.
create function easel.rights_waiting(soon timestamptz, late timestamptz, most integer)
    returns table (id uuid, number text, subject uuid, account boolean, kind text, channel text, studio text, received_at timestamptz, due_at timestamptz,
        state text, reminded smallint, closed_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.id, r.number, r.subject, r.account, r.kind, r.channel, r.studio, r.received_at, r.due_at, r.state, r.reminded, r.closed_at
      from easel.rights_request r
     where r.state = 'open' and (r.reminded < 1 and r.due_at <= $1 or r.reminded < 2 and r.due_at <= $2) order by r.due_at limit least($3, 1000)
$$;

-- What those who run the place see in lists: nothing personal.
create function easel.rights_staff_requests(open boolean, one uuid, most integer)
    returns table (id uuid, number text, subject uuid, account boolean, kind text, channel text, studio text, received_at timestamptz, due_at timestamptz,
        state text, reminded smallint, closed_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.id, r.number, r.subject, r.account, r.kind, r.channel, r.studio, r.received_at, r.due_at, r.state, r.reminded, r.closed_at
      from easel.rights_request r
     where easel.audit_staff() and case when $2 is null then (r.state = 'open') = $1 else r.id = $2 end
     order by case when $1 then r.due_at end, r.closed_at desc, r.id limit least($3, 1000)
$$;

create function easel.rights_staff_permissions(one uuid, most integer)
    returns table (id uuid, owner uuid, run uuid, reason text, answer text, asked_at timestamptz, answered_at timestamptz, deadline timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select p.id, p.owner, p.run, p.reason, p.answer, p.asked_at, p.answered_at, p.deadline from easel.rights_permission p
     where easel.audit_staff() and p.deadline > now() and ($1 is null or p.id = $1) order by p.asked_at desc, p.id limit least($2, 1000)
$$;

-- generation_staff_run says whose finished portrait has an id, to those who run the place, so that its owner can be asked.
create function easel.generation_staff_run(run uuid) returns table (owner uuid, style text, deadline timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.owner, r.style, r.deadline from easel.generation_run r where easel.audit_staff() and r.id = $1 and r.state = 'done' and r.deadline > now()
$$;

-- account_runners lists those who run the place, to be written to.
create function easel.account_runners() returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.id from easel.account_account a where a.admin_at is not null and a.suspended_at is null order by a.admin_at limit 100
$$;

alter function easel.rights_expire() owner to easel_sweep;
alter function easel.rights_erasable(timestamptz, integer) owner to easel_sweep;
alter function easel.rights_waiting(timestamptz, timestamptz, integer) owner to easel_sweep;
alter function easel.rights_staff_requests(boolean, uuid, integer) owner to easel_sweep;
alter function easel.rights_staff_permissions(uuid, integer) owner to easel_sweep;
alter function easel.generation_staff_run(uuid) owner to easel_sweep;
alter function easel.account_runners() owner to easel_sweep;

-- One request as those see it who run the place, in a session of the audit log about its subject.
create policy support on easel.rights_request for select to easel_support using (subject = (select easel.audit_subject()));
create policy support on easel.rights_step for select to easel_support using (subject = (select easel.audit_subject()));
grant select (id, subject, sealed) on easel.rights_request to easel_support;
grant select on easel.rights_step to easel_support;

create function easel.rights_staff_read(request uuid) returns bytea
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.sealed from easel.rights_request r where r.id = $1 and r.subject = easel.audit_subject()
$$;

create function easel.rights_staff_steps(request uuid)
    returns table (at timestamptz, staff uuid, what text, mailed boolean, sealed bytea)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.at, s.staff, s.what, s.mailed, s.sealed from easel.rights_step s where s.request = $1 and s.subject = easel.audit_subject() order by s.number
$$;

alter function easel.rights_staff_read(uuid) owner to easel_support;
alter function easel.rights_staff_steps(uuid) owner to easel_support;
grant execute on function easel.rights_pending_make(bytea, bytea, bytea, interval, integer), easel.rights_pending_look(bytea),
    easel.rights_pending_spend(bytea), easel.rights_permission_find(bytea), easel.rights_expire(), easel.rights_erasable(timestamptz, integer),
    easel.rights_waiting(timestamptz, timestamptz, integer), easel.rights_staff_requests(boolean, uuid, integer),
    easel.rights_staff_permissions(uuid, integer), easel.generation_staff_run(uuid), easel.account_runners(),
    easel.rights_staff_read(uuid), easel.rights_staff_steps(uuid) to easel_app;
