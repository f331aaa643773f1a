-- account: an account that a hold keeps is not deleted because nobody can come to it any more. It was tried, refused, and kept all
-- others from being deleted, and the server from starting.
create or replace function easel.account_unreachable(most integer) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.id from easel.account_account a
     where a.mail_digest is null and a.created_at < now() - interval '1 hour'
       and not exists (select from easel.account_session s where s.account = a.id and s.expires_at > now() and s.ends_at > now())
       and not exists (select from easel.account_identity i where i.account = a.id)
       and not exists (select from easel.account_passkey p where p.account = a.id)
       and not exists (select from easel.account_link l where l.account = a.id and l.expires_at > now())
       and not exists (select from easel.vault_hold h where h.account = a.id and h.lifted is null and h.ends_at > now())
     order by a.created_at limit least($1, 1000)
$$;
