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

// open are the tables without row-level security, and why: they hold nothing about a person. The queue's own tables are
// not looked at: their rows hold ids only.
var open = map[string]string{
	"easel.postgres_migration": "names and digests of our own files",
	"easel.vault_server":       "the fingerprint of the server's key",
	"keys.vault_root":          "a key of the server's, sealed under another",
	"keys.vault_server_key":    "the server's key, sealed by a key management service",
	"easel.edition_edition":    "policies as they were shown; everybody may read them",
	"easel.vault_clock":        "one row about the server's clock",
	"easel.backup_copy":        "when backups were made",
	"easel.receipt_key":        "public halves of keys",
	"easel.receipt_statement":  "what was deleted, by random id; whose it was is another table's, and the log is for everybody",
	"easel.receipt_waiting":    "numbers of statements that are not in the log yet",
	"easel.receipt_entry":      "the log's roots and signatures",
	"easel.receipt_leaf":       "which statement is where in the log",
}

// rules are queries that find what must not be there, each with the sentence for whoever put it there. ROLES stands for
// the roles of Easel that own functions.
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
	{"policies that let every row pass", "say which rows the function needs", `
		select p.polrelid::regclass || ' ' || p.polname from pg_policy p
		 where 'true' in (pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))`},
	{"tables and views in other schemas", "make them in easel or keys", `
		select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		 where n.nspname not in ('easel', 'keys', 'river', 'pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)' and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')`},
	{"views that obey their maker's rights", "create them with (security_invoker = true)", `
		select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		 where n.nspname in ('easel', 'keys') and c.relkind in ('v', 'm')
		   and not coalesce(c.reloptions @> array['security_invoker=true'], false)`},
	{"references by which a row could point into another person's", "reference (id, owner), so that both belong to one person", `
		with owned as (
			select p.polrelid as table, a.attnum as owner
			  from pg_policy p join pg_attribute a on a.attrelid = p.polrelid
			   and pg_get_expr(p.polqual, p.polrelid) = format('(%I = easel.caller())', a.attname)
			 where 'easel_app'::regrole = any (p.polroles)
		)
		select k.conrelid::regclass || ' ' || k.conname
		  from pg_constraint k join owned o on o.table = k.conrelid join owned r on r.table = k.confrelid
		 where k.contype = 'f' and not exists (
			select from unnest(k.conkey, k.confkey) pair (own, their) where pair.own = o.owner and pair.their = r.owner)`},
	{"definer functions with an open search path", "add: set search_path = pg_catalog, pg_temp", `
		select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		 where n.nspname in ('easel', 'keys', 'river') and p.prosecdef
		   and not coalesce(p.proconfig @> array['search_path=pg_catalog, pg_temp'], false)`},
	{"definer functions of a powerful role", "give them to the role of roles.sql that is for this", `
		select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		 where n.nspname in ('easel', 'keys', 'river') and p.prosecdef and p.proowner::regrole::text <> all (ROLES)`},
	{"things that everybody may use", "revoke them from public", `
		select 'function ' || p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
		       aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
		 where n.nspname in ('easel', 'keys', 'river') and a.grantee = 0
		union all
		select 'table ' || c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
		 where n.nspname in ('easel', 'keys', 'river') and a.grantee = 0
		union all
		select 'column ' || t.attrelid::regclass || '.' || t.attname from pg_attribute t join pg_class c on c.oid = t.attrelid
		       join pg_namespace n on n.oid = c.relnamespace, aclexplode(t.attacl) a
		 where n.nspname in ('easel', 'keys', 'river') and a.grantee = 0
		union all
		select 'schema ' || n.nspname from pg_namespace n, aclexplode(n.nspacl) a
		 where n.nspname in ('easel', 'keys', 'river') and a.grantee = 0
		union all
		select 'may create in schema ' || n.nspname from pg_namespace n, aclexplode(n.nspacl) a
		 where n.nspname not like 'pg_%' and a.grantee = 0 and a.privilege_type = 'CREATE'
		union all
		select 'what is made in ' || coalesce(d.defaclnamespace::regnamespace::text, 'any schema') from pg_default_acl d, aclexplode(d.defaclacl) a
		 where a.grantee = 0`},
	{"rights that go around row-level security", "TRUNCATE, REFERENCES and TRIGGER are its owner's alone, and nobody may pass a right on", `
		select distinct a.privilege_type || ' on ' || c.oid::regclass || ' by ' || a.grantee::regrole
		  from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
		 where n.nspname in ('easel', 'keys', 'river') and a.grantee <> c.relowner
		   and (a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN') or a.is_grantable)`},
	{"rights of roles that are not ours", "grant to the roles of roles.sql only", `
		select c.oid::regclass || ' to ' || a.grantee::regrole
		  from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
		 where n.nspname in ('easel', 'keys', 'river') and a.grantee not in (0, c.relowner) and a.grantee::regrole::text not like 'easel\_%'`},
	{"things that the application owns", "make them as easel_owner, in a migration", `
		select c.oid::regclass::text from pg_class c where c.relowner = 'easel_app'::regrole
		union all select p.oid::regprocedure::text from pg_proc p where p.proowner = 'easel_app'::regrole
		union all select n.nspname::text from pg_namespace n where n.nspowner = 'easel_app'::regrole`},
	{"roles that can do too much", "no role of Easel is a superuser or makes roles, only easel_backup bypasses row-level security, and only these two log in", `
		select rolname::text from pg_roles
		 where rolname like 'easel\_%' and rolname <> 'easel_bootstrap'
		   and (rolsuper or rolbypassrls and rolname <> 'easel_backup' or rolcreaterole or rolcreatedb or rolreplication
		        or rolcanlogin <> (rolname in ('easel_app', 'easel_backup')))`},
	{"what somebody who makes backups could change", "easel_backup reads and does nothing else", `
		select a.privilege_type || ' on ' || c.oid::regclass from pg_class c, aclexplode(c.relacl) a
		 where a.grantee = 'easel_backup'::regrole and a.privilege_type <> 'SELECT'
		union all
		select 'function ' || p.oid::regprocedure from pg_proc p, aclexplode(p.proacl) a where a.grantee = 'easel_backup'::regrole`},
	{"who could become the one who makes backups", "nobody is a member of easel_backup, and it of nothing", `
		select member::regrole || ' as ' || roleid::regrole from pg_auth_members where 'easel_backup'::regrole in (roleid, member)`},
	{"roles that the application could become", "easel_app is a member of nothing", `
		select roleid::regrole::text from pg_auth_members where member = 'easel_app'::regrole`},
	{"roles that can become others of ours", "only easel_owner is a member of the roles that own functions", `
		select member::regrole || ' as ' || roleid::regrole from pg_auth_members
		 where roleid::regrole::text = any (ROLES) and member <> 'easel_owner'::regrole`},
	{"schemas in which function owners can still create", "the migration takes the right back; something else gave it", `
		select r.rolname || ' in ' || n.nspname from pg_namespace n, pg_roles r
		 where n.nspname in ('easel', 'keys', 'river') and (r.rolname = 'easel_app' or r.rolname::text = any (ROLES))
		   and has_schema_privilege(r.oid, n.oid, 'create')`},
	{"keys that a function could carry out of a person's reach", "functions that see more than one person read ids of keys only", `
		select c.oid::regclass || '.' || a.attname || ' by ' || r.rolname
		  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0, pg_roles r
		 where n.nspname = 'keys' and c.relkind = 'r' and a.attname = 'wrapped' and r.rolname::text = any (ROLES) and r.rolname <> 'easel_support'
		   and has_column_privilege(r.oid, c.oid, a.attnum, 'select')`},
	{"names that say nothing of their owner", "a table is called owner_thing", `
		select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		 where n.nspname in ('easel', 'keys') and c.relkind in ('r', 'p', 'v', 'm') and c.relname !~ '^[a-z]+_[a-z_]+$'`},
}

// makers is what ROLES stands for: every role of ours but the owner, the application, the one that only reads, and the one that makes roles in our own
// cluster, as which nobody can log in once the server runs.
const makers = `(array(select rolname::text from pg_roles where rolname like 'easel\_%' and rolname not in ('easel_owner', 'easel_app', 'easel_backup', 'easel_bootstrap')))`

// offences returns what a rule finds.
func offences(t *testing.T, conn *pgx.Conn, sql string) []string {
	t.Helper()
	return rows(t, conn, strings.ReplaceAll(sql, "ROLES", makers))
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	conn := ownerConn(t)
	for _, r := range rules {
		found := slices.DeleteFunc(offences(t, conn, r.sql), func(s string) bool { return open[s] != "" })
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
		`create table public.planted_elsewhere (id int)`,
		`create policy every on easel.planted_lax to easel_sweep using (true)`,
		`create table easel.planted_child (owner uuid, parent uuid references easel.generation_run (id))`,
		`create policy own on easel.planted_child to easel_app using (owner = easel.caller()) with check (owner = easel.caller())`,
		`grant truncate on easel.planted_bare to easel_sweep`,
		`grant select on easel.planted_bare to pg_monitor`,
		`grant insert on easel.planted_bare to easel_backup`,
	} {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	roles := map[string]bool{ // shared by all databases
		"roles that can do too much": true, "roles that the application could become": true, "roles that can become others of ours": true,
		"who could become the one who makes backups": true}
	for _, r := range rules {
		if len(offences(t, conn, r.sql)) == 0 && !roles[r.name] {
			t.Errorf("the rule against %q found nothing", r.name)
		}
	}
}
