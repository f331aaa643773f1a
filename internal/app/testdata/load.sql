-- One hundred thousand people with a million portraits, for measuring: ten portraits of three photos each, made within the
-- last day, with what belongs to them in the vault and the ledger. Run by whoever may do everything.

set session_replication_role = replica; -- what refers to what is right by construction, so nothing is checked row by row
set synchronous_commit = off;
set work_mem = '128MB';
set maintenance_work_mem = '256MB';

-- Ids are made from numbers, so that later statements know them.
create function pg_temp.id(kind integer, n bigint) returns uuid language sql immutable as
    $$ select (lpad(to_hex(kind), 8, '0') || '-' || substr(md5(kind || '/' || n), 1, 4) || '-4' || substr(md5(kind || '/' || n), 5, 3)
        || '-8' || substr(md5(kind || '/' || n), 8, 3) || '-' || lpad(to_hex(n), 12, '0'))::uuid $$;
create function pg_temp.bytes(n bigint, length integer) returns bytea language sql immutable as
    $$ select substr(sha512(n::text::bytea) || sha512((-n)::text::bytea), 1, length) $$;

insert into easel.account_account (id, created_at, mail, mail_digest, name)
select pg_temp.id(1, n), now() - n * interval '1 minute', pg_temp.bytes(n, 60), sha256(n::text::bytea), pg_temp.bytes(n + 7, 40) from generate_series(1, :people) n;
insert into keys.vault_owner (owner, wrapped) select pg_temp.id(1, n), pg_temp.bytes(n, 61) from generate_series(1, :people) n;
insert into easel.account_password (account, hash) select pg_temp.id(1, n), '$argon2id$v=19$m=47104,t=1,p=1$' || md5(n::text) from generate_series(1, :people) n;
insert into easel.account_consent (account, studio, version) select pg_temp.id(1, n), 'portrait', 1 from generate_series(1, :people) n;
insert into easel.account_session (digest, account, created_at, seen_at, expires_at, how)
select sha256(('session ' || n || '/' || k)::bytea), pg_temp.id(1, n), now() - interval '1 day', now(), now() + interval '29 days', 'password'
  from generate_series(1, :people) n, generate_series(1, 2) k;
insert into easel.account_visit (account, at, seen, deadline)
select pg_temp.id(1, n), now() - k * interval '9 days', pg_temp.bytes(n + k, 80), now() + (90 - 9 * k) * interval '1 day'
  from generate_series(1, :people) n, generate_series(1, 5) k;

insert into easel.generation_upload (id, owner, photo, view, name, width, height, has_face, crop, warnings, created_at, deadline)
select pg_temp.id(2, 3 * n + k), pg_temp.id(1, n), pg_temp.id(4, 3 * n + k), pg_temp.id(5, 3 * n + k), pg_temp.bytes(n, 40), 3000, 4000, true, '{200,300,2400,3050}', '{}',
       now() - m.ago, now() - m.ago + interval '23 hours 58 minutes'
  from generate_series(1, :people) n, generate_series(0, 2) k, lateral (select ((n * 7919 + k * 104729) % 86000) * interval '1 second' as ago) m;
insert into easel.vault_object (id, owner, kind, state, size, digest, created_at, deadline)
select v.id, u.owner, v.kind, 'stored', 900000, sha256(u.id::text::bytea), u.created_at, u.deadline
  from easel.generation_upload u, lateral (values (u.photo, 'upload'), (u.view, 'view')) v (id, kind);
-- Of each photo three or four portraits; of the newest some are still waiting.
insert into easel.generation_run (id, owner, upload, style, seed, crop, state, done, attempt, job, result, before, width, height, engine, version, tokens,
        created_at, queued_at, started_at, finished_at, deadline)
select pg_temp.id(3, 10 * p.n + i), pg_temp.id(1, p.n), pg_temp.id(2, 3 * p.n + i % 3), (array['rough-sketch', 'detailed-sketch', 'light-colouring', 'artistic'])[1 + i / 3], 4711 + i, '{200,300,2400,3050}',
       case when w.waits then 'queued' else 'done' end, case when w.waits then 0 else 1 end, 1, 10 * p.n + i,
       case when not w.waits then pg_temp.id(6, 10 * p.n + i) end, case when not w.waits then pg_temp.id(7, 10 * p.n + i) end, 1265, 1581, 'Easel built-in', '1', 1,
       u.created_at + interval '1 minute', u.created_at + interval '1 minute', case when not w.waits then u.created_at + interval '70 seconds' end,
       case when not w.waits then u.created_at + interval '74 seconds' end, u.deadline
  from generate_series(1, :people) p (n) cross join generate_series(0, 9) i
  join easel.generation_upload u on u.id = pg_temp.id(2, 3 * p.n + i % 3)
 cross join lateral (select p.n % 10000 = 0 and i = 9 as waits) w;
insert into easel.vault_object (id, owner, kind, state, size, digest, created_at, deadline)
select v.id, r.owner, v.kind, 'stored', 1500000, sha256(r.id::text::bytea), r.created_at, r.deadline
  from easel.generation_run r, lateral (values (r.result, 'result'), (r.before, 'before')) v (id, kind) where v.id is not null;
insert into keys.vault_object (id, owner, wrapped) select id, owner, pg_temp.bytes(size, 61) from easel.vault_object;

insert into easel.ledger_gift (key, owner, kind, tokens, given_at) select 'load ' || n, pg_temp.id(1, n), 'granted', 20, now() from generate_series(1, :people) n;
insert into easel.ledger_lot (id, owner, kind, tokens, gift, created_at, expires_at)
select pg_temp.id(8, n), pg_temp.id(1, n), 'granted', 20, 'load ' || n, now() - interval '1 month', now() + interval '5 months' from generate_series(1, :people) n;
insert into easel.ledger_entry (lot, seq, owner, kind, tokens, before, held_before, frozen_before, taken_before, key, ends, at)
select pg_temp.id(8, n), 1, pg_temp.id(1, n), 'grant', 20, 0, 0, 0, 0, 'load ' || n, now() + interval '5 months', now() - interval '1 month' from generate_series(1, :people) n;
insert into easel.ledger_entry (lot, seq, owner, kind, tokens, before, held_before, frozen_before, taken_before, key, ref, settles, what, ends, at)
select pg_temp.id(8, n), 2 * i + k, pg_temp.id(1, n), case k when 0 then 'hold' else 'capture' end, 1, 20 - i + 1 - k, k, 0, 0,
       case k when 0 then 'hold ' else 'capture ' end || pg_temp.id(3, 10 * n + i - 1), pg_temp.id(3, 10 * n + i - 1)::text, case k when 1 then 2 * i end, 'Rough sketch', now() + interval '5 months', now()
  from generate_series(1, :people) n, generate_series(1, 10) i, generate_series(0, 1) k;

set session_replication_role = origin;
analyze;
