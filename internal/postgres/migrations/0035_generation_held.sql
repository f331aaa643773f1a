-- generation, vault: what a legal hold keeps beside keys and bytes: the rows that say what was held. And a hold on one work.

-- Rows of photos, portraits and programs' requests as they were when they went. People's own tables know no holds, so that
-- nothing that is gone for its owner can be seen there again.
create table easel.generation_held (
    number  bigint generated always as identity primary key,
    owner   uuid not null,
    what    text not null check (what in ('generation_upload', 'generation_run', 'generation_request')),
    was     jsonb not null,
    names   uuid[] not null, -- what a hold may be about: the row's own id, and the objects of the vault that it names
    kept_at timestamptz not null default now()
);
create index on easel.generation_held (owner);
alter table easel.generation_held enable row level security;
alter table easel.generation_held force row level security;
create policy sweep on easel.generation_held to easel_sweep using (owner is not null) with check (owner is not null);
grant select (number, owner, names), insert, delete on easel.generation_held to easel_sweep;

-- Whoever deletes, and in whatever way: of what is held a copy of the row stays until the hold ends.
create function easel.generation_keep() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    was   jsonb := to_jsonb(old);
    names uuid[] := array_remove(array[was ->> 'id', was ->> 'photo', was ->> 'view', was ->> 'result', was ->> 'before']::uuid[], null);
begin
    if easel.vault_held(null, old.owner) or exists (select from unnest(names) n where easel.vault_held(n, old.owner)) then
        insert into easel.generation_held (owner, what, was, names) values (old.owner, tg_table_name, was, names);
    end if;
    return old;
end
$$;
create trigger keep before delete on easel.generation_upload for each row execute function easel.generation_keep();
create trigger keep before delete on easel.generation_run for each row execute function easel.generation_keep();
create trigger keep before delete on easel.generation_request for each row execute function easel.generation_keep();

create or replace function easel.generation_expire() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (
        delete from easel.generation_upload u
         where u.deadline <= easel.vault_now()
           and not exists (select from easel.generation_run r where r.upload = u.id and r.state in ('queued', 'drawing') and r.tokens > 0)
        returning 1
    ), over as (
        delete from easel.generation_held k
         where not exists (select from easel.vault_hold h
            where h.lifted is null and h.ends_at > now() and (h.account = k.owner or h.object = any (k.names)))
    )
    select count(*) from gone
$$;

-- generation_staff_objects lists, to those who run the place, the objects of a photo with everything drawn from it, or of a
-- portrait: pages and people know these by a number of their own.
create policy staff on easel.generation_upload for select to easel_sweep using (id is not null);
grant select (photo, view) on easel.generation_upload to easel_sweep;
grant select (of, result, before) on easel.generation_run to easel_sweep;
create function easel.generation_staff_objects(work uuid) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select o from (
        select unnest(array[u.photo, u.view]) as o from easel.generation_upload u where u.id = $1
        union all
        select unnest(array[r.result, r.before]) from easel.generation_run r where r.id = $1 or r.of = $1 or r.upload = $1
    ) all_of where o is not null and easel.audit_staff()
$$;

-- A hold on a work is several: one in the name that people know it by, and one for each of its objects, which are part of it.
alter table easel.vault_hold add column part_of uuid references easel.vault_hold (id);
create index on easel.vault_hold (part_of) where part_of is not null;

create function easel.vault_hold_set(account uuid, object uuid, parts uuid[], reason text, ends_at timestamptz) returns uuid
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made uuid;
begin
    made := easel.vault_hold_set($1, $2, $4, $5);
    insert into easel.vault_hold (object, reason, actor, ends_at, part_of) select p, $4, easel.caller(), $5, made from unnest($3) p;
    return made;
end
$$;

create or replace function easel.vault_hold_lift(hold uuid, reason text) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    lifted_now integer;
begin
    perform easel.audit_add('hold.lift', $1, $2);
    update easel.vault_hold set lifted = now() where $1 in (id, part_of) and lifted is null;
    get diagnostics lifted_now = row_count;
    return lifted_now > 0;
end
$$;

create or replace function easel.vault_hold_list() returns table (id uuid, account uuid, object uuid, reason text, actor uuid, set_at timestamptz, ends_at timestamptz, lifted timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select h.id, h.account, h.object, h.reason, h.actor, h.set_at, h.ends_at, h.lifted from easel.vault_hold h
     where easel.audit_staff() and h.part_of is null order by h.set_at desc limit 500
$$;

alter function easel.generation_keep() owner to easel_sweep;
alter function easel.generation_staff_objects(uuid) owner to easel_sweep;
alter function easel.vault_hold_set(uuid, uuid, uuid[], text, timestamptz) owner to easel_support;
grant execute on function easel.generation_staff_objects(uuid), easel.vault_hold_set(uuid, uuid, uuid[], text, timestamptz) to easel_app;
