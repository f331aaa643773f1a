-- audit: who of those who run the place did what, and sessions in which they may look at one person's things.
--
-- The log is only ever added to, also by the owner of the tables. Rows hold ids, never a name or an address.

create table easel.audit_entry (
    number  bigint generated always as identity primary key,
    at      timestamptz not null default now(),
    actor   uuid, -- the account; null: whoever sits at the machine, or the program by itself
    action  text not null check (length(action) <= 60 and action ~ '^[a-z]+([.-][a-z]+)+$'), -- such as support.open
    subject uuid, -- whom or what it was done to
    reason  text not null check (length(reason) <= 500)
);
create index on easel.audit_entry (actor, number);
create index on easel.audit_entry (subject, number);

create table easel.audit_session (
    id         uuid primary key default gen_random_uuid(),
    actor      uuid not null references easel.account_account (id) on delete cascade,
    subject    uuid not null, -- whose things are looked at; not a reference: it goes when its time is over
    opened_at  timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at <= opened_at + interval '30 minutes')
);
create index on easel.audit_session (actor, expires_at);
create index on easel.audit_session (expires_at);

create function easel.audit_keep() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise exception 'the audit log is only ever added to' using errcode = 'insufficient_privilege';
end
$$;
create trigger keep before update or delete or truncate on easel.audit_entry for each statement execute function easel.audit_keep();

alter table easel.audit_entry enable row level security;
alter table easel.audit_entry force row level security;
alter table easel.audit_session enable row level security;
alter table easel.audit_session force row level security;

grant usage on schema easel to easel_support;
grant execute on function easel.caller() to easel_support;
create policy support_read on easel.audit_entry for select to easel_support using (number is not null);
create policy support_add on easel.audit_entry for insert to easel_support with check (at = now());
grant select, insert on easel.audit_entry to easel_support;
create policy support on easel.audit_session to easel_support using (actor = easel.caller()) with check (actor = easel.caller());
grant select, insert, delete on easel.audit_session to easel_support;

-- audit_staff is whether the caller runs the place.
create policy support_staff on easel.account_account for select to easel_support using (id = easel.caller());
grant select (id, created_at, admin_at, suspended_at) on easel.account_account to easel_support;
create function easel.audit_staff() returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select exists (select from easel.account_account where id = easel.caller() and admin_at is not null and suspended_at is null)
$$;

-- audit_add writes down what the caller did, who has to be one of those who run the place; with nobody calling, what was
-- done at the machine itself.
create function easel.audit_add(action text, subject uuid, reason text) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    written bigint;
begin
    if easel.caller() is not null and not easel.audit_staff() then
        raise exception 'only those who run the place do what is audited' using errcode = 'insufficient_privilege';
    end if;
    insert into easel.audit_entry (actor, action, subject, reason) values (easel.caller(), $1, $2, $3) returning number into written;
    return written;
end
$$;

-- audit_open opens a session of half an hour in which the caller may look at one person, and writes it down, in one go.
create function easel.audit_open(subject uuid, reason text) returns table (id uuid, expires_at timestamptz)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if easel.caller() is null or not easel.audit_staff() then
        raise exception 'only those who run the place look at others' using errcode = 'insufficient_privilege';
    end if;
    perform easel.audit_add('support.open', $1, $2);
    return query insert into easel.audit_session as s (actor, subject, expires_at)
        values (easel.caller(), $1, now() + interval '30 minutes') returning s.id, s.expires_at;
end
$$;

-- audit_close ends a session of the caller's before its time.
create function easel.audit_close(session uuid) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.audit_session s where s.id = $1
$$;

-- audit_subject is whom this transaction may look at: its setting easel.support names a session that is the caller's and
-- not over. Else null. Policies of easel_support compare with it.
create function easel.audit_subject() returns uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.subject from easel.audit_session s
     where s.id = nullif(current_setting('easel.support', true), '')::uuid and s.actor = easel.caller() and s.expires_at > now()
       and easel.audit_staff()
$$;

-- audit_list reads the log backwards, for those who run the place.
create function easel.audit_list(before bigint, most integer) returns setof easel.audit_entry
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select * from easel.audit_entry e where e.number < $1 and easel.audit_staff() order by e.number desc limit least($2, 1000)
$$;

-- Across owners: sessions that are over.
create policy sweep_find on easel.audit_session for select to easel_sweep using (expires_at <= now());
create policy sweep on easel.audit_session for delete to easel_sweep using (expires_at <= now());
grant select (expires_at), delete on easel.audit_session to easel_sweep;
create function easel.audit_expire() returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (delete from easel.audit_session where expires_at <= now() returning 1) select count(*) from gone
$$;

alter function easel.audit_staff() owner to easel_support;
alter function easel.audit_add(text, uuid, text) owner to easel_support;
alter function easel.audit_open(uuid, text) owner to easel_support;
alter function easel.audit_close(uuid) owner to easel_support;
alter function easel.audit_subject() owner to easel_support;
alter function easel.audit_list(bigint, integer) owner to easel_support;
alter function easel.audit_expire() owner to easel_sweep;
grant execute on function easel.audit_staff(), easel.audit_add(text, uuid, text), easel.audit_open(uuid, text), easel.audit_close(uuid),
    easel.audit_list(bigint, integer), easel.audit_expire() to easel_app;
