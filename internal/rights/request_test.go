package rights_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/audit"
	"easel/internal/fault"
	"easel/internal/mail"
	"easel/internal/policy"
	"easel/internal/rights"
)

func whats(steps []rights.Step) (all []rights.What) {
	for _, s := range steps {
		all = append(all, s.What)
	}
	return all
}

// A request of somebody signed in runs the policy's clock; each step is written down, and told to them.
func TestARequestFromThePage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana, ben := t.Context(), h.person("ana@example.com"), h.person("ben@example.com")
	r, err := h.Ask(ctx, ana, policy.AskObjection, "  Do not count my visits.\x00 ")
	h.must(err)
	if late := r.Due.Sub(r.Received); r.State != rights.Open || late <= 0 || late > 31*24*time.Hour || !r.Account || r.Channel != rights.Page {
		t.Errorf("%+v", r)
	}
	if got := h.letters("ana@example.com"); !slices.Contains(got, mail.RequestReceived) {
		t.Errorf("she was told %v", got)
	}
	if h.said("boss@example.com", mail.RequestStaff) != 1 || h.said("ben@example.com", mail.RequestStaff) != 0 {
		t.Error("those who run the place were not told, or others were")
	}
	mine, err := h.Mine(ctx, ana)
	if err != nil || len(mine) != 1 || mine[0].Said.Words != "Do not count my visits." || len(mine[0].Steps) != 1 {
		t.Fatalf("hers are %+v, %v", mine, err)
	}
	if others, err := h.Mine(ctx, ben); err != nil || len(others) != 0 {
		t.Errorf("his are %+v, %v", others, err)
	}
	if err := h.Withdraw(ctx, ben, r.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("somebody else takes it back: %v", err)
	}
	if all, err := h.Queue(ctx, ben, true); err != nil || len(all) != 0 {
		t.Errorf("somebody who does not run the place sees %+v, %v", all, err)
	}
	if _, err := h.Read(ctx, ben, r.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("and reads: %v", err)
	}
	if err := h.Act(ctx, ben, r.ID, rights.Ended, "Nothing to see."); !fault.Is(err, fault.Missing) {
		t.Errorf("and answers: %v", err)
	}
	h.must(h.Act(ctx, h.boss, r.ID, rights.Note, "She called as well."))
	h.must(h.Act(ctx, h.boss, r.ID, rights.Told, "We are looking at it."))
	h.must(h.Act(ctx, h.boss, r.ID, rights.Ended, "It is switched off."))
	if err := h.Act(ctx, h.boss, r.ID, rights.Ended, "Again."); !fault.Is(err, fault.Conflict) {
		t.Errorf("answered twice: %v", err)
	}
	if n := h.said("ana@example.com", mail.RequestStep); n != 2 {
		t.Errorf("she got %d letters about steps, want 2: a note is not for her", n)
	}
	mine, _ = h.Mine(ctx, ana)
	if got := whats(mine[0].Steps); !slices.Equal(got, []rights.What{rights.Received, rights.Told, rights.Ended}) || mine[0].State != rights.Done || mine[0].Steps[2].Words != "It is switched off." {
		t.Errorf("she sees %+v", mine[0])
	}
	f, err := h.Read(ctx, h.boss, r.ID)
	if err != nil || f.Said.Words != "Do not count my visits." || len(f.Steps) != 4 || f.Steps[1].Words != "She called as well." || f.Steps[1].Staff != h.boss {
		t.Errorf("the staff read %+v, %v", f, err)
	}
	entries, err := audit.New(h.db).List(ctx, h.boss, 0, 100)
	h.must(err)
	seen := map[string]int{}
	for _, e := range entries {
		seen[e.Action]++
	}
	if seen["rights.answer"] != 1 || seen["rights.tell"] != 1 || seen["rights.note"] != 1 || seen["support.open"] < 4 {
		t.Errorf("written down: %v", seen)
	}
	for _, table := range []string{"easel.rights_request", "easel.rights_step", "easel.audit_entry"} {
		if strings.Contains(h.all(table), "count my visits") || strings.Contains(h.all(table), "switched off") {
			t.Errorf("%s holds words as they are", table)
		}
	}
}

func TestRequestsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana := t.Context(), h.person("ana@example.com")
	for _, c := range []struct {
		kind  rights.Kind
		words string
	}{{"tea", "please"}, {"", "please"}, {policy.AskAuthority, "hand it over"}, {policy.AskAccess, ""}, {policy.AskAccess, " \n\x01 "}, {policy.AskAccess, strings.Repeat("a", 4001)}} {
		if _, err := h.Ask(ctx, ana, c.kind, c.words); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q, %.10q: %v", c.kind, c.words, err)
		}
	}
	for range 10 {
		_, err := h.Ask(ctx, ana, policy.AskAccess, "please")
		h.must(err)
	}
	if _, err := h.Ask(ctx, ana, policy.AskAccess, "please"); !fault.Is(err, fault.Conflict) {
		t.Errorf("one too many: %v", err)
	}
	mine, err := h.Mine(ctx, ana)
	h.must(err)
	h.must(h.Withdraw(ctx, ana, mine[0].ID))
	if err := h.Withdraw(ctx, ana, mine[0].ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("taken back twice: %v", err)
	}
	now := h.clock()
	for _, g := range []rights.Registration{
		{Kind: policy.AskAccess, Channel: rights.Page, Received: now, Words: "by page"},
		{Kind: policy.AskAccess, Channel: rights.Letter, Received: now.Add(time.Hour), Words: "from tomorrow"},
		{Kind: policy.AskAccess, Channel: rights.Letter, Received: now.AddDate(-1, 0, 0), Words: "from last year"},
		{Kind: policy.AskAccess, Channel: rights.Letter, Received: now, Words: "secret", Secret: true},
		{Kind: policy.AskAccess, Channel: rights.Letter, Received: now, Words: "to nobody", Mail: "Ana <ana@example.com>"},
	} {
		if _, err := h.Register(ctx, h.boss, g); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", g, err)
		}
	}
	if _, err := h.Register(ctx, ana, rights.Registration{Kind: policy.AskAccess, Channel: rights.Letter, Received: now, Words: "in my own name"}); !fault.Is(err, fault.Denied) {
		t.Errorf("registered by somebody who does not run the place: %v", err)
	}
}

// Somebody without an account is asked by a letter whether the address is theirs; only then there is a request.
func TestARequestFromOutside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	asked := rights.Asked{Kind: policy.AskChild, Words: "My son is nine.", Name: "Ida", Mail: "ida@example.org"}
	h.must(h.AskUnknown(ctx, asked))
	token := h.token()
	if all, _ := h.Queue(ctx, h.boss, true); len(all) != 0 || strings.Contains(h.all("easel.rights_pending"), "nine") {
		t.Fatalf("before the letter is opened there is %+v", all)
	}
	for range 3 {
		if kind, err := h.LookUnknown(ctx, token); err != nil || kind != policy.AskChild {
			t.Fatalf("looking: %v, %v", kind, err)
		}
	}
	r, err := h.Confirm(ctx, token)
	h.must(err)
	if r.Account || r.Subject != r.ID || r.Channel != rights.Form {
		t.Errorf("%+v", r)
	}
	for _, act := range []func(string) error{func(s string) error { _, err := h.Confirm(ctx, s); return err }, func(s string) error { _, err := h.LookUnknown(ctx, s); return err }} {
		for _, s := range []string{token, "short", strings.Repeat("A", 43)} {
			if err := act(s); !fault.Is(err, fault.Missing) {
				t.Errorf("with %q: %v", s, err)
			}
		}
	}
	f, err := h.Read(ctx, h.boss, r.ID)
	if err != nil || f.Said != (rights.Said{Words: "My son is nine.", Name: "Ida", Mail: "ida@example.org"}) {
		t.Errorf("the staff read %+v, %v", f.Said, err)
	}
	h.must(h.Act(ctx, h.boss, r.ID, rights.Denied, "There is no such data."))
	if h.said("ida@example.org", mail.RequestReceived) != 1 || h.said("ida@example.org", mail.RequestStep) != 1 {
		t.Errorf("she was told %v", h.letters("ida@example.org"))
	}
	for i := range 3 {
		if err := h.AskUnknown(ctx, asked); (err != nil) != (i == 2) && i < 2 {
			t.Errorf("letter %d: %v", i, err)
		}
	}
	asked.Mail = "IDA@example.org"
	if err := h.AskUnknown(ctx, asked); !fault.Is(err, fault.Busy) {
		t.Errorf("the same address in other letters, once too often: %v", err)
	}
	for _, wrong := range []string{"", "ida", "ida@", "Ida <ida@example.org>", "a@b\r\nBcc: c@d"} {
		asked.Mail = wrong
		if err := h.AskUnknown(ctx, asked); !fault.Is(err, fault.Invalid) {
			t.Errorf("to %q: %v", wrong, err)
		}
	}
	h.wait(31 * 24 * time.Hour)
	h.must(h.Erase(ctx))
	if left := h.all("easel.rights_request") + h.all("easel.rights_step") + keysOf(h, r.ID); left != "" {
		t.Errorf("after its time there is %s", left)
	}
}

func keysOf(h *house, owner uuid.UUID) string {
	var found string
	for line := range strings.SplitSeq(h.all("keys.vault_owner"), "\n") {
		if strings.Contains(line, owner.String()) {
			found += line
		}
	}
	return found
}

// What comes by letter runs from the day on which it arrived; the queue is by the time left; staff are reminded once before it
// is due, and once when it is late.
func TestTheClock(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana := t.Context(), h.person("ana@example.com")
	older, err := h.Register(ctx, h.boss, rights.Registration{Kind: policy.AskAccess, Channel: rights.Letter, Received: h.clock().Add(-3 * 24 * time.Hour), Name: "Ida", Words: "By post."})
	h.must(err)
	newer, err := h.Register(ctx, h.boss, rights.Registration{Kind: policy.AskAccess, Channel: rights.Phone, Received: h.clock(), Account: ana, Words: "By phone."})
	h.must(err)
	studio := studioOf(t)
	if want := studio.Due(policy.AskAccess, older.Received); !older.Due.Equal(want) || !older.Due.Before(newer.Due) {
		t.Errorf("due %v and %v, want %v", older.Due, newer.Due, want)
	}
	queue, err := h.Queue(ctx, h.boss, true)
	if err != nil || len(queue) != 2 || queue[0].ID != older.ID || queue[1].Late(h.clock()) {
		t.Fatalf("the queue is %+v, %v", queue, err)
	}
	if mine, _ := h.Mine(ctx, ana); len(mine) != 1 || mine[0].Channel != rights.Phone {
		t.Errorf("she sees %+v", mine)
	}
	remind := func(want int) {
		t.Helper()
		for range 2 { // twice is once
			h.must(h.Remind(ctx))
		}
		if n := h.said("boss@example.com", mail.RequestStaff); n != want {
			t.Errorf("%d reminders, want %d", n, want)
		}
	}
	remind(0)
	h.wait(time.Until(older.Due) - 12*time.Hour)
	remind(1)
	h.wait(13 * time.Hour)
	remind(2)
	queue, _ = h.Queue(ctx, h.boss, true)
	if !queue[0].Late(h.clock()) || queue[1].Late(h.clock()) || queue[0].Reminded != 2 {
		t.Errorf("late are %+v", queue)
	}
	f, err := h.Read(ctx, h.boss, older.ID)
	if got := whats(f.Steps); err != nil || !slices.Equal(got, []rights.What{rights.Received, rights.Reminded, rights.Overdue}) {
		t.Errorf("its steps are %v, %v", got, err)
	}
}

// A demand of an authority that its subject must not know of is nowhere in what they see; what was disclosed is written down.
func TestALawfulDemand(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana := t.Context(), h.person("ana@example.com")
	before := len(h.letters("ana@example.com"))
	r, err := h.Register(ctx, h.boss, rights.Registration{Kind: policy.AskAuthority, Channel: rights.Letter, Received: h.clock(), Account: ana, Name: "District court", Words: "Order 17/26.", Secret: true})
	h.must(err)
	h.must(h.Act(ctx, h.boss, r.ID, rights.Disclosed, "The dates of two sign-ins, to the court, by post."))
	h.must(h.Act(ctx, h.boss, r.ID, rights.Ended, "Nothing else was asked."))
	if mine, _ := h.Mine(ctx, ana); len(mine) != 0 || len(h.letters("ana@example.com")) != before {
		t.Errorf("she sees %+v and was written to", mine)
	}
	f, err := h.Read(ctx, h.boss, r.ID)
	if err != nil || f.Said.About != ana || whats(f.Steps)[1] != rights.Disclosed || f.Steps[1].Words == "" {
		t.Errorf("the record is %+v, %v", f, err)
	}
	open, err := h.Register(ctx, h.boss, rights.Registration{Kind: policy.AskAuthority, Channel: rights.Letter, Received: h.clock(), Account: ana, Words: "Order 18/26."})
	h.must(err)
	if mine, _ := h.Mine(ctx, ana); len(mine) != 1 || mine[0].ID != open.ID || h.said("ana@example.com", mail.RequestReceived) != 1 {
		t.Errorf("of one that is no secret she sees %+v", mine)
	}
	other, err := h.Ask(ctx, ana, policy.AskAccess, "please")
	h.must(err)
	if err := h.Act(ctx, h.boss, other.ID, rights.Disclosed, "Everything."); !fault.Is(err, fault.Invalid) {
		t.Errorf("disclosing what nobody demanded: %v", err)
	}
}

// The steps are only ever added to, also by whoever owns the tables; and they go with their request.
func TestStepsAreKept(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.Ask(t.Context(), h.person("ana@example.com"), policy.AskAccess, "please")
	h.must(err)
	conn := h.owned()
	for _, sql := range []string{`update easel.rights_step set at = now() - interval '1 year'`, `update easel.rights_step set what = 'done', sealed = null`,
		`update easel.rights_step set sealed = '\x00'`, `delete from easel.rights_step`} {
		if _, err := conn.Exec(t.Context(), sql); !refused(err) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := conn.Exec(t.Context(), `delete from easel.rights_request`); err != nil || h.all("easel.rights_step") != "" {
		t.Errorf("with their request: %v, %s", err, h.all("easel.rights_step"))
	}
}

// When an account goes, its requests end, and nothing of what they said is left.
func TestRequestsWhenTheAccountGoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana := t.Context(), h.person("ana@example.com")
	_, err := h.Ask(ctx, ana, policy.AskAccess, "a word that must go")
	h.must(err)
	done, err := h.Ask(ctx, ana, policy.AskAccess, "another word")
	h.must(err)
	h.must(h.Act(ctx, h.boss, done.ID, rights.Ended, "It is done."))
	if n, err := h.OpenCount(ctx, ana); err != nil || n != 1 {
		t.Errorf("%d are open, %v", n, err)
	}
	h.must(h.people.Leave(ctx, ana, h.Leave))
	var sealed int
	h.must(h.owned().QueryRow(ctx, `select (select count(sealed) from easel.rights_request) + (select count(sealed) from easel.rights_step)`).Scan(&sealed))
	if open, _ := h.Queue(ctx, h.boss, true); sealed != 0 || len(open) != 0 {
		t.Errorf("%d words are left, and %d are open", sealed, len(open))
	}
	closed, err := h.Queue(ctx, h.boss, false)
	if err != nil || len(closed) != 2 {
		t.Errorf("%+v, %v", closed, err)
	}
	if f, err := h.Read(ctx, h.boss, closed[0].ID); err != nil || f.Said.Words != "" {
		t.Errorf("%+v, %v", f, err)
	}
	h.wait(31 * 24 * time.Hour)
	h.must(h.Erase(ctx))
	if left := h.all("easel.rights_request"); left != "" {
		t.Errorf("left: %s", left)
	}
}
