package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"easel/internal/postgres/pgtest"
)

// rows returns the first column of a query.
func rows(t *testing.T, conn *pgx.Conn, sql string) []string {
	t.Helper()
	r, err := conn.Query(context.Background(), sql)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(r, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func ownerConn(t *testing.T) *pgx.Conn {
	t.Helper()
	_, owner := pgtest.Addresses(t)
	conn, err := pgx.Connect(context.Background(), owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// open are the tables without row-level security: they hold nothing about a person.
var open = []string{
	"easel.postgres_migration", // names and digests of our own files
	"easel.vault_server",       // the fingerprint of the server's key
}

// rules are queries that find what must not be there, each with the sentence for whoever put it there.
var rules = []struct{ name, say, sql string }{
	{"tables without row-level security", "enable it, force it and write a policy (migrations/README.md)", `
		select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		 where n.nspname in ('easel', 'keys') and c.relkind in ('r', 'p')
		   and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))`},
	{"policies of the application that ask anything but who is calling", "compare a column with easel.caller() and nothing else, in using and in with check", `
		select p.polrelid::regclass || ' ' || p.polname from pg_policy p
		 where (p.polroles && array[0::oid, 'easel_app'::regrole::oid])
		   and (p.polcmd <> 'a' and coalesce(pg_get_expr(p.polqual, p.polrelid), '') !~ '^\([a-z_]+ = easel\.caller\(\)\)$'
		        or p.polcmd in ('*', 'a', 'w') and coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') !~ '^\([a-z_]+ = easel\.caller\(\)\)$')`},
	{"policies for everybody", "name the role that a policy is for", `
		select p.polrelid::regclass || ' ' || p.polname from pg_policy p where 0 = any (p.polroles)`},
	{"views that obey their maker's rights", "create them with (security_invoker = true)", `
		select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		 where n.nspname in ('easel', 'keys') and c.relkind in ('v', 'm')
		   and not coalesce(c.reloptions @> array['security_invoker=true'], false)`},
	{"definer functions with an open search path", "add: set search_path = pg_catalog, pg_temp", `
		select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		 where n.nspname in ('easel', 'keys', 'river') and p.prosecdef
		   and not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)`},
	{"definer functions of a powerful role", "give them to the role of roles.sql that is for this", `
		select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		 where n.nspname in ('easel', 'keys', 'river') and p.prosecdef and p.proowner not in ('easel_auth'::regrole, 'easel_sweep'::regrole, 'easel_ledger'::regrole, 'easel_payment'::regrole, 'easel_support'::regrole)`},
	{"things that everybody may use", "revoke them from public", `
		select 'function ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
		       aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
		 where n.nspname in ('easel', 'keys', 'river') and a.grantee = 0
		union all
		select 'table ' || c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
		 where n.nspname in ('easel', 'keys', 'river') and a.grantee = 0
		union all
		select 'schema ' || n.nspname from pg_namespace n, aclexplode(n.nspacl) a
		 where n.nspname in ('easel', 'keys', 'river') and a.grantee = 0
		union all
		select 'may create in schema ' || n.nspname from pg_namespace n, aclexplode(n.nspacl) a
		 where n.nspname not like 'pg_%' and a.grantee = 0 and a.privilege_type = 'CREATE'`},
	{"things that the application owns", "make them as easel_owner, in a migration", `
		select c.oid::regclass::text from pg_class c where c.relowner = 'easel_app'::regrole
		union all select p.oid::regprocedure::text from pg_proc p where p.proowner = 'easel_app'::regrole
		union all select n.nspname::text from pg_namespace n where n.nspowner = 'easel_app'::regrole`},
	{"roles that can do too much", "no role of Easel is a superuser, bypasses row-level security or makes roles, and only easel_app logs in", `
		select rolname::text from pg_roles
		 where rolname in ('easel_owner', 'easel_app', 'easel_auth', 'easel_sweep', 'easel_ledger', 'easel_payment', 'easel_support')
		   and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolcanlogin <> (rolname = 'easel_app'))`},
	{"roles that the application could become", "easel_app is a member of nothing", `
		select roleid::regrole::text from pg_auth_members where member = 'easel_app'::regrole`},
	{"schemas in which function owners can still create", "the migration takes the right back; something else gave it", `
		select r.rolname || ' in ' || n.nspname from pg_namespace n, pg_roles r
		 where n.nspname in ('easel', 'keys', 'river') and r.rolname in ('easel_app', 'easel_auth', 'easel_sweep', 'easel_ledger', 'easel_payment', 'easel_support')
		   and has_schema_privilege(r.oid, n.oid, 'create')`},
	{"keys that a function could carry out of a person's reach", "easel_auth and easel_sweep read ids of keys only", `
		select c.oid::regclass || '.' || a.attname || ' by ' || r.rolname
		  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0, pg_roles r
		 where n.nspname = 'keys' and c.relkind = 'r' and a.attname = 'wrapped' and r.rolname in ('easel_auth', 'easel_sweep', 'easel_ledger', 'easel_payment', 'easel_support')
		   and has_column_privilege(r.oid, c.oid, a.attnum, 'select')`},
	{"names that say nothing of their owner", "a table is called owner_thing", `
		select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		 where n.nspname in ('easel', 'keys') and c.relkind in ('r', 'p', 'v', 'm') and c.relname !~ '^[a-z]+_[a-z_]+$'`},
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	conn := ownerConn(t)
	for _, r := range rules {
		found := slices.DeleteFunc(rows(t, conn, r.sql), func(s string) bool { return slices.Contains(open, s) })
		if len(found) > 0 {
			t.Errorf("%s: %s: %s", r.name, strings.Join(found, ", "), r.say)
		}
	}
}

// TestCatalogueFinds plants one of each offence, so that a rule that finds nothing is known to be able to.
func TestCatalogueFinds(t *testing.T) {
	t.Parallel()
	conn := ownerConn(t)
	for _, sql := range []string{
		`create table easel.planted_bare (id int)`,
		`create table easel.planted_lax (id int)`,
		`alter table easel.planted_lax enable row level security`,
		`alter table easel.planted_lax force row level security`,
		`create policy lax on easel.planted_lax to easel_app using (easel.caller() is not null or true) with check (easel.caller() is not null or true)`,
		`create policy wide on easel.planted_lax for select using (easel.caller() is not null)`,
		`create view easel.planted_view as select 1 as one`,
		`create function easel.planted_open() returns int language sql security definer as 'select 1'`,
		`grant select on easel.planted_bare to public`,
		`alter table easel.planted_bare owner to easel_app`,
		`grant create on schema easel to easel_sweep`,
		`grant select on keys.vault_object to easel_auth`,
		`create table easel.planted (id int)`,
	} {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	roles := map[string]bool{"roles that can do too much": true, "roles that the application could become": true} // shared by all databases
	for _, r := range rules {
		if len(rows(t, conn, r.sql)) == 0 && !roles[r.name] {
			t.Errorf("the rule against %q found nothing", r.name)
		}
	}
}
