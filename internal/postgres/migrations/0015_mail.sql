-- mail: letters that wait to be sent, that lie in the outbox because no mail server is set, or that were given up. Address and
-- words are sealed under the server's key; a letter that was sent leaves nothing.

create table easel.mail_letter (
    id         uuid primary key,
    owner      uuid references easel.account_account (id) on delete cascade, -- whose account it is about; null: nobody's
    kind       text not null check (kind ~ '^[a-z][a-z-]{1,40}$'),
    sealed     bytea, -- null once it is given up
    state      text not null check (state in ('waiting', 'kept', 'failed')),
    tries      integer not null default 0,
    said       text not null default '' check (length(said) <= 200), -- why it was not sent, without the address
    created_at timestamptz not null default now(),
    tried_at   timestamptz,
    deadline   timestamptz not null,
    check ((sealed is null) = (state = 'failed'))
);
create index on easel.mail_letter (owner);
create index on easel.mail_letter (state, created_at);
create index on easel.mail_letter (deadline);

alter table easel.mail_letter enable row level security;
alter table easel.mail_letter force row level security;

-- Letters are written before it is known who will read them, so the exact functions below are the only way to them.
create policy auth on easel.mail_letter to easel_auth using (id is not null) with check (id is not null);
grant select, insert, delete, update (state, sealed, tries, said, tried_at, deadline) on easel.mail_letter to easel_auth;

create function easel.mail_write(id uuid, owner uuid, kind text, sealed bytea, kept boolean, lasts interval) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into easel.mail_letter (id, owner, kind, sealed, state, deadline)
    values ($1, $2, $3, $4, case when $5 then 'kept' else 'waiting' end, now() + least($6, interval '30 days'))
$$;

-- mail_take returns a letter to whoever sends it.
create function easel.mail_take(id uuid) returns table (kind text, sealed bytea, tries integer, deadline timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select l.kind, l.sealed, l.tries, l.deadline from easel.mail_letter l where l.id = $1 and l.state = 'waiting' and l.deadline > now()
$$;

create function easel.mail_sent(id uuid) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.mail_letter l where l.id = $1 and l.state = 'waiting'
$$;

-- mail_failed notes a try that came to nothing. After the last one only what, when and why are left, for a month.
create function easel.mail_failed(id uuid, said text, last boolean) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    update easel.mail_letter l
       set tries = l.tries + 1, said = left($2, 200), tried_at = now(),
           state = case when $3 then 'failed' else 'waiting' end,
           sealed = case when $3 then null else l.sealed end,
           deadline = case when $3 then now() + interval '30 days' else l.deadline end
     where l.id = $1 and l.state = 'waiting'
$$;

-- mail_list shows nothing about a person.
create function easel.mail_list(state text, before timestamptz, most integer)
    returns table (id uuid, kind text, tries integer, said text, created_at timestamptz, tried_at timestamptz, deadline timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select l.id, l.kind, l.tries, l.said, l.created_at, l.tried_at, l.deadline
      from easel.mail_letter l
     where l.state = $1 and l.deadline > now() and ($2 is null or l.created_at < $2)
     order by l.created_at desc, l.id limit least($3, 500)
$$;

-- mail_slip is the same of one letter, with where it stands.
create function easel.mail_slip(id uuid)
    returns table (state text, kind text, tries integer, said text, created_at timestamptz, tried_at timestamptz, deadline timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select l.state, l.kind, l.tries, l.said, l.created_at, l.tried_at, l.deadline from easel.mail_letter l where l.id = $1 and l.deadline > now()
$$;

-- mail_read opens a letter of the outbox to somebody who runs the place.
create function easel.mail_read(id uuid, reader uuid) returns table (kind text, sealed bytea)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select l.kind, l.sealed from easel.mail_letter l
     where l.id = $1 and l.state = 'kept' and l.deadline > now()
       and exists (select from easel.account_account a where a.id = $2 and a.admin_at is not null and a.suspended_at is null)
$$;

-- Across owners.
create policy sweep_find on easel.mail_letter for select to easel_sweep using (deadline <= now());
create policy sweep on easel.mail_letter for delete to easel_sweep using (deadline <= now());
grant select (deadline), delete on easel.mail_letter to easel_sweep;

create function easel.mail_expire() returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.mail_letter where deadline <= now()
$$;

alter function easel.mail_write(uuid, uuid, text, bytea, boolean, interval) owner to easel_auth;
alter function easel.mail_take(uuid) owner to easel_auth;
alter function easel.mail_sent(uuid) owner to easel_auth;
alter function easel.mail_failed(uuid, text, boolean) owner to easel_auth;
alter function easel.mail_list(text, timestamptz, integer) owner to easel_auth;
alter function easel.mail_slip(uuid) owner to easel_auth;
alter function easel.mail_read(uuid, uuid) owner to easel_auth;
alter function easel.mail_expire() owner to easel_sweep;
grant execute on function easel.mail_write(uuid, uuid, text, bytea, boolean, interval), easel.mail_take(uuid), easel.mail_sent(uuid),
    easel.mail_failed(uuid, text, boolean), easel.mail_list(text, timestamptz, integer), easel.mail_slip(uuid), easel.mail_read(uuid, uuid), easel.mail_expire()
    to easel_app;
