package app_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"easel/internal/app"
	"easel/internal/fault"
	"easel/internal/postgres/pgtest"
	"easel/studios"
)

func TestSettingsAboutSigningIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  string // NAME=value, one a line
		want string // of the refusal; "" = accepted
	}{
		"nothing":                 {"", ""},
		"the pretended issuer":    {"EASEL_OIDC=demo", ""},
		"Google":                  {"EASEL_OIDC=google\nEASEL_OIDC_CLIENT_ID=a\nEASEL_OIDC_CLIENT_SECRET=b\nEASEL_PUBLIC_URL=https://easel.example", ""},
		"another issuer":          {"EASEL_OIDC_ISSUER=https://sso.example/realm\nEASEL_OIDC_CLIENT_ID=a\nEASEL_OIDC_CLIENT_SECRET=b", ""},
		"one on this machine":     {"EASEL_OIDC_ISSUER=http://127.0.0.1:9000\nEASEL_OIDC_CLIENT_ID=a\nEASEL_OIDC_CLIENT_SECRET=b", ""},
		"pretended, for everyone": {"EASEL_OIDC=demo\nEASEL_PUBLIC_URL=https://easel.example", "lets anybody be anybody, so it works only where nobody but this machine gets in"},
		"pretended, on all addresses": {"EASEL_OIDC=demo\nEASEL_ADDRESS=0.0.0.0:8080\nEASEL_PUBLIC_URL=http://localhost:8080",
			"lets anybody be anybody"},
		"pretended and real":   {"EASEL_OIDC=demo\nEASEL_OIDC_ISSUER=https://sso.example", "the issuer is pretended or real"},
		"a word":               {"EASEL_OIDC=facebook", "it must be google or demo"},
		"Google twice":         {"EASEL_OIDC=google\nEASEL_OIDC_ISSUER=https://sso.example\nEASEL_OIDC_CLIENT_ID=a\nEASEL_OIDC_CLIENT_SECRET=b", "Google's is known already"},
		"no secret":            {"EASEL_OIDC=google\nEASEL_OIDC_CLIENT_ID=a", "EASEL_OIDC_CLIENT_SECRET"},
		"no issuer":            {"EASEL_OIDC_CLIENT_ID=a\nEASEL_OIDC_CLIENT_SECRET=b", "for which issuer is it"},
		"no encryption":        {"EASEL_OIDC_ISSUER=http://sso.example\nEASEL_OIDC_CLIENT_ID=a\nEASEL_OIDC_CLIENT_SECRET=b", "needs https"},
		"an address of no use": {"EASEL_OIDC_ISSUER=sso.example", "EASEL_OIDC_ISSUER: it must begin with https://"},
	} {
		env := map[string]string{}
		for line := range strings.Lines(c.env) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			env[name] = value
		}
		_, err := app.ReadConfig(func(name string) string { return env[name] })
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

// An issuer is told who comes here, so that the policy has to name it, or the program does not start.
func TestAnIssuerThatThePolicyDoesNotNameStopsTheStart(t *testing.T) {
	t.Parallel()
	data, err := fs.ReadFile(studios.Files(), "portrait.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const none = "recipients: []"
	if !strings.Contains(string(data), none) {
		t.Fatal("portrait.yaml names recipients already; write this test anew")
	}
	start := func(recipients, oidc string) error {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "portrait.yaml"), []byte(strings.Replace(string(data), none, recipients, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		env := map[string]string{"EASEL_ADDRESS": "127.0.0.1:0", "EASEL_DATA": t.TempDir(), "DATABASE_URL": pgtest.Address(t), "EASEL_STUDIOS": dir,
			"EASEL_OIDC_CLIENT_ID": "a", "EASEL_OIDC_CLIENT_SECRET": "b"}
		name, value, _ := strings.Cut(oidc, "=")
		env[name] = value
		config, err := app.ReadConfig(func(name string) string { return env[name] })
		if err != nil {
			t.Fatal(err)
		}
		a, err := app.New(t.Context(), config, pgtest.Log(t))
		if err != nil {
			return err
		}
		return a.Close()
	}
	named := func(hosts string) string {
		return "recipients:\n  - name: Google\n    role: sign-in\n    hosts: [" + hosts + "]\n    data: [visit, usage, account]\n    receives: that you sign in here\n    why: because you asked it to say who you are\n"
	}
	const google = "accounts.google.com, oauth2.googleapis.com, www.googleapis.com"
	for name, c := range map[string]struct{ recipients, oidc, want string }{
		"Google, not named":         {none, "EASEL_OIDC=google", "the sign-in at accounts.google.com is not named in the policy of the studio"},
		"Google, half of it named":  {named("accounts.google.com"), "EASEL_OIDC=google", "oauth2.googleapis.com is not named"},
		"Google, named":             {named(google), "EASEL_OIDC=google", ""},
		"named for something else":  {strings.Replace(named("sso.example.org"), "role: sign-in", "role: bucket", 1), "EASEL_OIDC_ISSUER=https://sso.example.org", "sso.example.org is not named"},
		"another, named":            {named("sso.example.org"), "EASEL_OIDC_ISSUER=https://sso.example.org", ""},
		"one on this machine alone": {none, "EASEL_OIDC_ISSUER=http://127.0.0.1:9000", ""},
	} {
		if err := start(c.recipients, c.oidc); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestASmallPictureHoldsPixelsAndNothingElse(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for y := range 200 { // red in the middle, white at the sides that are cut off
		for x := 50; x < 250; x++ {
			img.SetNRGBA(x, y, color.NRGBA{R: 200, A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	// A text chunk after the head, as cameras and programs write them.
	said := []byte("tEXtComment\x00taken at home")
	extra := binary.BigEndian.AppendUint32(nil, uint32(len(said)-4))
	extra = binary.BigEndian.AppendUint32(append(extra, said...), crc32.ChecksumIEEE(said))
	whole := slices.Concat(b.Bytes()[:33], extra, b.Bytes()[33:])
	small := app.Smaller()
	data, err := small(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	got, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil || got.Bounds().Dx() != 192 || got.Bounds().Dy() != 192 {
		t.Fatalf("%v, %v", got.Bounds(), err)
	}
	for _, at := range []image.Point{{3, 3}, {96, 96}, {188, 188}} {
		if r, g, _, _ := got.At(at.X, at.Y).RGBA(); r>>8 < 180 || g>>8 > 40 {
			t.Errorf("at %v it is not red", at)
		}
	}
	if bytes.Contains(data, []byte("home")) {
		t.Error("what the file carried is in the picture")
	}
	for name, c := range map[string]struct {
		data []byte
		want fault.Kind
	}{"no picture": {[]byte("<html>not here</html>"), fault.Refused}, "nothing": {nil, fault.Refused}, "half of one": {whole[:len(whole)/2], fault.Refused}} {
		if _, err := small(t.Context(), c.data); !fault.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
