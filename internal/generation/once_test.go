package generation

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"easel/internal/fault"
)

func TestARequestIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	print := func(text string) func() ([]byte, error) {
		return func() ([]byte, error) { return append(make([]byte, 31), text...), nil }
	}
	want, times := Made{Upload: uuid.New(), Runs: []uuid.UUID{uuid.New()}}, 0
	do := func() (Made, []byte, error) {
		times++
		asked, err := print("a")()
		return want, asked, err
	}
	for i := range 3 {
		made, again, err := st.Once(t.Context(), st.owner, "first", do, print("a"))
		if err != nil || made.Upload != want.Upload || made.Runs[0] != want.Runs[0] || again != (i > 0) || times != 1 {
			t.Fatalf("time %d: %+v, %v, %v; carried out %d times", i+1, made, again, err, times)
		}
	}
	_, _, err := st.Once(t.Context(), st.owner, "first", do, print("b"))
	wantFault(t, "another request under the same name", err, fault.Invalid)
	if _, again, err := st.Once(t.Context(), st.person(), "first", do, print("a")); err != nil || again || times != 2 {
		t.Errorf("somebody else's request of that name: %v, %v", again, err)
	}
	for range 2 {
		if _, again, err := st.Once(t.Context(), st.owner, "", do, print("a")); err != nil || again {
			t.Errorf("without a name: %v, %v", again, err)
		}
	}
}

func TestARequestThatFailsCanBeSentAgain(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	broken := errors.New("broken")
	asked := make([]byte, 32)
	if _, _, err := st.Once(t.Context(), st.owner, "one", func() (Made, []byte, error) { return Made{}, nil, broken }, nil); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	_, _, err := st.Once(t.Context(), st.owner, "one", func() (Made, []byte, error) {
		_, _, err := st.Once(t.Context(), st.owner, "one", nil, nil)
		wantFault(t, "while it is being carried out", err, fault.Conflict)
		st.exec(`update easel.generation_request set begun_at = now() - interval '16 minutes'`)
		if _, again, err := st.Once(t.Context(), st.owner, "one", func() (Made, []byte, error) { return Made{Runs: []uuid.UUID{}}, asked, nil }, nil); err != nil || again {
			t.Errorf("after its process was lost: %v, %v", again, err)
		}
		return Made{Runs: []uuid.UUID{}}, asked, nil
	}, nil)
	if err != nil {
		t.Error(err)
	}
}
