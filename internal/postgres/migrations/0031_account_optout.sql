-- account: records that a person does not want to be kept about them: of sign-ins, and of what their keys are used for.

create table easel.account_optout (
    account uuid not null references easel.account_account (id) on delete cascade,
    what    text not null check (what in ('sign-ins', 'keys')),
    at      timestamptz not null default now(),
    primary key (account, what)
);
alter table easel.account_optout enable row level security;
alter table easel.account_optout force row level security;
create policy own on easel.account_optout to easel_app using (account = easel.caller()) with check (account = easel.caller());
grant select, insert (account, what), delete on easel.account_optout to easel_app;
grant delete on easel.account_visit, easel.account_key_use to easel_app;

-- Counts of keys are added for everybody at once; who wants none gets none.
create policy auth_find on easel.account_optout for select to easel_auth using (what = 'keys');
grant select (account, what) on easel.account_optout to easel_auth;
create or replace function easel.account_key_count(keys uuid[], days date[], requests integer[], portraits integer[]) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    update easel.account_key k set used_at = now()
     where k.id = any ($1) and k.revoked_at is null and (k.used_at is null or k.used_at < now() - interval '10 minutes');
    insert into easel.account_key_use as u (key, account, day, requests, portraits)
    select t.key, k.account, t.day, t.requests, t.portraits
      from unnest($1, $2, $3, $4) as t (key, day, requests, portraits)
      join easel.account_key k on k.id = t.key
     where k.revoked_at is null and t.day >= current_date - 2
       and not exists (select from easel.account_optout o where o.account = k.account and o.what = 'keys')
     order by t.key, t.day -- the same order for everybody, so that two processes never wait for each other in a ring
    on conflict (key, day) do update set requests = u.requests + excluded.requests, portraits = u.portraits + excluded.portraits;
$$;
