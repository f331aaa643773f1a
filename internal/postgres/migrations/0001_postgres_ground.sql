-- postgres: the schemas, who may enter them, and who is calling. The schema easel is there already, for the list of
-- migrations.

create schema keys;  -- what unlocks sealed data, kept apart so that a backup can leave it out
create schema river; -- the queue's tables, which the queue's own migrations make

grant usage on schema easel, keys, river to easel_app;
grant usage on schema easel to easel_auth;
grant usage on schema easel, keys to easel_sweep;

-- A new function is nobody's until it is granted.
alter default privileges revoke execute on functions from public;

-- The queue holds ids only and has no row-level security; whatever its own migrations add, the application may use.
alter default privileges in schema river grant select, insert, update, delete on tables to easel_app;
alter default privileges in schema river grant usage, select on sequences to easel_app;
alter default privileges in schema river grant execute on functions to easel_app;

-- caller() is the owner whose rows this transaction sees, or null: then it sees none. After a transaction that set it,
-- the setting is an empty text and not null, hence the nullif.
create function easel.caller() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('easel.caller', true), '')::uuid;

grant execute on function easel.caller() to easel_app;
