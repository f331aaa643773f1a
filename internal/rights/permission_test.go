package rights_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/mail"
	"easel/internal/rights"
)

// A picture is shown only after its owner's yes, which they can take back, by the letter or on their page; looking says nothing.
func TestPermissionToShow(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana, ben := t.Context(), h.person("ana@example.com"), h.person("ben@example.com")
	_, run := h.picture(ana)
	if err := h.AskPermission(ctx, ben, run, "our shop window"); !fault.Is(err, fault.Missing) {
		t.Errorf("asked by somebody who does not run the place: %v", err)
	}
	for reason, picture := range map[string]uuid.UUID{"": run, strings.Repeat("a", 501): run, "our shop window": uuid.New()} {
		if err := h.AskPermission(ctx, h.boss, picture, reason); err == nil {
			t.Errorf("asked with %.10q: no complaint", reason)
		}
	}
	h.must(h.AskPermission(ctx, h.boss, run, "our shop\nwindow"))
	if l := h.post.Last(t); l.Kind != mail.PermissionAsked || l.To != "ana@example.com" || l.Values["reason"] != "our shop window" {
		t.Fatalf("written: %+v", l)
	}
	token := h.token()
	if err := h.AskPermission(ctx, h.boss, run, "once more"); !fault.Is(err, fault.Conflict) {
		t.Errorf("asked twice: %v", err)
	}
	p, err := h.LookPermission(ctx, token)
	if err != nil || p.Answer != rights.Unanswered || p.Run != run {
		t.Fatalf("the link is about %+v, %v", p, err)
	}
	permitted := func() bool {
		_, err := h.Permitted(ctx, h.boss, p.ID)
		return err == nil
	}
	if permitted() {
		t.Error("saying nothing is no")
	}
	if err := h.Answer(ctx, ben, p.ID, rights.Yes); !fault.Is(err, fault.Missing) {
		t.Errorf("somebody else answers: %v", err)
	}
	for i, c := range []struct {
		by   func() error
		want rights.Answer
	}{
		{func() error { return h.AnswerLink(ctx, token, rights.Back) }, rights.No},
		{func() error { return h.AnswerLink(ctx, token, rights.Yes) }, rights.Yes},
		{func() error { return h.AnswerLink(ctx, token, rights.Yes) }, rights.Yes},
		{func() error { return h.Answer(ctx, ana, p.ID, rights.No) }, rights.Back},
		{func() error { return h.Answer(ctx, ana, p.ID, rights.Yes) }, rights.Yes},
		{func() error { return h.AnswerLink(ctx, token, rights.Back) }, rights.Back},
	} {
		h.must(c.by())
		all, err := h.Permissions(ctx, ana)
		if err != nil || len(all) != 1 || all[0].Answer != c.want || permitted() != (c.want == rights.Yes) {
			t.Errorf("answer %d: %+v, %v, want %s", i, all, err, c.want)
		}
	}
	if n := strings.Count(h.all("easel.rights_answer"), "\n") + 1; n != 5 {
		t.Errorf("%d answers are on record, want 5: the repeated yes is none", n)
	}
	given, err := h.Answers(ctx, ana)
	var words []rights.Answer
	for _, g := range given[p.ID] {
		words = append(words, g.Answer)
	}
	if want := []rights.Answer{rights.No, rights.Yes, rights.Back, rights.Yes, rights.Back}; err != nil || !slices.Equal(words, want) {
		t.Errorf("the answers are %v, %v; want %v", words, err, want)
	}
	if theirs, err := h.Answers(ctx, ben); err != nil || len(theirs) != 0 {
		t.Errorf("somebody else gave %v, %v", theirs, err)
	}
	if err := h.AnswerLink(ctx, token, "perhaps"); !fault.Is(err, fault.Invalid) {
		t.Errorf("perhaps: %v", err)
	}
	if others, _ := h.AllPermissions(ctx, ben); len(others) != 0 {
		t.Error("somebody who does not run the place lists them")
	}
	if all, err := h.AllPermissions(ctx, h.boss); err != nil || len(all) != 1 {
		t.Errorf("the staff see %+v, %v", all, err)
	}
}

// A permission ends with its picture: by the clock, and with its row.
func TestPermissionEndsWithThePicture(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana := t.Context(), h.person("ana@example.com")
	upload, run := h.picture(ana)
	h.must(h.AskPermission(ctx, h.boss, run, "our shop window"))
	token := h.token()
	h.must(h.AnswerLink(ctx, token, rights.Yes))
	h.wait(25 * time.Hour)
	if err := h.AnswerLink(ctx, token, rights.Yes); !fault.Is(err, fault.Missing) {
		t.Errorf("after the picture's time: %v", err)
	}
	if all, _ := h.Permissions(ctx, ana); len(all) != 0 {
		t.Errorf("after the picture's time there is %+v", all)
	}
	_, err := h.owned().Exec(ctx, `delete from easel.generation_upload where id = $1`, upload)
	h.must(err)
	if left := h.all("easel.rights_permission") + h.all("easel.rights_answer"); left != "" {
		t.Errorf("after the picture there is %s", left)
	}
	if _, err := h.LookPermission(ctx, token); !fault.Is(err, fault.Missing) {
		t.Errorf("the letter leads to %v", err)
	}
}
