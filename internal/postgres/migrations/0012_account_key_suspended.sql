-- account: a key of somebody who is suspended leads nowhere.

create or replace function easel.account_key_find(digest bytea) returns table (key uuid, account uuid, scopes text[])
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select k.id, k.account, k.scopes
      from easel.account_key k join easel.account_account a on a.id = k.account
     where k.digest = $1 and k.revoked_at is null and a.suspended_at is null
$$;
