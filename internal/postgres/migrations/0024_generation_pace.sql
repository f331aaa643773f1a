-- generation: what a drawing takes is told by the last ones of its kind, found by an index; all of a day's were read for
-- every look at a portrait that waits.

create index generation_run_pace on easel.generation_run (style, size, finished_at desc) where state = 'done';

create or replace function easel.generation_queue(run uuid) returns table (ahead bigint, seconds double precision)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with before as (
        select r.style, r.size, r.id
          from easel.generation_run me
          join easel.generation_run r on r.state in ('queued', 'drawing') and (r.created_at, r.id) <= (me.created_at, me.id)
         where me.id = run
    ), pace as (
        select k.style, k.size, (
            select extract(epoch from avg(l.finished_at - l.started_at))::double precision
              from (select d.started_at, d.finished_at from easel.generation_run d
                     where d.state = 'done' and d.style = k.style and d.size = k.size and d.finished_at > now() - interval '1 day'
                     order by d.finished_at desc limit 50) l) as seconds
          from (select distinct style, size from before) k
    )
    select count(*) filter (where b.id <> run),
           coalesce(sum(coalesce(p.seconds, case b.size when 'full' then 20 else 8 end)), 0)
      from before b left join pace p on p.style = b.style and p.size = b.size
$$;
