-- audit: what those who run the place did about somebody, for themselves to take home. Who of them did it is not said: that is
-- another person.

create function easel.audit_own(after bigint, most integer) returns table (number bigint, at timestamptz, action text, reason text)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select e.number, e.at, e.action, e.reason from easel.audit_entry e
     where e.subject = easel.caller() and e.number > $1 order by e.number limit least($2, 1000)
$$;
alter function easel.audit_own(bigint, integer) owner to easel_support;
grant execute on function easel.audit_own(bigint, integer) to easel_app;
