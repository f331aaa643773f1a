package inpaint_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"easel/engine/inpaint"
)

// TestHiddenReport asks whether a hole's depth, or how much of the frame it takes, says how wrong its filling is: each site with
// somebody small, middling and large. It writes the rank correlations: EASEL_HIDDEN=folder.
func TestHiddenReport(t *testing.T) {
	folder := os.Getenv("EASEL_HIDDEN")
	if folder == "" {
		t.Skip("set EASEL_HIDDEN to a folder to see what says how wrong a filling is")
	}
	walker := silhouette(t)
	var depths, shares, unlike, off []float64
	for n, at := range sites {
		src := shrunk(t, at.photo)
		for _, k := range [...]float64{0.6, 1, 1.6} {
			larger := at
			larger.high *= k
			p := walker.put(src.Rect, larger, n%4 > 1)
			got, err := inpaint.Fill(t.Context(), painted(src, p), p, stays(t, at.photo, p), inpaint.Options{Seed: 1})
			if err != nil {
				continue // it says itself that too much is hidden
			}
			f := measure(t.Context(), src, got, p)
			share := float64(p.Mean(nil))
			depths, shares = append(depths, f.depth), append(shares, share)
			unlike, off = append(unlike, 1-f.ssim), append(off, -f.psnr)
			t.Logf("%s ×%.1f: depth %.3f, share %.3f, SSIM %.2f, PSNR %.1f, sharpness %.2f, smeared %.2f", at.behind, k, f.depth, share, f.ssim, f.psnr, f.sharp, f.smear[0])
		}
	}
	say := fmt.Sprintf("%d holes; rank correlation of depth with 1−SSIM %.2f, with error %.2f; of share with 1−SSIM %.2f, with error %.2f",
		len(depths), ranked(depths, unlike), ranked(depths, off), ranked(shares, unlike), ranked(shares, off))
	t.Log(say)
	if err := os.WriteFile(filepath.Join(folder, "hidden.md"), []byte(say+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ranked is Spearman's rank correlation.
func ranked(a, b []float64) float64 {
	ra, rb := ranks(a), ranks(b)
	mean := float64(len(a)-1) / 2
	var both, own float64
	for i := range ra {
		both += (ra[i] - mean) * (rb[i] - mean)
		own += (ra[i] - mean) * (ra[i] - mean)
	}
	return both / own
}

func ranks(v []float64) []float64 {
	at := make([]int, len(v))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(i, j int) int { return cmp.Or(cmp.Compare(v[i], v[j]), i-j) })
	out := make([]float64, len(v))
	for rank, i := range at {
		out[i] = float64(rank)
	}
	return out
}
