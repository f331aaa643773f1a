-- Policies as they were shown. Nothing here is about anybody, and everybody may read it, so there is no row-level security.
create table easel.edition_edition (
    studio    text        not null check (studio ~ '^[a-z][a-z0-9-]{1,30}$'),
    version   integer     not null check (version > 0),
    printing  bytea       not null check (length(printing) = 32), -- digest of what the pages said
    declared  text        not null,                               -- digest of what the file declared
    effective date        not null,
    said      jsonb       not null,
    shown_at  timestamptz not null default now(),
    primary key (studio, version, printing)
);
grant select, insert on easel.edition_edition to easel_app;

-- Who was told that there is a new version.
create table easel.account_notice (
    account uuid        not null references easel.account_account (id) on delete cascade,
    studio  text        not null check (studio ~ '^[a-z][a-z0-9-]{1,30}$'),
    version integer     not null check (version > 0),
    at      timestamptz not null default now(),
    primary key (account, studio, version)
);
alter table easel.account_notice enable row level security;
alter table easel.account_notice force row level security;
create policy own on easel.account_notice to easel_app using (account = easel.caller()) with check (account = easel.caller());
grant select, insert on easel.account_notice to easel_app;

-- account_untold lists who agreed to an earlier version of a studio's policy, not to this one, and was not told of it.
create policy sweep on easel.account_consent for select to easel_sweep using (account is not null);
create policy sweep on easel.account_notice for select to easel_sweep using (account is not null);
grant select (account, studio, version) on easel.account_consent, easel.account_notice to easel_sweep;
create function easel.account_untold(studio text, version integer, most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select c.account from easel.account_consent c where c.studio = $1
     group by c.account having max(c.version) < $2
       and not exists (select from easel.account_notice n where n.account = c.account and n.studio = $1 and n.version >= $2)
     limit least($3, 1000)
$$;
alter function easel.account_untold(text, integer, integer) owner to easel_sweep;
grant execute on function easel.account_untold(text, integer, integer) to easel_app;
