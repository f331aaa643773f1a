-- account: people, for now visitors whom only a session's cookie knows, and their sessions.

create table easel.account_account (
    id           uuid primary key default gen_random_uuid(),
    created_at   timestamptz not null default now(),
    statement_at timestamptz, -- when the person stated the right to use the photos they bring; null: not yet
    statement_of integer -- the version of the policy that the statement was made under
        check ((statement_of is null) = (statement_at is null))
);

create table easel.account_session (
    digest     bytea primary key check (octet_length(digest) = 32), -- SHA-256 of the cookie's random value
    account    uuid not null references easel.account_account (id) on delete cascade,
    created_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    expires_at timestamptz not null
);
create index on easel.account_session (account);
create index on easel.account_session (expires_at);

alter table easel.account_account enable row level security;
alter table easel.account_account force row level security;
alter table easel.account_session enable row level security;
alter table easel.account_session force row level security;

create policy own on easel.account_account to easel_app using (id = easel.caller()) with check (id = easel.caller());
create policy own on easel.account_session to easel_app using (account = easel.caller()) with check (account = easel.caller());
grant select, update (statement_at, statement_of), delete on easel.account_account to easel_app;
grant select, insert, update (seen_at, expires_at), delete on easel.account_session to easel_app;

-- Before the caller is known: find by the digest of what only the browser has, and open an account for a new visitor.
create policy auth_open on easel.account_account for insert to easel_auth
    with check (created_at = now() and statement_at is null);
create policy auth_find on easel.account_account for select to easel_auth using (id is not null);
create policy auth_open on easel.account_session for insert to easel_auth with check (created_at = now());
create policy auth_find on easel.account_session for select to easel_auth using (expires_at > now());
grant select, insert on easel.account_account, easel.account_session to easel_auth;

-- account_session_find returns whose session has the digest, or no row when there is none or its time is over.
create function easel.account_session_find(digest bytea)
    returns table (account uuid, statement_at timestamptz, statement_of integer, seen_at timestamptz, expires_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.account, a.statement_at, a.statement_of, s.seen_at, s.expires_at
      from easel.account_session s join easel.account_account a on a.id = s.account
     where s.digest = $1 and s.expires_at > now()
$$;

-- account_open makes an account with one session and returns its id. No session lasts longer than 400 days.
create function easel.account_open(digest bytea, expires_at timestamptz) returns uuid
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with person as (
        insert into easel.account_account default values returning id
    ), session as (
        insert into easel.account_session (digest, account, expires_at)
        select $1, id, least($2, now() + interval '400 days') from person
    )
    select id from person
$$;

-- Across owners: accounts that nobody can reach any more, because their last session is over.
create policy sweep on easel.account_account for select to easel_sweep using (id is not null);
create policy sweep_find on easel.account_session for select to easel_sweep using (account is not null);
grant select (id, created_at) on easel.account_account to easel_sweep;
grant select (account, expires_at) on easel.account_session to easel_sweep;

-- account_left returns ids of such accounts. Whoever calls it destroys their keys and deletes them, each as its owner.
create function easel.account_left(most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.id from easel.account_account a
     where not exists (select from easel.account_session s where s.account = a.id and s.expires_at > now())
     order by a.created_at limit least(most, 1000)
$$;

alter function easel.account_session_find(bytea) owner to easel_auth;
alter function easel.account_open(bytea, timestamptz) owner to easel_auth;
alter function easel.account_left(integer) owner to easel_sweep;
grant execute on function easel.account_session_find(bytea), easel.account_open(bytea, timestamptz), easel.account_left(integer) to easel_app;
