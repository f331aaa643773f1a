-- generation: a portrait's full size is a run of its own, of the same drawing as the run that is shown.

alter table easel.generation_run
    add column size text not null default 'shown' check (size in ('shown', 'full')),
    add column of uuid, -- of a full size: the shown run
    add check ((size = 'full') = (of is not null)),
    add unique (id, owner),
    add unique (of), -- one full size for each
    add foreign key (of, owner) references easel.generation_run (id, owner) on delete cascade;

grant select (size) on easel.generation_run to easel_sweep;

-- generation_queue says how many runs are drawn before one, and how many seconds they and it take by recent experience.
-- Where there is none yet, by what an ordinary machine needs.
create or replace function easel.generation_queue(run uuid) returns table (ahead bigint, seconds double precision)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with pace as (
        select style, size, extract(epoch from avg(finished_at - started_at))::double precision as seconds
          from easel.generation_run
         where state = 'done' and finished_at > now() - interval '1 day'
         group by style, size
    ), before as (
        select r.style, r.size, r.id
          from easel.generation_run me
          join easel.generation_run r on r.state in ('queued', 'drawing') and (r.created_at, r.id) <= (me.created_at, me.id)
         where me.id = run
    )
    select count(*) filter (where b.id <> run),
           coalesce(sum(coalesce(p.seconds, case b.size when 'full' then 20 else 8 end)), 0)
      from before b left join pace p on p.style = b.style and p.size = b.size
$$;
