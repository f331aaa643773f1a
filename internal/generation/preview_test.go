package generation

import (
	"bytes"
	"image/jpeg"
	"testing"

	"github.com/google/uuid"

	"easel/internal/fault"
)

func TestPreviewsAreSmallAndOnlyForTheOwner(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	for _, style := range []string{"rough-sketch", "artistic"} {
		data, err := st.Preview(t.Context(), st.owner, u.ID, style)
		if err != nil {
			t.Fatal(err)
		}
		size, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || max(size.Width, size.Height) != previewSide {
			t.Errorf("the preview is %d×%d pixels (%v), want a longest side of %d", size.Width, size.Height, err, previewSide)
		}
		again, err := st.Preview(t.Context(), st.owner, u.ID, style)
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("a second look is another picture (%v)", err)
		}
		_, err = st.Preview(t.Context(), st.person(), u.ID, style)
		wantFault(t, "a stranger's look", err, fault.Missing)
	}
	_, err := st.Preview(t.Context(), st.owner, u.ID, "crayon")
	wantFault(t, "a style that does not exist", err, fault.Missing)
	_, err = st.Preview(t.Context(), st.owner, uuid.New(), "artistic")
	wantFault(t, "a photo that does not exist", err, fault.Missing)
	if len(st.jobs) != 0 || st.count("easel.generation_run") != 0 {
		t.Error("a preview queued something")
	}
	if err := st.DeleteUpload(t.Context(), st.owner, u.ID); err != nil {
		t.Fatal(err)
	}
	_, err = st.Preview(t.Context(), st.owner, u.ID, "artistic")
	wantFault(t, "the preview of a deleted photo", err, fault.Missing)
	st.previews.forget()
	if len(st.previews.kept) != 0 || st.previews.photo.plan != nil {
		t.Error("something is kept after its life")
	}
}
