-- vault: under which policy an object is kept, and holds that keep one from being destroyed.

alter table easel.vault_object
    add column studio text,
    add column policy integer,
    add check ((studio is null) = (policy is null)),
    drop constraint vault_object_state_check,
    add constraint vault_object_state_check check (state in ('pending', 'stored', 'held', 'gone'));
create index vault_object_held on easel.vault_object (id) where state = 'held'; -- deleted, but for a hold: nobody reads it

create table easel.vault_hold (
    id      uuid primary key default gen_random_uuid(),
    account uuid,
    object  uuid,
    reason  text not null check (length(reason) between 5 and 500),
    actor   uuid, -- who set it; null: at the machine
    set_at  timestamptz not null default now(),
    ends_at timestamptz not null check (ends_at > set_at),
    lifted  timestamptz,
    check ((account is null) <> (object is null))
);
create index on easel.vault_hold (account, ends_at);
create index on easel.vault_hold (object, ends_at);
alter table easel.vault_hold enable row level security;
alter table easel.vault_hold force row level security;
create policy support on easel.vault_hold to easel_support using (id is not null) with check (id is not null);
grant select, insert, update (lifted) on easel.vault_hold to easel_support;
create policy sweep on easel.vault_hold for select to easel_sweep using (lifted is null);
grant select (account, object, ends_at, lifted) on easel.vault_hold to easel_sweep;

-- vault_held is whether a hold keeps an object from being destroyed: its own, or its owner's.
create function easel.vault_held(id uuid, owner uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select exists (select from easel.vault_hold h where h.lifted is null and h.ends_at > now() and (h.object = $1 or h.account = $2))
$$;

-- Whoever deletes, and in whatever way: what is held becomes unreadable and keeps its key.
create function easel.vault_spare() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if easel.vault_held(new.id, new.owner) then
        new.state := 'held';
    end if;
    return new;
end
$$;
create trigger spare before update of state on easel.vault_object for each row when (new.state = 'gone' and old.state <> 'gone')
    execute function easel.vault_spare();

create function easel.vault_spare_key() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if easel.vault_held(old.id, old.owner) then
        return null;
    end if;
    return old;
end
$$;
create trigger spare before delete on keys.vault_object for each row execute function easel.vault_spare_key();

create function easel.vault_spare_owner() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from easel.vault_hold h where h.lifted is null and h.ends_at > now()
                  and (h.account = old.owner or h.object in (select o.id from easel.vault_object o where o.owner = old.owner))) then
        return null;
    end if;
    return old;
end
$$;
create trigger spare before delete on keys.vault_owner for each row execute function easel.vault_spare_owner();

drop policy sweep on easel.vault_object;
create policy sweep on easel.vault_object to easel_sweep using (created_at is not null) with check (state in ('gone', 'held'));
grant select (owner, kind, digest, studio, policy) on easel.vault_object to easel_sweep;

-- The server's clock: how late it has been at least, and whether it has jumped. One row.
create table easel.vault_clock (
    id        boolean primary key default true check (id),
    mark      timestamptz not null, -- never goes back
    jumped_at timestamptz, -- since when nothing is read or removed; null: all is well
    jump      interval,
    confirmed integer not null default 0, -- how often somebody has said that the clock is right
    check ((jumped_at is null) = (jump is null))
);
grant select, insert, update on easel.vault_clock to easel_app;
grant select on easel.vault_clock to easel_sweep;

-- vault_now is the time by which things are over. While the clock is not to be trusted it stays where it was.
create function easel.vault_now() returns timestamptz
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce((select case when c.jumped_at is not null or now() > c.mark + interval '10 minutes' then c.mark else greatest(now(), c.mark) end
        from easel.vault_clock c), now())
$$;

-- vault_expire destroys, in one statement, the keys of all objects whose time is over at a moment, of those that were begun more
-- than an hour before and never finished, and of those whose hold has ended; and states it. It returns how many, and by how much
-- the latest was late. What somebody deletes at this moment is left to them.
create function easel.vault_expire(at timestamptz) returns table (keys bigint, late interval)
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with due as (
        select o.id from easel.vault_object o
         where (o.state in ('pending', 'stored') and o.deadline <= $1 or o.state = 'pending' and o.created_at < $1 - interval '1 hour' or o.state = 'held')
           and not exists (select from easel.vault_hold h where h.lifted is null and h.ends_at > now() and (h.object = o.id or h.account = o.owner))
           for update skip locked
    ), gone as (
        update easel.vault_object o set state = 'gone' from due where o.id = due.id
        returning o.id, o.owner, o.kind, o.digest, o.studio, o.policy, o.deadline, o.state
    ), destroyed as (
        delete from keys.vault_object k using gone where k.id = gone.id and gone.state = 'gone'
    ), said as (
        insert into easel.receipt_statement (object, kind, digest, studio, policy, deleted)
        select id, kind, digest, studio, policy, $1 from gone where state = 'gone' and digest is not null and studio is not null
        returning number, object
    ), waiting as (
        insert into easel.receipt_waiting select number from said
    ), own as (
        insert into easel.receipt_own (owner, statement) select g.owner, s.number from said s join gone g on g.id = s.object
    )
    select count(*), max($1 - deadline) from gone where state = 'gone'
$$;

create or replace function easel.vault_expire() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    select keys from easel.vault_expire(easel.vault_now())
$$;

-- vault_state counts what is not as it should be, and what is still to do.
create function easel.vault_state() returns table (overdue bigint, since timestamptz, waiting bigint, held bigint)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select (select count(*) from easel.vault_object where state in ('pending', 'stored') and deadline <= easel.vault_now()),
           (select min(deadline) from easel.vault_object where state <> 'gone' and state <> 'held' and deadline <= easel.vault_now()),
           (select count(*) from easel.vault_object where state = 'gone'),
           (select count(*) from easel.vault_object where state = 'held')
$$;

-- Holds are set, listed and lifted by those who run the place, and written down.
create function easel.vault_hold_set(account uuid, object uuid, reason text, ends_at timestamptz) returns uuid
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made uuid;
begin
    perform easel.audit_add('hold.set', coalesce($1, $2), $3);
    insert into easel.vault_hold (account, object, reason, actor, ends_at) values ($1, $2, $3, easel.caller(), $4) returning id into made;
    return made;
end
$$;

create function easel.vault_hold_lift(hold uuid, reason text) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    about uuid;
begin
    perform easel.audit_add('hold.lift', $1, $2);
    update easel.vault_hold set lifted = now() where id = $1 and lifted is null returning coalesce(account, object) into about;
    return about is not null;
end
$$;

create function easel.vault_hold_list() returns table (id uuid, account uuid, object uuid, reason text, actor uuid, set_at timestamptz, ends_at timestamptz, lifted timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select h.id, h.account, h.object, h.reason, h.actor, h.set_at, h.ends_at, h.lifted from easel.vault_hold h
     where easel.audit_staff() order by h.set_at desc limit 500
$$;

-- vault_held_account is whether a hold keeps the caller's account from being deleted.
create function easel.vault_held_account() returns timestamptz
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select max(h.ends_at) from easel.vault_hold h where h.account = easel.caller() and h.lifted is null and h.ends_at > now()
$$;

alter function easel.vault_held(uuid, uuid) owner to easel_sweep;
alter function easel.vault_held_account() owner to easel_sweep;
alter function easel.vault_spare() owner to easel_sweep;
alter function easel.vault_spare_key() owner to easel_sweep;
alter function easel.vault_spare_owner() owner to easel_sweep;
alter function easel.vault_now() owner to easel_sweep;
alter function easel.vault_expire(timestamptz) owner to easel_sweep;
alter function easel.vault_state() owner to easel_sweep;
alter function easel.vault_hold_set(uuid, uuid, text, timestamptz) owner to easel_support;
alter function easel.vault_hold_lift(uuid, text) owner to easel_support;
alter function easel.vault_hold_list() owner to easel_support;
grant execute on function easel.caller() to easel_sweep;
grant execute on function easel.vault_now(), easel.vault_expire(timestamptz), easel.vault_state(), easel.vault_held_account(),
    easel.vault_hold_set(uuid, uuid, text, timestamptz), easel.vault_hold_lift(uuid, text), easel.vault_hold_list() to easel_app;
