-- receipt: what was deleted, as a log that is only ever added to. It holds random ids, digests of sealed bytes, kinds, policies
-- and times, and nothing about a person; whose receipt is whose is a table of its own, which goes with the account.

create table easel.receipt_key (
    id     text primary key check (id ~ '^[0-9a-f]{16}$'),
    public bytea not null check (octet_length(public) = 32),
    since  timestamptz not null default now()
);

create table easel.receipt_statement (
    number    bigint generated always as identity primary key,
    object    uuid not null,
    kind      text not null check (kind ~ '^[a-z][a-z-]{0,30}$'),
    digest    bytea not null check (octet_length(digest) = 32), -- of the sealed bytes
    studio    text not null,
    policy    integer not null, -- the version
    deleted   timestamptz not null, -- when the key was destroyed
    key       text references easel.receipt_key (id), -- null: signed by the root of its tree only
    signature bytea check (octet_length(signature) = 64),
    check ((key is null) = (signature is null))
);
create index on easel.receipt_statement (object);

-- Statements that are in no tree yet. The only table of these from which something is taken away. Neither it nor the leaves
-- refer to what they belong to: a sweep may write a hundred thousand at once, keys wait for it, and `easel verify log` tells.
create table easel.receipt_waiting (
    statement bigint primary key
);

create table easel.receipt_entry (
    number    bigint primary key check (number > 0),
    at        timestamptz not null,
    what      text not null check (what in ('sweep', 'key')),
    leaves    integer not null check (leaves >= 0),
    root      bytea not null check (octet_length(root) = 32),
    before    bytea not null check (octet_length(before) = 32), -- the hash of the entry before
    key       text not null references easel.receipt_key (id),
    signature bytea not null check (octet_length(signature) = 64),
    branches  bytea[] not null default '{}' -- roots of the tree's parts, so that a path is found without reading all leaves
);

create table easel.receipt_leaf (
    entry     bigint not null,
    place     integer not null check (place >= 0),
    statement bigint not null unique,
    primary key (entry, place)
);

-- Whose receipt is whose. The number is no reference: the log stays when this goes.
create table easel.receipt_own (
    owner     uuid not null,
    statement bigint not null,
    primary key (owner, statement)
);

create function easel.receipt_keep() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'the log of receipts is only ever added to' using errcode = 'insufficient_privilege';
end
$$;
create trigger keep before update or delete or truncate on easel.receipt_key for each statement execute function easel.receipt_keep();
create trigger keep before update or delete or truncate on easel.receipt_statement for each statement execute function easel.receipt_keep();
create trigger keep before update or delete or truncate on easel.receipt_entry for each statement execute function easel.receipt_keep();
create trigger keep before update or delete or truncate on easel.receipt_leaf for each statement execute function easel.receipt_keep();

alter table easel.receipt_own enable row level security;
alter table easel.receipt_own force row level security;
create policy own on easel.receipt_own to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
grant select, insert, delete on easel.receipt_own to easel_app;
grant select, insert on easel.receipt_key, easel.receipt_statement, easel.receipt_entry, easel.receipt_leaf to easel_app;
grant select, insert, delete on easel.receipt_waiting to easel_app;

create policy sweep on easel.receipt_own for insert to easel_sweep with check (owner is not null);
grant insert on easel.receipt_own, easel.receipt_waiting to easel_sweep;
grant insert, select (number, object) on easel.receipt_statement to easel_sweep;
