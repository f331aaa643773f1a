-- vault: in a session of the audit log, the key of the one person whom it is about, wrapped as it is.

grant usage on schema keys to easel_support;
create policy support on keys.vault_owner for select to easel_support using (owner = (select easel.audit_subject()));
grant select on keys.vault_owner to easel_support;

create function easel.vault_staff_key() returns bytea
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select o.wrapped from keys.vault_owner o where o.owner = easel.audit_subject()
$$;

alter function easel.vault_staff_key() owner to easel_support;
grant execute on function easel.vault_staff_key() to easel_app;
