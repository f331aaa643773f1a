-- The roles of Easel, which belong to the whole server and not to one database. Run at every migration by whoever may
-- make roles; what is there already is left alone, so that an operator can make them beforehand instead.
--
--   easel_owner  owns the schema; nobody logs in as it
--   easel_app    web and workers: owns nothing, obeys row-level security
--   easel_auth   owns the functions that run before the caller is known; nobody logs in as it
--   easel_sweep  owns the functions that work across owners, on ids and times only; nobody logs in as it
--   easel_ledger and easel_payment  own the functions that write tokens and orders; nobody logs in as them
--   easel_support  owns the functions with which staff look at one person in an audited session; nobody logs in as it
--   easel_backup  reads everything, past row-level security, and changes nothing: `easel backup` alone logs in as it
do $$
declare
    r text;
begin
    foreach r in array array['easel_owner', 'easel_auth', 'easel_sweep', 'easel_ledger', 'easel_payment', 'easel_support'] loop
        if not exists (select from pg_catalog.pg_roles where rolname = r) then
            execute format('create role %I nologin', r);
        end if;
    end loop;
    if not exists (select from pg_catalog.pg_roles where rolname = 'easel_app') then
        create role easel_app login noinherit;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'easel_backup') then
        begin
            create role easel_backup login noinherit bypassrls;
        exception when insufficient_privilege then -- everything works but backups, which say what is missing
            create role easel_backup login noinherit;
        end;
    end if;
    -- To hand a function to a role and then say who may call it, its maker has to be a member of that role.
    foreach r in array array['easel_auth', 'easel_sweep', 'easel_ledger', 'easel_payment', 'easel_support'] loop
        if not pg_has_role('easel_owner', r, 'member') then
            execute format('grant %I to easel_owner', r);
        end if;
    end loop;
    if not pg_has_role(session_user, 'easel_owner', 'member') then
        execute format('grant easel_owner to %I', session_user);
    end if;
    if not has_database_privilege('easel_owner', current_database(), 'create') then
        execute format('grant create on database %I to easel_owner', current_database());
    end if;
end
$$;
