-- generation: rows go by the same clock as the pictures that they name.
create or replace function easel.generation_overdue() returns table (id uuid, owner uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.id, r.owner from easel.generation_run r
     where r.state in ('queued', 'drawing') and r.deadline <= easel.vault_now() limit 1000
$$;

create or replace function easel.generation_expire() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (
        delete from easel.generation_upload u
         where u.deadline <= easel.vault_now()
           and not exists (select from easel.generation_run r where r.upload = u.id and r.state in ('queued', 'drawing') and r.tokens > 0)
        returning 1
    )
    select count(*) from gone
$$;
