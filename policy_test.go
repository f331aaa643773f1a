package easel_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"easel/internal/policy"
	"easel/studios"
)

// elsewhere are the places in the code that hold a length of time which some policy declares as well, and why they are not that
// promise: place → reason. A new one is explained here, or asks the policy.
var elsewhere = map[string]string{
	"internal/account/links.go:LinkSignUp":               linkWhy,
	"internal/account/links.go:LinkMail":                 linkWhy,
	"internal/account/links.go:LinkSignIn":               linkWhy,
	"internal/account/links.go:LinkFirst":                linkWhy,
	"internal/rights/stranger.go:pendingLasts":           linkWhy,
	"internal/rights/stranger.go:lasts":                  linkWhy,
	"internal/account/usage.go:today":                    dayWhy,
	"internal/account/usage.go:Usage":                    dayWhy,
	"internal/app/programs.go:useDays":                   dayWhy,
	"internal/cutout/budget.go:take":                     dayWhy,
	"internal/unlock/unlock.go:Mint":                     dayWhy,
	"internal/web/pages/admin_codes.go:day":              dayWhy,
	"internal/web/ui/clock.go:Clock":                     dayWhy,
	"internal/web/pages/own.go:ago":                      dayWhy,
	"internal/web/ui/english_rights.go:left.day.1":       dayWhy,
	"internal/rights/letters.go:soonLeast":               "when staff are reminded before a clock runs out, which the policy sets",
	"internal/rights/letters.go:soonMost":                "how far ahead staff look; nothing ends by it",
	"internal/rights/staff.go:ago":                       "how far back the arrival of a letter may be dated",
	"internal/rights/staff.go:check":                     "the same, as a sentence",
	"internal/ledger/warn.go:Before":                     "when people are told that tokens end; nothing is kept or deleted by it",
	"internal/mail/letter.go:week":                       "how long a letter is tried; the policy says \"until they are sent\"",
	"internal/queue/queue.go:longest":                    "the longest a job may run",
	"internal/cutout/budget.go:restLong":                 "how long a failing provider is left alone",
	"internal/payment/order.go:Orders":                   "for how long an order that nobody paid is listed",
	"internal/vault/clock.go:idleMost":                   "from when on a clock that nobody vouches for is doubted at a start",
	"internal/web/ui/english_account.go:keys.usage.none": "the width of a chart",
	"internal/unlock/sale.go:SoldShown":                  codeWhy,
	"internal/app/codes_sale.go:sellCodes":               codeWhy,
	"internal/web/ui/english_codes.go:codes.life":        codeWhy,
	"internal/web/ui/english_codes.go:codes.paid.say":    codeWhy,
}

const (
	linkWhy = "how long a link in a letter works, which opens something once and is no record"
	dayWhy  = "a day as a unit"
	codeWhy = "a bound in the database: a policy that keeps codes for longer is refused, and where codes are sold one that keeps them for less"
)

// TestNoPromiseStandsInTheCode looks for every length of time that a studio declares, in all Go code but the policy's own, in the
// texts and letters that people read, and finds none that is not explained above.
func TestNoPromiseStandsInTheCode(t *testing.T) {
	t.Parallel()
	promised := promisedTimes(t)
	found := map[string]bool{}
	err := filepath.WalkDir("internal", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || path == filepath.Join("internal", "policy") || strings.HasSuffix(d.Name(), "test") || strings.HasSuffix(d.Name(), "fake")):
			return filepath.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			return nil
		case strings.HasSuffix(path, ".go"):
			return inCode(path, promised, found)
		case !d.IsDir() && strings.Contains(path, "templates"):
			return inText(path, promised, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for place := range found {
		if _, explained := elsewhere[place]; !explained {
			t.Errorf("%s repeats what a policy declares; ask the policy for it, or explain in `elsewhere` why it is another thing", place)
		}
	}
	for place := range elsewhere {
		if !found[place] {
			t.Errorf("%s is explained and is not there any more", place)
		}
	}
}

// promisedTimes are the lengths of time that the studios declare, of a minute's scale and longer.
func promisedTimes(t *testing.T) map[time.Duration]string {
	t.Helper()
	all, err := studios.Open("")
	if err != nil {
		t.Fatal(err)
	}
	times := map[time.Duration]string{}
	for _, s := range all {
		for _, rule := range s.Retention {
			times[time.Duration(rule.Keep)] = rule.Keep.String()
		}
		for _, p := range []policy.Period{s.Longest, s.Hold.Longest, s.Ownership.Cure} {
			times[time.Duration(p)] = p.String()
		}
		for _, clock := range s.Requests {
			times[time.Duration(clock.Hours)*time.Hour] = clock.String()
		}
	}
	for d := range times {
		if d <= 0 {
			delete(times, d)
		}
	}
	return times
}

// inCode finds constant lengths of time, and texts that say one.
func inCode(path string, promised map[time.Duration]string, found map[string]bool) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	var names []string // of what the walk is in
	name := func(n ast.Node) string {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return n.Name.Name
		case *ast.ValueSpec:
			return n.Names[0].Name
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok {
				return id.Name
			}
			if lit, ok := n.Key.(*ast.BasicLit); ok {
				return lit.Value
			}
		}
		return ""
	}
	var walk func(ast.Node) bool
	walk = func(n ast.Node) bool {
		if in := name(n); in != "" {
			names = append(names, in)
			ast.Inspect(n, func(below ast.Node) bool { return below == n || below == nil || walk(below) })
			names = names[:len(names)-1]
			return false
		}
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if d, ok := duration(e); ok {
			if _, is := promised[d]; is {
				found[place(path, names)] = true
			}
			return false
		}
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil && says(text, promised) {
				found[place(path, names)] = true
			}
		}
		return true
	}
	ast.Inspect(file, func(n ast.Node) bool { return n == nil || walk(n) })
	return nil
}

func place(path string, names []string) string {
	if len(names) == 0 {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(path) + ":" + strings.Trim(names[len(names)-1], `"`)
}

// duration evaluates a constant such as 7 * 24 * time.Hour; ok is false for anything else, and for the units themselves.
func duration(e ast.Expr) (d time.Duration, ok bool) {
	product, ok := e.(*ast.BinaryExpr)
	if !ok || product.Op != token.MUL {
		return 0, false
	}
	value, timed := factor(product)
	if value == nil || !timed {
		return 0, false
	}
	n, exact := constant.Int64Val(value)
	return time.Duration(n), exact
}

// factor evaluates a part of a product; timed says that a unit of time is in it.
func factor(e ast.Expr) (value constant.Value, timed bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return factor(e.X)
	case *ast.BasicLit:
		if e.Kind == token.INT {
			return constant.MakeFromLiteral(e.Value, token.INT, 0), false
		}
	case *ast.SelectorExpr:
		if units := map[string]time.Duration{"Second": time.Second, "Minute": time.Minute, "Hour": time.Hour}; units[e.Sel.Name] > 0 {
			if pkg, ok := e.X.(*ast.Ident); ok && pkg.Name == "time" {
				return constant.MakeInt64(int64(units[e.Sel.Name])), true
			}
		}
	case *ast.BinaryExpr:
		if e.Op == token.MUL {
			a, at := factor(e.X)
			b, bt := factor(e.Y)
			if a != nil && b != nil {
				return constant.BinaryOp(a, token.MUL, b), at || bt
			}
		}
	}
	return nil, false
}

var spelt = regexp.MustCompile(`\b(\d+) (minutes?|hours?|days?|years?)\b`)

// says reports whether a text for people names one of the times.
func says(text string, promised map[time.Duration]string) bool {
	for _, m := range spelt.FindAllString(text, -1) {
		if p, err := policy.ParsePeriod(m); err == nil && promised[time.Duration(p)] != "" {
			return true
		}
	}
	return false
}

func inText(path string, promised map[time.Duration]string, found map[string]bool) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read a template: %w", err)
	}
	if says(string(data), promised) {
		found[filepath.ToSlash(path)] = true
	}
	return nil
}
