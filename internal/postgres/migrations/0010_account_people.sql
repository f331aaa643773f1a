-- account: people who sign in. Address and name are sealed under the owner's key and found by a keyed digest; passwords,
-- tokens and links are kept as digests only.

alter table easel.account_account
    add column visitor      boolean not null default true, -- an account that only a cookie knows
    add column mail         bytea, -- the verified address, sealed; null: none yet
    add column mail_digest  bytea unique check (octet_length(mail_digest) = 32), -- of the address in its plainest form
    add column name         bytea, -- sealed
    add column picture      uuid, -- vault object
    add column admin_at     timestamptz, -- since when the person runs the place; null: they do not
    add column suspended_at timestamptz,
    add check ((mail is null) = (mail_digest is null));
alter table easel.account_account alter column visitor set default false;

grant insert (id, mail, mail_digest, name), update (mail, mail_digest, name, picture) on easel.account_account to easel_app;

create table easel.account_password (
    account    uuid primary key references easel.account_account (id) on delete cascade,
    hash       text not null check (hash like '$argon2id$%'), -- with its parameters and salt
    changed_at timestamptz not null default now()
);

-- What a person stated about their age, never a date of birth: that they are at least so old, or that they are younger and a
-- parent or guardian agrees.
create table easel.account_age (
    account  uuid not null references easel.account_account (id) on delete cascade,
    minimum  integer not null check (minimum between 0 and 120), -- the age that was asked about, in years
    guardian boolean not null, -- younger, with a guardian's agreement
    at       timestamptz not null default now(),
    primary key (account, minimum)
);

-- Which version of which studio's policy a person agreed to, and when.
create table easel.account_consent (
    account uuid not null references easel.account_account (id) on delete cascade,
    studio  text not null check (studio ~ '^[a-z][a-z0-9-]{1,30}$'),
    version integer not null check (version > 0),
    at      timestamptz not null default now(),
    primary key (account, studio, version)
);

alter table easel.account_session
    add column id           uuid not null default gen_random_uuid() unique, -- by which the person names it; it opens nothing
    add column device       text not null default '' check (length(device) <= 60), -- family words, such as "Firefox on Linux"
    add column how          text not null default 'visit' check (how in ('visit', 'password', 'link', 'first', 'issuer', 'passkey')),
    add column signed_in_at timestamptz not null default now(), -- when the person last proved who they are
    add column ends_at      timestamptz not null default now() + interval '400 days'; -- however much it is used

-- The usage record: from where and with what a person signed in, sealed, for as long as the deadline says.
create table easel.account_visit (
    id       uuid primary key default gen_random_uuid(),
    account  uuid not null references easel.account_account (id) on delete cascade,
    at       timestamptz not null default now(),
    seen     bytea not null, -- network address, browser and system, sealed under the owner's key
    deadline timestamptz not null
);
create index on easel.account_visit (account, at);
create index on easel.account_visit (deadline);

-- Single-use links, by the digest of what only the letter holds. Whoever spends one deletes it.
create table easel.account_link (
    digest     bytea primary key check (octet_length(digest) = 32),
    purpose    text not null check (purpose in ('sign-up', 'reset', 'mail', 'sign-in', 'first', 'none')),
    account    uuid references easel.account_account (id) on delete cascade, -- null: nobody's yet
    sealed     bytea not null, -- what the link will do, sealed under the server's key
    created_at timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at <= created_at + interval '2 days')
);
create index on easel.account_link (account);
create index on easel.account_link (expires_at);

-- How often somebody may try: one row for each keyed digest of who and what, until it is worth nothing again.
create table easel.account_throttle (
    key     bytea primary key check (octet_length(key) = 32),
    full_at timestamptz not null -- when everything that was taken has come back
);
create index on easel.account_throttle (full_at);

alter table easel.account_password enable row level security;
alter table easel.account_password force row level security;
alter table easel.account_age enable row level security;
alter table easel.account_age force row level security;
alter table easel.account_consent enable row level security;
alter table easel.account_consent force row level security;
alter table easel.account_visit enable row level security;
alter table easel.account_visit force row level security;
alter table easel.account_link enable row level security;
alter table easel.account_link force row level security;
alter table easel.account_throttle enable row level security;
alter table easel.account_throttle force row level security;

create policy own on easel.account_password to easel_app using (account = easel.caller()) with check (account = easel.caller());
create policy own on easel.account_age to easel_app using (account = easel.caller()) with check (account = easel.caller());
create policy own on easel.account_consent to easel_app using (account = easel.caller()) with check (account = easel.caller());
create policy own on easel.account_visit to easel_app using (account = easel.caller()) with check (account = easel.caller());
create policy own on easel.account_link to easel_app using (account = easel.caller()) with check (account = easel.caller());
grant select, insert, update, delete on easel.account_password to easel_app;
grant select, insert on easel.account_age, easel.account_consent to easel_app;
grant select, insert on easel.account_visit to easel_app;
grant select (account, purpose), delete on easel.account_link to easel_app;
grant insert (digest, account, device, how, expires_at, ends_at), update (signed_in_at, digest) on easel.account_session to easel_app;

-- Before the caller is known.
create policy auth_find on easel.account_password for select to easel_auth using (account is not null);
create policy auth on easel.account_link to easel_auth using (created_at is not null) with check (created_at = now());
create policy auth on easel.account_throttle to easel_auth using (full_at is not null) with check (full_at is not null);
create policy auth_raise on easel.account_account for update to easel_auth using (id is not null) with check (admin_at = now());
grant select (account, hash) on easel.account_password to easel_auth;
grant select, insert, delete on easel.account_link to easel_auth;
grant select, insert, update on easel.account_throttle to easel_auth;
grant update (admin_at) on easel.account_account to easel_auth;

-- account_session_find returns whose session has the digest, or no row when there is none or its time is over.
drop function easel.account_session_find(bytea);
create function easel.account_session_find(digest bytea)
    returns table (account uuid, id uuid, admin boolean, seen_at timestamptz, signed_in_at timestamptz, expires_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.account, s.id, a.admin_at is not null, s.seen_at, s.signed_in_at, s.expires_at
      from easel.account_session s join easel.account_account a on a.id = s.account
     where s.digest = $1 and s.expires_at > now() and s.ends_at > now() and a.suspended_at is null
$$;

create or replace function easel.account_open(digest bytea, expires_at timestamptz) returns uuid
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with person as (
        insert into easel.account_account (visitor) values (true) returning id
    ), session as (
        insert into easel.account_session (digest, account, expires_at)
        select $1, id, least($2, now() + interval '400 days') from person
    )
    select id from person
$$;

-- account_session_end ends the session whose token the caller holds.
create policy auth_end on easel.account_session for delete to easel_auth using (digest is not null);
grant delete on easel.account_session to easel_auth;
create function easel.account_session_end(digest bytea) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.account_session s where s.digest = $1
$$;

-- account_mail_find returns whose address has the digest, with the hash of the password if there is one.
create function easel.account_mail_find(digest bytea) returns table (account uuid, hash text)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.id, coalesce(p.hash, '')
      from easel.account_account a left join easel.account_password p on p.account = a.id
     where a.mail_digest = $1
$$;

-- account_link_make keeps a link of a letter.
create function easel.account_link_make(digest bytea, purpose text, account uuid, sealed bytea, lasts interval) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into easel.account_link (digest, purpose, account, sealed, expires_at) values ($1, $2, $3, $4, now() + $5)
$$;

-- account_link_look returns what a link is for and spends nothing.
create function easel.account_link_look(digest bytea, purpose text) returns table (account uuid, sealed bytea, expires_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select l.account, l.sealed, l.expires_at from easel.account_link l where l.digest = $1 and l.purpose = $2 and l.expires_at > now()
$$;

-- account_link_spend takes a link away and returns what it was for. Of two who come at once, one gets it.
create function easel.account_link_spend(digest bytea, purpose text) returns table (account uuid, sealed bytea)
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.account_link l where l.digest = $1 and l.purpose = $2 and l.expires_at > now() returning l.account, l.sealed
$$;

-- account_take counts one try. There are burst of them, and one comes back every so often. It returns no time when the try
-- is free to go on, and else how long it is until one is.
create function easel.account_take(key bytea, every interval, burst integer) returns interval
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    moment timestamptz := clock_timestamp();
    free   timestamptz;
begin
    insert into easel.account_throttle as t (key, full_at) values ($1, moment + $2)
        on conflict on constraint account_throttle_pkey do update set full_at = greatest(t.full_at, moment) + $2
        where greatest(t.full_at, moment) + $2 <= moment + $2 * $3;
    if found then
        return interval '0';
    end if;
    select t.full_at + $2 - $2 * $3 into free from easel.account_throttle t where t.key = $1;
    return greatest(free - moment, interval '1 second');
end
$$;

-- account_give_back returns one try, as when it was no guess.
create function easel.account_give_back(key bytea, every interval) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    update easel.account_throttle t set full_at = t.full_at - $2 where t.key = $1
$$;

-- account_admins counts those who run the place.
create function easel.account_admins() returns bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select count(*) from easel.account_account where admin_at is not null
$$;

-- account_raise makes somebody one who runs the place. With alone, only if nobody does yet; it says whether it did.
create function easel.account_raise(account uuid, alone boolean) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_advisory_xact_lock(hashtext('easel.account_raise'));
    update easel.account_account a set admin_at = now()
     where a.id = $1 and a.admin_at is null and not ($2 and exists (select from easel.account_account o where o.admin_at is not null));
    return found;
end
$$;

-- Across owners.
grant select (visitor) on easel.account_account to easel_sweep;
create policy sweep on easel.account_session for delete to easel_sweep using (expires_at <= now() or ends_at <= now());
create policy sweep_find on easel.account_link for select to easel_sweep using (expires_at <= now());
create policy sweep on easel.account_link for delete to easel_sweep using (expires_at <= now());
create policy sweep_find on easel.account_visit for select to easel_sweep using (deadline <= now());
create policy sweep on easel.account_visit for delete to easel_sweep using (deadline <= now());
create policy sweep_find on easel.account_throttle for select to easel_sweep using (full_at <= now());
create policy sweep on easel.account_throttle for delete to easel_sweep using (full_at <= now());
grant select (ends_at), delete on easel.account_session to easel_sweep;
grant select (expires_at), delete on easel.account_link to easel_sweep;
grant select (deadline), delete on easel.account_visit to easel_sweep;
grant select (full_at), delete on easel.account_throttle to easel_sweep;

-- account_expire deletes sessions, links, usage records and counts whose time is over. Visitors' sessions go with the visitor.
create function easel.account_expire() returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.account_session s where (s.expires_at <= now() or s.ends_at <= now())
        and not exists (select from easel.account_account a where a.id = s.account and a.visitor);
    delete from easel.account_link where expires_at <= now();
    delete from easel.account_visit where deadline <= now();
    delete from easel.account_throttle where full_at <= now();
$$;

create or replace function easel.account_left(most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.id from easel.account_account a
     where a.visitor and not exists (select from easel.account_session s where s.account = a.id and s.expires_at > now())
     order by a.created_at limit least(most, 1000)
$$;

alter function easel.account_session_find(bytea) owner to easel_auth;
alter function easel.account_session_end(bytea) owner to easel_auth;
alter function easel.account_mail_find(bytea) owner to easel_auth;
alter function easel.account_link_make(bytea, text, uuid, bytea, interval) owner to easel_auth;
alter function easel.account_link_look(bytea, text) owner to easel_auth;
alter function easel.account_link_spend(bytea, text) owner to easel_auth;
alter function easel.account_take(bytea, interval, integer) owner to easel_auth;
alter function easel.account_give_back(bytea, interval) owner to easel_auth;
alter function easel.account_admins() owner to easel_auth;
alter function easel.account_raise(uuid, boolean) owner to easel_auth;
alter function easel.account_expire() owner to easel_sweep;
grant execute on function easel.account_session_find(bytea), easel.account_session_end(bytea), easel.account_mail_find(bytea),
    easel.account_link_make(bytea, text, uuid, bytea, interval), easel.account_link_look(bytea, text), easel.account_link_spend(bytea, text),
    easel.account_take(bytea, interval, integer), easel.account_give_back(bytea, interval),
    easel.account_admins(), easel.account_raise(uuid, boolean), easel.account_expire() to easel_app;
