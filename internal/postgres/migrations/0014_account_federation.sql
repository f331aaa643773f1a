-- account: sign-ins by an issuer's word and by passkeys. Issuers and subjects, and what passkeys are called, are sealed under
-- the owner's key and found by a digest.

-- Who an issuer says that somebody is: OpenID Connect's issuer and subject.
create table easel.account_identity (
    id         uuid primary key,
    account    uuid not null references easel.account_account (id) on delete cascade,
    digest     bytea not null unique check (octet_length(digest) = 32), -- keyed, of issuer and subject
    sealed     bytea not null, -- issuer, subject and address as the issuer last told them
    created_at timestamptz not null default now(),
    used_at    timestamptz not null default now()
);
create index on easel.account_identity (account);

-- A public key whose private half is in somebody's phone, computer or key fob.
create table easel.account_passkey (
    id         uuid primary key,
    account    uuid not null references easel.account_account (id) on delete cascade,
    digest     bytea not null unique check (octet_length(digest) = 32), -- of the credential's id
    sealed     bytea not null, -- the credential, with its counter
    name       bytea not null, -- sealed as well
    created_at timestamptz not null default now(),
    used_at    timestamptz, -- null: never
    doubted_at timestamptz -- when its counter went backwards, as that of a copy does
);
create index on easel.account_passkey (account);

-- A ceremony that has begun and waits for its end: each can be ended once, soon.
create table easel.account_challenge (
    digest     bytea primary key check (octet_length(digest) = 32), -- of what only the browser has, or has to sign
    kind       text not null check (kind in ('issuer', 'passkey-add', 'passkey-enter')),
    account    uuid references easel.account_account (id) on delete cascade, -- whose account it will change; null: nobody is known yet
    sealed     bytea not null, -- what it was begun with, sealed under the server's key
    created_at timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at <= created_at + interval '1 hour')
);
create index on easel.account_challenge (account);
create index on easel.account_challenge (expires_at);

alter table easel.account_identity enable row level security;
alter table easel.account_identity force row level security;
alter table easel.account_passkey enable row level security;
alter table easel.account_passkey force row level security;
alter table easel.account_challenge enable row level security;
alter table easel.account_challenge force row level security;

create policy own on easel.account_identity to easel_app using (account = easel.caller()) with check (account = easel.caller());
create policy own on easel.account_passkey to easel_app using (account = easel.caller()) with check (account = easel.caller());
grant select, insert, update (sealed, used_at), delete on easel.account_identity to easel_app;
grant select, insert, update (sealed, name, used_at, doubted_at), delete on easel.account_passkey to easel_app;

-- Before the caller is known: whose it is, and nothing that is sealed.
create policy auth_find on easel.account_identity for select to easel_auth using (id is not null);
create policy auth_find on easel.account_passkey for select to easel_auth using (id is not null);
grant select (id, account, digest) on easel.account_identity, easel.account_passkey to easel_auth;
create policy auth on easel.account_challenge to easel_auth using (created_at is not null) with check (created_at = now());
grant select, insert, update (expires_at), delete on easel.account_challenge to easel_auth;

-- account_identity_find returns whose identity has the digest.
create function easel.account_identity_find(digest bytea) returns uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select i.account from easel.account_identity i where i.digest = $1
$$;

-- account_passkey_find returns whose passkey has the digest.
create function easel.account_passkey_find(digest bytea) returns uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select p.account from easel.account_passkey p where p.digest = $1
$$;

-- account_challenge_make keeps a ceremony, and forgets some whose time is over.
create function easel.account_challenge_make(digest bytea, kind text, account uuid, sealed bytea, lasts interval) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.account_challenge c where c.digest in (
        select o.digest from easel.account_challenge o where o.expires_at <= now() order by o.expires_at limit 100 for update skip locked);
    insert into easel.account_challenge (digest, kind, account, sealed, expires_at) values ($1, $2, $3, $4, now() + $5)
$$;

-- account_challenge_take takes a ceremony away and returns what it was begun with. Of two who come at once, one gets it.
create function easel.account_challenge_take(digest bytea, kind text) returns table (account uuid, sealed bytea)
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.account_challenge c where c.digest = $1 and c.kind = $2 and c.expires_at > now() returning c.account, c.sealed
$$;

-- Across owners: ceremonies whose time is over.
create policy sweep_find on easel.account_challenge for select to easel_sweep using (expires_at <= now());
create policy sweep on easel.account_challenge for delete to easel_sweep using (expires_at <= now());
grant select (expires_at), delete on easel.account_challenge to easel_sweep;

-- account_challenge_expire forgets them all.
create function easel.account_challenge_expire() returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.account_challenge where expires_at <= now()
$$;

alter function easel.account_challenge_expire() owner to easel_sweep;
grant execute on function easel.account_challenge_expire() to easel_app;
alter function easel.account_identity_find(bytea) owner to easel_auth;
alter function easel.account_passkey_find(bytea) owner to easel_auth;
alter function easel.account_challenge_make(bytea, text, uuid, bytea, interval) owner to easel_auth;
alter function easel.account_challenge_take(bytea, text) owner to easel_auth;
grant execute on function easel.account_identity_find(bytea), easel.account_passkey_find(bytea),
    easel.account_challenge_make(bytea, text, uuid, bytea, interval), easel.account_challenge_take(bytea, text) to easel_app;
