-- generation: what a run costs. Its tokens are set aside when it is queued, taken with its result, and given back when it
-- ends in any other way.

alter table easel.generation_run add column tokens bigint not null default 0 check (tokens >= 0);

grant select (tokens) on easel.generation_run to easel_sweep;

-- generation_overdue lists runs that were not finished when their photo's time was over.
create function easel.generation_overdue() returns table (id uuid, owner uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.id, r.owner from easel.generation_run r
     where r.state in ('queued', 'drawing') and r.deadline <= now() limit 1000
$$;
alter function easel.generation_overdue() owner to easel_sweep;
grant execute on function easel.generation_overdue() to easel_app;

-- generation_expire deletes the rows of photos whose time is over; their bytes are the vault's to destroy. A run that has
-- tokens set aside is ended first.
create or replace function easel.generation_expire() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (
        delete from easel.generation_upload u
         where u.deadline <= now()
           and not exists (select from easel.generation_run r where r.upload = u.id and r.state in ('queued', 'drawing') and r.tokens > 0)
        returning 1
    )
    select count(*) from gone
$$;
