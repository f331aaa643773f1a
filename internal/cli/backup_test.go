package cli_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"easel/internal/bucket/buckettest"
	"easel/internal/sitter"
)

// runIn runs the program with a data folder and returns what it printed and how it ended.
func runIn(t *testing.T, data string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asServer+"=1", "DATABASE_URL=", "EASEL_DATA="+data)
	text, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

func must(t *testing.T, data string, args ...string) string {
	t.Helper()
	out, code := runIn(t, data, args...)
	if code != 0 {
		t.Fatalf("easel %s: exit %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// get returns the status and the body of a page.
func (v visitor) get(path string) (int, []byte) {
	v.s.t.Helper()
	answer, err := v.Do(v.request("GET", path, nil, ""))
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	return answer.StatusCode, body
}

// signedIn returns somebody who has opened the link that `easel admin add` printed.
func signedIn(t *testing.T, s *server, address string) visitor {
	t.Helper()
	link := signInLink.FindStringSubmatch(admin(t, s.data, address, "ada@example.com"))
	if link == nil {
		t.Fatal("no link was printed")
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := visitor{&http.Client{Jar: jar, Timeout: time.Minute}, s}
	if _, at := v.page(v.request("POST", link[1], nil, "")); at.Path != "/portrait/" {
		t.Fatalf("the link leads to %s", at.Path)
	}
	return v
}

// TestALostDisk is what an operator does: a backup beside the running server, a new server's key, the keys copied again, the disk
// is lost, a restore that is killed twice and run again. What was kept is there, what was deleted is not, and everybody signs in
// again.
func TestALostDisk(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build: what it runs are other processes")
	}
	dir := t.TempDir()
	data, copies, keys := filepath.Join(dir, "data"), filepath.Join(dir, "copies"), filepath.Join(dir, "keys")
	address := freeAddress(t)
	s := startServer(t, data, address)
	v := signedIn(t, s, address)
	kept, gone := v.bring(disc(t)), v.bring(sitter.Portrait(t))
	_, before := v.get(kept + "/original")
	must(t, data, "backup", "--data", copies, "--keys", keys)
	if out := must(t, data, "keys", "rotate"); !strings.Contains(out, "The server's key number 1 is in use") {
		t.Errorf("easel keys rotate: %s", out)
	}
	if err := os.Remove(filepath.Join(data, "server.key.old")); err != nil {
		t.Error(err)
	}
	if status, now := v.get(kept + "/original"); status != http.StatusOK || !bytes.Equal(before, now) {
		t.Errorf("with a new key the photo is %d, %d bytes", status, len(now))
	}
	v.page(v.request("POST", gone+"/delete", nil, ""))
	must(t, data, "backup", "--keys", keys)
	s.kill()
	s.eventually("the database has ended with the server", func() bool { return leftRunning(t, data) == "" })
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}

	restore := []string{"restore", "--data", copies, "--keys", keys}
	for range 2 { // and the power fails meanwhile
		killed(t, data, time.Duration(100+rand.IntN(500))*time.Millisecond, restore...)
	}
	const twice = "there is data of Easel in it already"
	switch out, code := runIn(t, data, restore...); {
	case code == 0 && strings.Contains(out, "0 accounts that had left since"):
	case code != 0 && strings.Contains(out, twice): // one was whole before it was killed, as what follows shows
	default:
		t.Fatalf("easel restore: exit %d\n%s", code, out)
	}
	if out, code := runIn(t, data, restore...); code == 0 || !strings.Contains(out, twice) {
		t.Errorf("restored over what is there: exit %d\n%s", code, out)
	}
	s = startServer(t, data, address)
	v.s = s
	if status, _ := v.get(kept + "/original"); status == http.StatusOK {
		t.Error("a session from before is one still")
	}
	v = signedIn(t, s, address)
	if status, after := v.get(kept + "/original"); status != http.StatusOK || !bytes.Equal(before, after) {
		t.Errorf("the photo that was kept is %d, %d bytes instead of %d", status, len(after), len(before))
	}
	if status, _ := v.get(gone + "/original"); status == http.StatusOK {
		t.Error("the photo that was deleted is there again")
	}
	if status, _ := v.get(gone); status == http.StatusOK {
		t.Error("the page of the photo that was deleted is there again")
	}
	s.stop()
}

// Places that would undo what they are for are refused before anything is done.
func TestPlacesOfBackups(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no keys":             {[]string{"backup", "--data", dir + "/a"}, "the place of the keys is missing"},
		"the same place":      {[]string{"backup", "--data", dir + "/a", "--keys", dir + "/a"}, "two places"},
		"one in the other":    {[]string{"backup", "--data", dir + "/a", "--keys", dir + "/a/keys"}, "two places"},
		"below the data":      {[]string{"backup", "--keys", data + "/keys"}, "would be lost with it"},
		"ended, with a place": {[]string{"backup", "--ended", "--keys", dir + "/a"}, "give nothing else with it"},
		"a strange address":   {[]string{"backup", "--keys", "ftp://x/y"}, "cannot be used"},
		"a host nobody names": {[]string{"restore", "--data", dir + "/a", "--keys", "s3://b?endpoint=https://s3.example.org"}, "s3.example.org"},
		"no data":             {[]string{"restore", "--keys", dir + "/a"}, "the place of the data is missing"},
	} {
		if out, code := runIn(t, data, c.args...); code == 0 || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit %d, %s", name, code, out)
		}
	}
}

// killed runs the program and kills it after a while.
func killed(t *testing.T, data string, after time.Duration, args ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asServer+"=1", "DATABASE_URL=", "EASEL_DATA="+data)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer end.Stop()
	if err := cmd.Wait(); err == nil && !strings.Contains(said.String(), "Restored") {
		t.Errorf("easel %s ended by itself: %s", strings.Join(args, " "), &said)
	}
}

// A server whose bucket is on an S3 server keeps photos there and nowhere else.
func TestAServerWithABucketElsewhere(t *testing.T) {
	place := buckettest.Versioned(t)
	for name, value := range map[string]string{"EASEL_BUCKET": place.Address, "EASEL_BUCKET_ID": place.ID, "EASEL_BUCKET_SECRET": place.Secret} {
		t.Setenv(name, value)
	}
	data := t.TempDir()
	s := startServer(t, data, freeAddress(t))
	v := newVisitor(s)
	photo := v.bring(disc(t))
	if status, got := v.get(photo + "/original"); status != http.StatusOK || len(got) == 0 {
		t.Errorf("the photo is %d, %d bytes", status, len(got))
	}
	if buckettest.Versions(t, place) == 0 {
		t.Error("the bucket is empty")
	}
	if _, err := os.Stat(filepath.Join(data, "pictures")); err == nil {
		t.Error("there is a folder of pictures as well")
	}
	s.stop()
}
