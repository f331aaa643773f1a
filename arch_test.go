// Package easel_test holds the checks of the tree itself: which way imports point, and that every package says in a
// sentence what it is.
package easel_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rings lists every package; one may import only packages of a ring before its own, so that circles are impossible and
// a part can be understood without what is above it.
var rings = [][]string{
	{"engine/graphcut", "engine/raster/vec", "internal/bearer", "internal/metrics", "internal/rounds", "internal/toolshed"},
	{"internal/fault", "internal/policy", "engine/raster", "internal/web/ui", "internal/sitter"},
	{"studios", "engine/face", "engine/golden", "engine/ingest", "engine/provenance", "engine/paper", "engine/mark", "engine/patch", "internal/postgres", "internal/egress", "internal/issuer"},
	{"internal/bucket", "internal/postgres/pgtest", "engine/matting", "engine/inpaint", "internal/sandbox", "internal/audit", "internal/provider", "internal/receipt"},
	{"internal/bucket/buckettest", "internal/backup", "engine/plan", "internal/queue", "internal/vault", "internal/ledger", "internal/memory", "internal/provider/removebg", "internal/provider/removebg/removebgfake", "internal/provider/dashscope", "internal/provider/dashscope/dashscopefake"},
	{"engine/stroke", "engine/cutout", "internal/mail", "internal/payment", "internal/payment/stripefake"},
	{"internal/account", "internal/edition", "internal/unlock"},
	{"internal/account/accounttest", "internal/payment/paymenttest"},
	{"engine/sketch", "engine/pencil", "engine/watercolour", "engine/painting"},
	{"engine/portrait"},
	{"internal/catalog", "internal/rights"},
	{"internal/generation", "internal/cutout", "internal/web/edge"},
	{"internal/web/pages", "internal/web/api", "internal/web/cutouts"},
	{"internal/app"},
	{"internal/cli"},
	{"cmd/easel"},
}

// forbidden are imports that a part of the tree must do without, and why.
var forbidden = []struct{ part, imports, why string }{
	{"engine/", "net/http", "engines have no network: pixels in, pixels out"},
	{"engine/", "database/sql", "engines have no database"},
	{"engine/", "github.com/jackc/", "engines have no database"},
	{"engine/", "os/exec", "engines start no programs"},
	{"engine/", "log", "engines return errors and report progress; they do not log"},
	{"engine/", "log/slog", "engines return errors and report progress; they do not log"},
	{"engine/", "math/rand", "every picture is reproducible from its seed: raster.Rand"},
	{"engine/", "easel/internal/", "engines can be imported by other programs"},
	{"engine/", "os", "engines touch no disk and no environment"},
	{"internal/web/", "easel/engine/", "pages never draw; they ask the generation service"},
	{"internal/web/", "easel/internal/postgres", "pages never query; each table has one owner package"},
}

// sourceFile is one parsed file of the tree.
type sourceFile struct {
	dir  string // relative to the root, slash-separated
	name string
	ast  *ast.File
}

func parseTree(t *testing.T) []sourceFile {
	t.Helper()
	var files []sourceFile
	set := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "tools" || name == "bin" || name == "data") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(set, path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, sourceFile{filepath.ToSlash(filepath.Dir(path)), d.Name(), parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func ringOf(dir string) int {
	return slices.IndexFunc(rings, func(ring []string) bool { return slices.Contains(ring, dir) })
}

func (f sourceFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

func TestImportsPointDown(t *testing.T) {
	for _, f := range parseTree(t) {
		if f.dir == "." || f.isTest() {
			continue
		}
		own := ringOf(f.dir)
		if own < 0 {
			t.Errorf("%s is in no ring: add it to the table in arch_test.go, as low as its imports allow", f.dir)
			continue
		}
		for _, spec := range f.ast.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			dep, ours := strings.CutPrefix(path, "easel/")
			if ours && ringOf(dep) >= own {
				t.Errorf("%s/%s imports %s, which is in the same ring or a higher one: a package may import only lower rings; move the code, or hand the higher part in as a function", f.dir, f.name, dep)
			}
		}
	}
}

func TestForbiddenImports(t *testing.T) {
	for _, f := range parseTree(t) {
		if f.isTest() {
			continue
		}
		for _, spec := range f.ast.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			for _, rule := range forbidden {
				hit := path == rule.imports || strings.HasSuffix(rule.imports, "/") && strings.HasPrefix(path, rule.imports)
				if hit && strings.HasPrefix(f.dir+"/", rule.part) {
					t.Errorf("%s/%s imports %s: %s", f.dir, f.name, path, rule.why)
				}
			}
		}
	}
}

// Names that say nothing about what is inside.
var banned = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "types", "misc", "base", "core", "shared"}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	comments := map[string]string{}
	for _, f := range parseTree(t) {
		if f.isTest() {
			continue
		}
		if _, seen := comments[f.dir]; !seen {
			comments[f.dir] = ""
		}
		if f.ast.Doc != nil {
			if comments[f.dir] != "" {
				t.Errorf("%s has two package comments", f.dir)
			}
			comments[f.dir] = f.ast.Doc.Text()
		}
	}
	for dir, comment := range comments {
		name := filepath.Base(dir)
		if !strings.HasPrefix(comment, "Package "+name+" ") && !strings.HasPrefix(comment, "Command "+name+" ") {
			t.Errorf("%s needs one package comment that begins \"Package %s …\" and says in a sentence what it is", dir, name)
		}
		if slices.Contains(banned, name) {
			t.Errorf("%s: a package is a noun that a customer or an operator would use; %q says nothing", dir, name)
		}
	}
}

// tables matches what SQL text calls a table or function of ours: its first word is the package that owns it.
var tables = regexp.MustCompile(`\b(?:easel|keys)\.([a-z]+)_[a-z_]+`)

func TestOneOwnerPerTable(t *testing.T) {
	for _, f := range parseTree(t) {
		if f.isTest() || !strings.HasPrefix(f.dir, "internal/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(f.dir, f.name))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range tables.FindAllStringSubmatch(string(text), -1) {
			if owner := match[1]; owner != strings.TrimSuffix(filepath.Base(f.dir), "test") && f.dir != "internal/postgres" {
				t.Errorf("%s/%s touches %s: only package %s does that", f.dir, f.name, match[0], owner)
			}
		}
	}
}

// out are the ways around internal/egress: clients and connections that nobody has checked. A type that is only named,
// as a parameter is, is none.
var out = map[string][]string{
	"net/http":   {"DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"},
	"net":        {"Dial", "DialIP", "DialTCP", "DialTimeout", "DialUDP", "Dialer"},
	"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
	"net/smtp":   {"Dial", "SendMail"},
}

// made are types of net/http that are a way out as soon as one is made.
var made = []string{"Client", "Transport"}

func TestNobodyElseDialsOut(t *testing.T) {
	for _, f := range parseTree(t) {
		if f.isTest() || f.dir == "internal/egress" || !strings.HasPrefix(f.dir, "internal/") && !strings.HasPrefix(f.dir, "cmd/") {
			continue
		}
		path := filepath.Join(f.dir, f.name)
		whole, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range waysOut(whole) {
			t.Errorf("%s uses %s: clients come from internal/egress, which goes only where a policy or the operator says", path, found)
		}
	}
}

// waysOut lists what in a file leads around internal/egress.
func waysOut(file *ast.File) (found []string) {
	imported := map[string]string{}
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imported[name] = path
	}
	of := func(n ast.Expr) (path, name string) {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Obj == nil {
				return imported[x.Name], s.Sel.Name
			}
		}
		return "", ""
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if path, name := of(n); slices.Contains(out[path], name) {
				found = append(found, path+"."+name)
			}
		case *ast.CompositeLit:
			if path, name := of(n.Type); path == "net/http" && slices.Contains(made, name) {
				found = append(found, path+"."+name)
			}
		case *ast.CallExpr:
			if called, ok := n.Fun.(*ast.Ident); ok && called.Name == "new" && len(n.Args) == 1 {
				if path, name := of(n.Args[0]); path == "net/http" && slices.Contains(made, name) {
					found = append(found, path+"."+name)
				}
			}
		}
		return true
	})
	return found
}

// TestNobodyElseDialsOutFinds plants every way out, so that the check is known to see them.
func TestNobodyElseDialsOutFinds(t *testing.T) {
	for code, want := range map[string]int{
		`import "net/http"; var x = http.DefaultClient`:                       1,
		`import h "net/http"; func f() { h.Get("") }`:                         1,
		`import "net/http"; var x = &http.Client{}`:                           1,
		`import "net/http"; var x = new(http.Transport)`:                      1,
		`import "net"; var d net.Dialer`:                                      1,
		`import "crypto/tls"; func f() { tls.Dial("", "", nil) }`:             1,
		`import "net/http"; func f(c *http.Client) *http.Client { return c }`: 0,
		`import "net"; func f() { net.ParseIP("") }`:                          0,
		`import "net/http"; func f(http struct{ Get int }) { _ = http.Get }`:  0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "planted.go", "package planted; "+code, 0)
		if err != nil {
			t.Fatal(err)
		}
		if found := waysOut(file); len(found) != want {
			t.Errorf("%s: found %v, want %d", code, found, want)
		}
	}
}
