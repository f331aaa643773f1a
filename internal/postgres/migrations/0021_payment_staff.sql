-- payment: what those who run the place may look for among orders. An order says nothing about a person but which account
-- it belongs to; to look at that account, a session of the audit log is opened.

create policy support_staff on easel.payment_order for select to easel_support using (id is not null);
create policy support_staff on easel.payment_refund for select to easel_support using (id is not null);
grant select on easel.payment_order, easel.payment_refund to easel_support;

-- payment_staff_find returns orders by their number, the provider's ids or our own, or the newest; to others none.
create function easel.payment_staff_find(what text, most integer) returns setof easel.payment_order
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select * from easel.payment_order o
     where easel.audit_staff()
       and (what = '' and o.state in ('paid', 'review', 'waiting', 'failed')
         or o.number = upper(what) or o.session = what or o.intent = what or o.charge = what or o.id::text = lower(what))
     order by o.created_at desc, o.id limit least(most, 200)
$$;

-- payment_staff_refunds lists the refunds that were asked for on an order; to others none.
create function easel.payment_staff_refunds(the_order uuid) returns setof easel.payment_refund
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select * from easel.payment_refund r where easel.audit_staff() and r.order_id = the_order order by r.created_at
$$;

alter function easel.payment_staff_find(text, integer) owner to easel_support;
alter function easel.payment_staff_refunds(uuid) owner to easel_support;
grant execute on function easel.payment_staff_find(text, integer), easel.payment_staff_refunds(uuid) to easel_app;
