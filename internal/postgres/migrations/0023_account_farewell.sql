-- account: there are no visitors any more, only people who can sign in. The visitors' rows go with the keys of what they
-- brought; its bytes follow with the next sweep.

alter table easel.account_account no force row level security;
alter table easel.vault_object no force row level security;
alter table keys.vault_owner no force row level security;
alter table keys.vault_object no force row level security;
update easel.vault_object o set state = 'gone' from easel.account_account a where a.id = o.owner and a.visitor;
delete from keys.vault_object k using easel.account_account a where a.id = k.owner and a.visitor;
delete from keys.vault_owner k using easel.account_account a where a.id = k.owner and a.visitor;
delete from easel.account_account where visitor;
alter table easel.account_account force row level security;
alter table easel.vault_object force row level security;
alter table keys.vault_owner force row level security;
alter table keys.vault_object force row level security;

drop function easel.account_open(bytea, timestamptz);
drop function easel.account_left(integer);
drop policy auth_open on easel.account_account;
drop policy auth_open on easel.account_session;
revoke insert on easel.account_account, easel.account_session from easel_auth;

create or replace function easel.account_staff_list(before timestamptz, most integer)
    returns table (id uuid, created_at timestamptz, admin_at timestamptz, suspended_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.id, a.created_at, a.admin_at, a.suspended_at from easel.account_account a
     where a.created_at < $1 and easel.audit_staff()
     order by a.created_at desc, a.id limit least($2, 1000)
$$;

create or replace function easel.account_expire() returns void
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from easel.account_session where expires_at <= now() or ends_at <= now();
    delete from easel.account_link where expires_at <= now();
    delete from easel.account_visit where deadline <= now();
    delete from easel.account_throttle where full_at <= now();
$$;

alter table easel.account_account drop column visitor;
alter table easel.account_session
    alter column how drop default,
    drop constraint account_session_how_check,
    add check (how in ('password', 'link', 'first', 'issuer', 'passkey'));

-- Whoever came by the first link and has no other way in yet cannot prove anything but that session, so it stays fresh:
-- otherwise they could never give themselves an address or a password.
create or replace function easel.account_session_find(digest bytea)
    returns table (account uuid, id uuid, admin boolean, seen_at timestamptz, signed_in_at timestamptz, expires_at timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.account, s.id, a.admin_at is not null, s.seen_at,
           case when a.mail_digest is null
                 and not exists (select from easel.account_password w where w.account = a.id)
                 and not exists (select from easel.account_identity i where i.account = a.id)
                 and not exists (select from easel.account_passkey p where p.account = a.id) then now() else s.signed_in_at end,
           s.expires_at
      from easel.account_session s join easel.account_account a on a.id = s.account
     where s.digest = $1 and s.expires_at > now() and s.ends_at > now() and a.suspended_at is null
$$;

-- account_unreachable returns ids of accounts that nobody can come to any more: without an address, an issuer's word, a
-- passkey, a session or a link. Whoever calls it destroys their keys and deletes them, each as its owner.
create policy sweep_find on easel.account_identity for select to easel_sweep using (account is not null);
create policy sweep_find on easel.account_passkey for select to easel_sweep using (account is not null);
create policy sweep_ways on easel.account_link for select to easel_sweep using (expires_at > now());
grant select (account) on easel.account_identity, easel.account_passkey, easel.account_link to easel_sweep;
grant select (mail_digest) on easel.account_account to easel_sweep;

create function easel.account_unreachable(most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.id from easel.account_account a
     where a.mail_digest is null and a.created_at < now() - interval '1 hour'
       and not exists (select from easel.account_session s where s.account = a.id and s.expires_at > now() and s.ends_at > now())
       and not exists (select from easel.account_identity i where i.account = a.id)
       and not exists (select from easel.account_passkey p where p.account = a.id)
       and not exists (select from easel.account_link l where l.account = a.id and l.expires_at > now())
     order by a.created_at limit least($1, 1000)
$$;
alter function easel.account_unreachable(integer) owner to easel_sweep;
grant execute on function easel.account_unreachable(integer) to easel_app;
