package generation

import (
	"errors"
	"image"
	"testing"
)

// What is deleted while it is being stored must not stay readable until the sweep looks for unfinished objects.
func TestDeletingWhileAPortraitIsStoredLeavesNothing(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	_, jobs := st.start(u, "rough-sketch")
	r, err := st.claim(t.Context(), jobs[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := st.DeleteUpload(t.Context(), st.owner, u.ID); err != nil {
		t.Fatal(err)
	}
	img := image.NewNRGBA(image.Rect(0, 0, 10, 10))
	if err := st.store(t.Context(), jobs[0], r, img, img); !errors.Is(err, errLost) {
		t.Errorf("the portrait of a deleted photo: %v, want errLost", err)
	}
	if n := st.count("keys.vault_object"); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}

func TestAPhotoThatCannotBeKeptLeavesNothing(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	st.leave() // while the photo was on its way
	if _, err := st.Upload(t.Context(), st.owner, "x.jpg", photo(t, 200, 240)); err == nil {
		t.Error("a photo of nobody was kept")
	}
	if n := st.count("keys.vault_object"); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}
