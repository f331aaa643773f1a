-- generation: what a drawing takes is told by the last ones of its kind, found by an index, and for all portraits that
-- somebody waits for at once. Before, every look at one of them read all that were drawn on that day.

create index generation_run_pace on easel.generation_run (style, size, finished_at desc) where state = 'done';

drop function easel.generation_queue(uuid);

-- generation_waits says of each of the runs how many are drawn before it, and how many seconds they and it take by recent
-- experience. Where there is none yet, by what an ordinary machine needs.
create function easel.generation_waits(runs uuid[]) returns table (run uuid, ahead bigint, seconds double precision)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with waiting as materialized (
        select id, style, size, created_at from easel.generation_run where state in ('queued', 'drawing')
    ), pace as materialized (
        select k.style, k.size, (
            select extract(epoch from avg(l.finished_at - l.started_at))::double precision
              from (select d.started_at, d.finished_at from easel.generation_run d
                     where d.state = 'done' and d.style = k.style and d.size = k.size and d.finished_at > now() - interval '1 day'
                     order by d.finished_at desc limit 20) l) as seconds
          from (select distinct style, size from waiting) k
    ), line as (
        select w.id, row_number() over by_time - 1 as ahead,
               sum(coalesce(p.seconds, case w.size when 'full' then 20 else 8 end)) over by_time as seconds
          from waiting w left join pace p on p.style = w.style and p.size = w.size
        window by_time as (order by w.created_at, w.id)
    )
    select l.id, l.ahead, l.seconds from line l where l.id = any ($1)
$$;
alter function easel.generation_waits(uuid[]) owner to easel_sweep;
grant execute on function easel.generation_waits(uuid[]) to easel_app;
