-- generation: requests of programs that name themselves, so that one sent twice is carried out once.

create table easel.generation_request (
    owner       uuid not null references easel.account_account (id) on delete cascade,
    name        bytea not null check (octet_length(name) = 32), -- SHA-256 of what the program calls the request
    fingerprint bytea check (octet_length(fingerprint) = 32), -- SHA-256 of what was asked; null while it is being carried out
    upload      uuid, -- what it made; not a reference, so that it is known after that has been deleted
    runs        uuid[],
    begun_at    timestamptz not null default now(),
    deadline    timestamptz not null,
    primary key (owner, name),
    check ((fingerprint is null) = (upload is null) and (fingerprint is null) = (runs is null))
);
create index on easel.generation_request (deadline);

alter table easel.generation_request enable row level security;
alter table easel.generation_request force row level security;
create policy own on easel.generation_request to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
grant select, insert, update (fingerprint, upload, runs, begun_at), delete on easel.generation_request to easel_app;

create policy sweep_find on easel.generation_request for select to easel_sweep using (deadline <= now());
create policy sweep on easel.generation_request for delete to easel_sweep using (deadline <= now());
grant select (deadline), delete on easel.generation_request to easel_sweep;

-- generation_request_expire forgets requests whose time is over.
create function easel.generation_request_expire() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (delete from easel.generation_request where deadline <= now() returning 1) select count(*) from gone
$$;
alter function easel.generation_request_expire() owner to easel_sweep;
grant execute on function easel.generation_request_expire() to easel_app;
