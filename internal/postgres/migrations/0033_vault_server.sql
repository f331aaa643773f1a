-- vault: the server's key can be changed. Each owner's key says under which of the server's keys it is wrapped, and a server's
-- key goes only when nothing is wrapped under it any more.

alter table keys.vault_owner add column server smallint not null default 0 references easel.vault_server (id);
grant update (server, wrapped) on keys.vault_owner to easel_app;
grant delete on easel.vault_server to easel_app;

-- The root of digests and of what is sealed for nobody, wrapped by the server's key. It stays the same when that is changed.
create table keys.vault_root (
    id      boolean primary key default true check (id), -- there is one
    server  smallint not null references easel.vault_server (id),
    wrapped bytea not null
);
grant select, insert, update (server, wrapped) on keys.vault_root to easel_app;

-- A server's key that is in no file: sealed by a key management service.
create table keys.vault_server_key (
    id     smallint primary key references easel.vault_server (id) on delete cascade,
    sealed bytea not null
);
grant select, insert on keys.vault_server_key to easel_app;

-- vault_owners_under lists owners whose keys are wrapped under one of the server's keys, in order, after one owner.
create policy sweep on keys.vault_owner for select to easel_sweep using (owner is not null);
grant select (owner, server) on keys.vault_owner to easel_sweep;
create function easel.vault_owners_under(number smallint, after uuid, most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select owner from keys.vault_owner where server = number and owner > after order by owner limit least(most, 1000)
$$;
alter function easel.vault_owners_under(smallint, uuid, integer) owner to easel_sweep;
grant execute on function easel.vault_owners_under(smallint, uuid, integer) to easel_app;

-- Who makes backups reads everything, and nothing else. What is made later is in it as well.
grant usage on schema easel, keys, river to easel_backup;
grant select on all tables in schema easel, keys, river to easel_backup;
grant select on all sequences in schema easel, keys, river to easel_backup;
alter default privileges in schema easel, keys, river grant select on tables to easel_backup;
alter default privileges in schema easel, keys, river grant select on sequences to easel_backup;
