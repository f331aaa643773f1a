-- audit: what was done about somebody's things is theirs to take home as well, as long as the things are there to tell whose they are:
-- photos, portraits, questions about them, orders, requests, letters, holds.

create policy support_own on easel.generation_upload for select to easel_support using (owner = easel.caller());
create policy support_own on easel.generation_run for select to easel_support using (owner = easel.caller());
create policy support_own on easel.rights_permission for select to easel_support using (owner = easel.caller());
create policy support_own on easel.rights_request for select to easel_support using (subject = easel.caller());
create policy support_own on easel.payment_order for select to easel_support using (owner = easel.caller());
create policy support_own on easel.mail_letter for select to easel_support using (owner = easel.caller());
grant select (id, owner) on easel.generation_upload, easel.generation_run, easel.rights_permission, easel.payment_order, easel.mail_letter to easel_support;
grant select (id, subject) on easel.rights_request to easel_support;

create or replace function easel.audit_own(after bigint, most integer) returns table (number bigint, at timestamptz, action text, reason text)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with works as (
        select u.id from easel.generation_upload u where u.owner = easel.caller()
        union all select r.id from easel.generation_run r where r.owner = easel.caller()
    ), mine as (
        select easel.caller() as id
        union all select w.id from works w
        union all select p.id from easel.rights_permission p where p.owner = easel.caller()
        union all select q.id from easel.rights_request q where q.subject = easel.caller()
        union all select o.id from easel.payment_order o where o.owner = easel.caller()
        union all select l.id from easel.mail_letter l where l.owner = easel.caller()
        union all select h.id from easel.vault_hold h where h.account = easel.caller() or h.object in (select w.id from works w)
    )
    select e.number, e.at, e.action, e.reason from easel.audit_entry e
     where e.subject = any (array(select m.id from mine m)) and e.number > $1 order by e.number limit least($2, 1000)
$$;
