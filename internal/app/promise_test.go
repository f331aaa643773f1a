package app_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/app"
	"easel/internal/policy"
	"easel/studios"
)

// promise is how one kind of data is made through the program and looked for afterwards.
type promise struct {
	make func(w *world) // nil: something else's making makes it

	// marks is a query for what the rows, objects and keys of the kind can be known by.
	marks string
	// alive is whether somebody can still have it; nil: nobody reads it through a page.
	alive func(w *world) bool
	// objects are sealed: their marks stay in the log of receipts, with a receipt for each, and nowhere else.
	objects bool
	// once is for kinds without an end of their own: it is shown by this and not by moving time.
	once func(w *world)
}

// promises has a case for every kind of data of every live studio. The declaration asks for them: a kind without a case fails.
var promises = map[string]map[policy.Kind]promise{
	"portrait": {
		policy.Upload: {make: (*world).bring, objects: true,
			marks: `select unnest(array[id, photo, view])::text from easel.generation_upload`,
			alive: func(w *world) bool { return readable(w.ana, w.photo+"/original") }},
		policy.Result: {objects: true,
			marks: `select unnest(array[id, result, before])::text from easel.generation_run`,
			alive: func(w *world) bool { return readable(w.ana, w.card+"/picture") }},
		policy.Consent: {
			make:  func(w *world) { w.must(w.app.AskPermission(w.t.Context(), w.owner["ana"], w.run())) },
			marks: `select id::text from easel.rights_permission`},
		policy.Visit: {
			marks: `select encode(digest, 'hex') from easel.account_session where account = (select id from easel.account_account where mail_digest is not null)`,
			alive: nil},
		policy.Usage: {marks: `select id::text from easel.account_visit where account = (select id from easel.account_account where mail_digest is not null)`},
		policy.Request: {
			make: func(w *world) {
				id, err := w.app.Ask(w.t.Context(), w.owner["ben"])
				w.must(err)
				w.must(w.app.Answer(w.t.Context(), w.owner["ana"], id))
			},
			marks: `select id::text from easel.rights_request`},
		policy.Order:   {marks: `select id::text from easel.payment_order`},
		policy.Person:  {once: leaves},
		policy.Receipt: {once: receipts},
		policy.Record:  {once: records},
		policy.Backup:  {once: backups},
	},
	"cutout": {
		policy.Upload: {once: inMemory},
		policy.Result: {once: inMemory},
		policy.Code: {
			make:  func(w *world) { w.must(w.app.SellCode(w.t.Context(), "cs_of_somebody")) },
			marks: `select encode(id, 'hex') from easel.unlock_sale`},
		policy.Order: {marks: `select id::text from easel.payment_order`}, // the same table, and the same clock
	},
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) run() uuid.UUID { return uuid.MustParse(w.card[strings.LastIndex(w.card, "/")+1:]) }

// due is a kind of data of a studio, on its way to its end.
type due struct {
	promise
	name  string
	keep  time.Duration
	marks []string
}

// TestEveryPromiseIsKept makes a thing of every kind that the live studios declare through the real program, moves time to
// just before and to the end that the declaration names, and looks for what is left: in every table, in the bucket, among
// temporary files, in the log, and in a backup.
func TestEveryPromiseIsKept(t *testing.T) {
	if testing.Short() {
		t.Skip("in a plain build; what deletes is raced by its own tests")
	}
	all, err := studios.Load(studios.Files())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	timed, once, missing := sortOut(all)
	for _, kind := range missing {
		t.Errorf("nothing shows that the promise about %s is kept: add a case to promises", kind)
	}
	inOrder := []string{"portrait upload", "portrait permission"} // what others are made from comes first
	for _, first := range inOrder {
		for _, d := range timed {
			if d.name == first {
				d.make(w)
			}
		}
	}
	for _, d := range timed {
		if d.make != nil && !slices.Contains(inOrder, d.name) {
			d.make(w)
		}
		if d.marks = w.ask(d.promise.marks); len(d.marks) == 0 || len(w.found(d.marks...)) == 0 {
			t.Fatalf("%s: nothing of it was made", d.name)
		}
	}
	w.app.Hush()
	w.settle()
	w.report(w.unsealed())
	w.backedUp(timed)
	var gone time.Duration
	for _, d := range timed {
		if before := d.keep - time.Minute - gone; before > 0 {
			w.travel(before)
			w.rounds()
			gone += before
		}
		if d.keep-gone >= time.Minute { // else it was looked at with another of its length
			for _, o := range timed {
				if o.keep == d.keep {
					w.report(w.early(o))
				}
			}
			w.travel(d.keep + time.Second - gone)
			gone = d.keep + time.Second
			for _, o := range timed {
				if o.keep == d.keep {
					w.report(w.alive(o))
				}
			}
			w.rounds()
		}
		w.report(w.left(d))
		w.report(w.unsealed())
		if d.objects {
			w.objects = append(w.objects, d.marks...)
		}
	}
	for _, show := range once {
		show(w)
	}
}

// backedUp makes a backup of everything before it goes: the data in one place, the keys in another.
func (w *world) backedUp(timed []*due) {
	w.t.Helper()
	to := app.Places{Data: filepath.Join(w.t.TempDir(), "data"), Keys: filepath.Join(w.t.TempDir(), "keys")}
	w.places = to
	if _, err := app.Backup(w.t.Context(), w.config, w.quiet(), to, true); err != nil {
		w.t.Fatal(err)
	}
	const copied = `Keys last copied by a backup</dt><dd>` // and the page says when
	if page := w.ana.get("/admin/deletion"); !strings.Contains(page, copied+time.Now().UTC().Format("2 January 2006")) {
		w.t.Errorf("the page does not know of the backup: %s", page)
	}
	if err := app.ForgetBackups(w.t.Context(), w.config, w.quiet()); err != nil || !strings.Contains(w.ana.get("/admin/deletion"), copied+"never") {
		w.t.Errorf("after all copies were destroyed the page still knows of one, %v", err)
	}
	for _, d := range timed {
		if d.objects && len(inFolder(w.t, to.Keys, d.marks...)) == 0 {
			w.t.Errorf("%s: its keys are not in the backup of keys, so that nothing is shown about them", d.name)
		}
	}
}

// backups shows that the newest copy of the keys, the only one there is, opens nothing that was deleted.
func backups(w *world) {
	if _, err := app.Backup(w.t.Context(), w.config, w.quiet(), w.places, true); err != nil {
		w.t.Fatal(err)
	}
	w.report(w.copied())
}

// receipts shows that everything that was sealed has a receipt that stands, and that the log says nothing about anybody.
func receipts(w *world) {
	stated := 0
	for _, id := range w.objects {
		if w.app.ReceiptOf(w.t.Context(), uuid.MustParse(id)) == nil {
			stated++
		}
	}
	if stated < 4 { // photo, its copy, portrait, what it is compared with
		w.t.Errorf("only %d receipts stand", stated)
	}
	found, err := w.app.LogOfReceipts(w.t.Context())
	if err != nil || len(found.Wrong) > 0 {
		w.t.Errorf("the log of receipts: %+v, %v", found, err)
	}
	for _, row := range w.ask(`select s::text from easel.receipt_statement s where kind <> 'account'`) {
		for _, id := range w.owner {
			if strings.Contains(row, id.String()) {
				w.t.Errorf("a statement names somebody: %s", row)
			}
		}
	}
}

// records shows that what those did who run the place stays, and names nobody.
func records(w *world) {
	rows := w.tables()["easel.audit_entry"]
	if rows == "" || strings.Contains(rows, "ben@example.com") || strings.Contains(rows, photoName) {
		w.t.Errorf("the record is %q", rows)
	}
}

// leaves shows that an account goes at once when its person says so, after years as well.
func leaves(w *world) {
	w.ben = newPerson(w.t, w.origin)
	w.ben.post("/sign-in", url.Values{"mail": {"ben@example.com"}, "password": {oldPassword}})
	if !strings.Contains(w.ben.get("/account"), "ben@example.com") {
		w.t.Fatal("the account was not there any more while nobody had deleted it")
	}
	ben := w.owner["ben"].String()
	marks := append(w.ask(`select encode(mail_digest, 'hex') from easel.account_account where id = $1`, ben), w.ask(`select encode(wrapped, 'hex') from keys.vault_owner where owner = $1`, ben)...)
	if len(marks) != 2 {
		w.t.Fatalf("of the account %d marks are known", len(marks))
	}
	status, page, _ := w.ben.ask(http.MethodPost, "/account/leave", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"sure": {"yes"}, "password": {oldPassword}}.Encode()))
	receipt := regexp.MustCompile(`href="(/receipts/[^"]+)"`).FindStringSubmatch(page)
	if status != http.StatusOK || receipt == nil || !readable(newPerson(w.t, w.origin), receipt[1]) {
		w.t.Fatalf("leaving: %d, %s", status, page)
	}
	w.must(w.app.ReceiptOf(w.t.Context(), w.owner["ben"]))
	if readable(w.ben, "/account") {
		w.t.Error("the session is still good")
	}
	w.rounds()
	for _, at := range w.found(append(marks, ben, "ben@example.com")...) {
		if !strings.HasSuffix(at, ben+" in easel.receipt_statement") && !strings.HasSuffix(at, ben+" in easel.audit_entry") && !strings.Contains(at, "river.") {
			w.t.Errorf("after leaving there is %s", at)
		}
	}
}

// inMemory shows that a photo of the cutout studio is in no table, no file and no log while it is there, and that nobody has
// it after its half hour.
func inMemory(w *world) {
	strange := newPerson(w.t, w.origin)
	before := w.tables()
	page := w.upload("/cutout/", strange, [][2]string{{"kind", "background"}, {"statement", "yes"}}, http.StatusOK)
	form := url.Values{}
	for _, name := range []string{"session", "secret", "photo"} {
		m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
		if m == nil {
			w.t.Fatalf("the cutout's page has no %s:\n%s", name, page)
		}
		form.Set(name, m[1])
	}
	wait := func() (int, string) {
		status, page, _ := strange.ask(http.MethodPost, "/cutout/wait", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		return status, page
	}
	for end := time.Now().Add(time.Minute); strings.Contains(page, "data-working") && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		_, page = wait()
	}
	picture := regexp.MustCompile(`/cutout/picture/[^"]+`).FindString(page)
	if picture == "" || !readable(strange, picture) {
		w.t.Fatalf("the cutout is not there:\n%s", page)
	}
	if at := w.found(form.Get("session"), form.Get("secret")); len(at) > 0 {
		w.t.Errorf("what lives in memory is elsewhere as well: %v", at)
	}
	w.report(w.unsealed())
	for name, rows := range w.tables() {
		if strings.HasPrefix(name, "river.") || slices.Contains([]string{"easel.vault_clock", "easel.account_session", "easel.payment_event", "easel.payment_order"}, name) {
			continue // what goes on by itself
		}
		if rows != before[name] {
			w.t.Errorf("%s is not what it was before the photo was brought", name)
		}
	}
	if w.lives == 0 {
		w.lives = 28 * time.Minute
	}
	w.late.Add(int64(w.lives + time.Second))
	if status, _ := wait(); status == http.StatusOK {
		w.t.Error("after its time the session is still there")
	}
	if readable(strange, picture) {
		w.t.Error("after its time the picture is still there")
	}
}
