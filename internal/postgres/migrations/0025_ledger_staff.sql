-- ledger: one person's tokens as those see them who run the place, in a session of the audit log about that person.

create policy support on easel.ledger_lot for select to easel_support using (owner = (select easel.audit_subject()));
create policy support on easel.ledger_entry for select to easel_support using (owner = (select easel.audit_subject()));
grant select on easel.ledger_lot, easel.ledger_entry to easel_support;
grant execute on function easel.ledger_now() to easel_support;

-- ledger_staff_lots returns the lots of the one whom the session is about.
create function easel.ledger_staff_lots()
    returns table (id uuid, kind text, order_id uuid, reason text, tokens bigint, free bigint, held bigint, frozen bigint, created_at timestamptz, ends timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select l.id, l.kind, l.order_id, l.reason, l.tokens, case when e.ends > easel.ledger_now() then e.after else 0 end, e.held, e.frozen, l.created_at, e.ends
      from easel.ledger_lot l
      cross join lateral (select * from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
     where l.owner = easel.audit_subject()
     order by e.ends, l.created_at, l.id
$$;

-- ledger_staff_events returns the newest of what happened in that purse, without what was drawn.
create function easel.ledger_staff_events(most integer)
    returns table (number bigint, kind text, lot text, tokens bigint, at timestamptz, ref text, order_id uuid, ended text, until timestamptz, why text)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select e.number, e.kind, l.kind, e.tokens, e.at, e.ref, l.order_id, s.kind, s.at, s.what
      from easel.ledger_entry e
      join easel.ledger_lot l on l.id = e.lot
      left join easel.ledger_entry s on s.lot = e.lot and s.settles = e.seq
     where e.owner = easel.audit_subject() and e.tokens > 0 and e.kind not in ('capture', 'release', 'thaw')
     order by e.number desc limit least(most, 1000)
$$;

alter function easel.ledger_staff_lots() owner to easel_support;
alter function easel.ledger_staff_events(integer) owner to easel_support;
grant execute on function easel.ledger_staff_lots(), easel.ledger_staff_events(integer) to easel_app;
