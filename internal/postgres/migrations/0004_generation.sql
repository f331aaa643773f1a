-- generation: photos that wait to be drawn, and the runs that draw them. The bytes are in the vault; rows hold ids.

create table easel.generation_upload (
    id         uuid primary key,
    owner      uuid not null references easel.account_account (id) on delete cascade,
    photo      uuid not null, -- vault object: the upright photo without metadata
    view       uuid not null, -- vault object: a copy that fits a page
    name       bytea not null, -- the file's name, sealed under the owner's key
    width      integer not null check (width > 0),
    height     integer not null check (height > 0),
    has_face   boolean not null,
    crop       integer[] not null check (cardinality(crop) = 4),
    warnings   text[] not null,
    created_at timestamptz not null default now(),
    deadline   timestamptz not null,
    unique (id, owner)
);
create index on easel.generation_upload (owner, created_at);
create index on easel.generation_upload (deadline);

create table easel.generation_run (
    id          uuid primary key,
    owner       uuid not null,
    upload      uuid not null,
    style       text not null,
    seed        bigint not null,
    crop        integer[] not null check (cardinality(crop) = 4),
    state       text not null default 'queued' check (state in ('queued', 'drawing', 'done', 'failed', 'cancelled')),
    stage       text not null default '',
    done        real not null default 0 check (done between 0 and 1),
    attempt     integer not null default 1, -- the fencing token: only the newest attempt may write
    failures    integer not null default 0, -- attempts that failed or vanished
    job         bigint, -- the queue's job of this attempt
    lease_until timestamptz, -- while drawing: the worker lives at least until then
    say         text not null default '',
    result      uuid, -- vault object: the portrait
    before      uuid, -- vault object: the cropped photo at the portrait's size
    width       integer not null default 0,
    height      integer not null default 0,
    engine      text not null default '',
    version     text not null default '',
    created_at  timestamptz not null default now(),
    queued_at   timestamptz not null default now(),
    started_at  timestamptz,
    finished_at timestamptz,
    deadline    timestamptz not null,
    foreign key (upload, owner) references easel.generation_upload (id, owner) on delete cascade,
    check ((state = 'done') = (result is not null))
);
create index on easel.generation_run (owner, upload, created_at);
create index on easel.generation_run (created_at) where state in ('queued', 'drawing');

alter table easel.generation_upload enable row level security;
alter table easel.generation_upload force row level security;
alter table easel.generation_run enable row level security;
alter table easel.generation_run force row level security;
create policy own on easel.generation_upload to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
create policy own on easel.generation_run to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
grant select, insert, delete on easel.generation_upload to easel_app;
grant select, insert, update, delete on easel.generation_run to easel_app;

-- Across owners: ids, states and times only, through functions that the sweep role owns.
create policy sweep_find on easel.generation_upload for select to easel_sweep using (deadline <= now());
create policy sweep on easel.generation_upload for delete to easel_sweep using (deadline <= now());
create policy sweep_find on easel.generation_run for select to easel_sweep using (id is not null);
grant select (id, owner, created_at, deadline), delete on easel.generation_upload to easel_sweep;
grant select (id, owner, upload, style, state, attempt, job, lease_until, created_at, queued_at, started_at, finished_at, deadline)
    on easel.generation_run to easel_sweep;
grant usage on schema river to easel_sweep;
grant select (id, state, attempted_at) on river.river_job to easel_sweep;

-- generation_expire deletes the rows of photos whose time is over; their bytes are the vault's to destroy.
create function easel.generation_expire() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (delete from easel.generation_upload where deadline <= now() returning 1)
    select count(*) from gone
$$;

-- generation_lost lists runs that nobody works on: their worker stopped renewing its lease, or their job is gone.
create function easel.generation_lost() returns table (id uuid, owner uuid, attempt integer)
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    select r.id, r.owner, r.attempt
      from easel.generation_run r
     where r.deadline > now()
       and (r.state = 'drawing' and r.lease_until < now()
         or r.state = 'queued' and r.queued_at < now() - interval '20 seconds' and not exists (
            select from river.river_job j
             where j.id = r.job
               and (j.state in ('available', 'pending', 'retryable', 'scheduled')
                 or j.state = 'running' and j.attempted_at > now() - interval '20 seconds')))
$$;

-- generation_queue says how many runs are drawn before one, and how many seconds they and it take by recent experience.
create function easel.generation_queue(run uuid) returns table (ahead bigint, seconds double precision)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with pace as (
        select style, extract(epoch from avg(finished_at - started_at))::double precision as seconds
          from easel.generation_run
         where state = 'done' and finished_at > now() - interval '1 day'
         group by style
    ), before as (
        select r.style, r.id
          from easel.generation_run me
          join easel.generation_run r on r.state in ('queued', 'drawing') and (r.created_at, r.id) <= (me.created_at, me.id)
         where me.id = run
    )
    select count(*) filter (where b.id <> run), coalesce(sum(coalesce(p.seconds, 8)), 0)
      from before b left join pace p on p.style = b.style
$$;

alter function easel.generation_expire() owner to easel_sweep;
alter function easel.generation_lost() owner to easel_sweep;
alter function easel.generation_queue(uuid) owner to easel_sweep;
grant execute on function easel.generation_expire(), easel.generation_lost(), easel.generation_queue(uuid) to easel_app;
