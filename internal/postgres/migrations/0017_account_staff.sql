-- account: what those who run the place see of people. A list has no personal data; the person behind one line is seen in
-- a session of the audit log, and what is sealed opens only with the key that the session reaches (vault_staff_key).

grant select (admin_at, suspended_at) on easel.account_account to easel_sweep;
grant execute on function easel.caller(), easel.audit_staff() to easel_sweep;

-- account_staff_list reads accounts backwards, from before one moment.
create function easel.account_staff_list(before timestamptz, most integer)
    returns table (id uuid, created_at timestamptz, admin_at timestamptz, suspended_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.id, a.created_at, a.admin_at, a.suspended_at from easel.account_account a
     where a.created_at < $1 and not a.visitor and easel.audit_staff()
     order by a.created_at desc, a.id limit least($2, 1000)
$$;
create index on easel.account_account (created_at);

create policy support on easel.account_account for select to easel_support using (id = (select easel.audit_subject()));
grant select (mail, name) on easel.account_account to easel_support;

-- account_staff_person returns the one whom the session is about, with address and name as they are: sealed.
create function easel.account_staff_person()
    returns table (id uuid, mail bytea, name bytea, created_at timestamptz, admin_at timestamptz, suspended_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.id, a.mail, a.name, a.created_at, a.admin_at, a.suspended_at from easel.account_account a
     where a.id = easel.audit_subject()
$$;

alter function easel.account_staff_list(timestamptz, integer) owner to easel_sweep;
alter function easel.account_staff_person() owner to easel_support;
grant execute on function easel.account_staff_list(timestamptz, integer), easel.account_staff_person() to easel_app;
