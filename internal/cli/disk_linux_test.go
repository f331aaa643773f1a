package cli_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// The guest of the test, whom nothing may remember: an address of a network that nobody has, and what they bring.
const (
	guestAddress = "203.0.113.77"
	guestName    = "Zwetschgenfest im Hinterhof"
)

// TestNothingOfAPictureTouchesADisk runs the server under strace while pictures with a marked pattern are brought into the
// cutout studio, cut, freed of a crowd, refined, put before another picture, unlocked and downloaded. Afterwards: no write of
// server, decoders or database holds the pattern, as it was sent or decoded, or anything of what was made, but to the guest and
// to the decoders' pipes; no file was made; the database has no row more; and once the session is wiped the pattern is nowhere
// in the server's memory.
func TestNothingOfAPictureTouchesADisk(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole program under strace is watched in a plain build")
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test needs strace: install the package strace, or run `make test`, which brings it")
	}
	t.Setenv("EASEL_PROXIES", "1")
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	data, address, trace := t.TempDir(), freeAddress(t), filepath.Join(t.TempDir(), "trace")
	startServer(t, data, address).stop() // makes the database
	codes := mint(t, data, 2)
	before := rows(t, data)

	s := startTraced(t, strace, trace, data, address)
	g := &guest{t: t, s: s}
	g.visit(codes)
	if !s.remembers([]byte(guestName)) {
		t.Error("the search of the server's memory does not find what must be there, so it proves nothing")
	}
	g.leave()
	s.forgets(g.marks())
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("the folder for temporary files holds %v", left)
	}
	tracer := tracerOf(t, s.cmd.Process.Pid)
	s.stop()
	s.eventually("strace has written everything", func() bool {
		status, err := os.ReadFile("/proc/" + tracer + "/status")
		return err != nil || bytes.Contains(status, []byte("State:\tZ")) // nobody may be there to take note of its end
	})

	checkLog(t, s.log.String(), g)
	checkWrites(t, trace, data, g)
	checkRows(t, before, rows(t, data), g, codes)
}

// mint makes codes as the operator does.
func mint(t *testing.T, data string, n int) (codes []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "codes", "mint", "--count", fmt.Sprint(n))
	cmd.Env = append(os.Environ(), asServer+"=1", "EASEL_DATA="+data, "DATABASE_URL=")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil || len(lines) != n+1 {
		t.Fatalf("%v in %s", err, out)
	}
	for _, line := range lines[1:] {
		codes = append(codes, line[0])
	}
	return codes
}

// watched are the calls by which bytes leave a process, and those by which files come about.
const watched = "write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg,sendfile,splice,vmsplice,tee,copy_file_range,mmap,memfd_create,io_uring_setup,open,openat,openat2,creat"

// startTraced starts the server with everything that it writes noted whole.
func startTraced(t *testing.T, strace, trace, data, address string) *server {
	t.Helper()
	return startAs(t, data, address, exec.Command(strace, "-D", "-f", "--seccomp-bpf", "-qq", "-xx", "-yy", "-s", "2097152", "-o", trace, "-e", "trace="+watched, "-e", "signal=none", os.Args[0], "serve"))
}

func tracerOf(t *testing.T, pid int) string {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`TracerPid:\s*(\d+)`).FindSubmatch(status)
	if found == nil || string(found[1]) == "0" {
		t.Fatal("nobody traces the server")
	}
	return string(found[1])
}

// marked is a photo whose middle rows hold a pattern that nothing else has.
type marked struct {
	file []byte      // a PNG that packs nothing, so that the pattern stands in it as it is
	rows [][3][]byte // each row of the pattern as it is sent (RGB), decoded (RGBA) and worked on (red as 32-bit floats)
}

// patternAt is where the pattern lies.
var patternAt = image.Rect(68, 62, 92, 78)

// newMarked is an orange ball before grass, or grass alone.
func newMarked(t *testing.T, ball bool) *marked {
	t.Helper()
	m, img := &marked{}, image.NewNRGBA(image.Rect(0, 0, 160, 132))
	for y := range 132 {
		for x := range 160 {
			c := color.NRGBA{40, uint8(90 + (x*7+y*13)%30), 30, 255}
			if ball && (x-80)*(x-80)+(y-70)*(y-70) < 34*34 {
				c = color.NRGBA{210, uint8(110 + (x+y)%12), 30, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	for y := patternAt.Min.Y; y < patternAt.Max.Y; y++ {
		var row [3][]byte
		for x := patternAt.Min.X; x < patternAt.Max.X; x++ {
			c := img.NRGBAAt(x, y)
			c.R, c.G, c.B = c.R-8+uint8(rand.IntN(16)), c.G-8+uint8(rand.IntN(16)), c.B-8+uint8(rand.IntN(16))
			img.SetNRGBA(x, y, c)
			row[0] = append(row[0], c.R, c.G, c.B)
			row[1] = append(row[1], c.R, c.G, c.B, 255)
			row[2] = binary.LittleEndian.AppendUint32(row[2], math.Float32bits(float32(c.R)/255))
		}
		m.rows = append(m.rows, row)
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if m.file = b.Bytes(); !bytes.Contains(m.file, m.rows[0][0]) {
		t.Fatal("the pattern is not in the file as it is sent")
	}
	return m
}

// guest is somebody in the cutout studio, without script.
type guest struct {
	t      *testing.T
	s      *server
	client http.Client

	session, secret string
	page            string
	brought         []*marked
	made            [][]byte // files that were made from what was brought
}

func (g *guest) send(method, path, kind string, body io.Reader) []byte {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.s.url+path, body)
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("X-Forwarded-For", guestAddress)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		g.t.Fatalf("%s %s: %s, %v: %s", method, path, answer.Status, err, text)
	}
	if len(answer.Cookies()) > 0 {
		g.t.Errorf("%s %s sets a cookie", method, path)
	}
	return text
}

// bring sends a form with a picture, and waits until it is no longer worked on.
func (g *guest) bring(path, field string, picture *marked, fields ...string) {
	g.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		_ = form.WriteField(fields[i], fields[i+1]) // into memory
	}
	part, _ := form.CreateFormFile(field, guestName+".png")
	_, _ = part.Write(picture.file)
	_ = form.Close()
	page := g.send("POST", path, form.FormDataContentType(), &body)
	g.brought = append(g.brought, picture)
	g.settled(string(page))
}

func (g *guest) settled(page string) {
	g.t.Helper()
	g.page = page
	find := func(name string) string {
		found := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
		if found == nil {
			g.t.Fatalf("there is no %s in\n%s", name, page)
		}
		return found[1]
	}
	g.session, g.secret = find("session"), find("secret")
	for strings.Contains(g.page, "data-working") {
		g.page = g.post("/cutout/wait", nil)
	}
}

func (g *guest) post(path string, form url.Values) string {
	g.t.Helper()
	form = maps.Clone(form)
	if form == nil {
		form = url.Values{}
	}
	form.Set("session", g.session)
	form.Set("secret", g.secret)
	text := g.send("POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	return string(text)
}

// visit does all that the studio offers.
func (g *guest) visit(codes []string) {
	g.t.Helper()
	photos := regexp.MustCompile(`data-photo="([^"]+)"`)
	g.bring("/cutout/", "photo", newMarked(g.t, true), "kind", "background", "statement", "yes")
	first := photos.FindStringSubmatch(g.page)[1]
	g.settled(g.post("/cutout/do", url.Values{"photo": {first}, "do": {"draw"}, "strokes": {"keep 5 80,64 80,76"}}))
	g.bring("/cutout/ground", "picture", newMarked(g.t, false), "session", g.session, "secret", g.secret, "photo", first, "ground", "picture", "shadow", "yes")
	g.bring("/cutout/", "photo", newMarked(g.t, false), "session", g.session, "secret", g.secret, "kind", "crowd")
	second := photos.FindAllStringSubmatch(g.page, -1)[1][1]
	g.settled(g.post("/cutout/do", url.Values{"photo": {second}, "do": {"draw"}, "strokes": {"remove 6 20,100 40,100"}}))
	g.pictures()
	g.settled(g.post("/cutout/do", url.Values{"photo": {second}, "do": {"fill"}}))
	g.pictures()
	archive := g.post("/cutout/download", url.Values{"all": {"yes"}, "code": {strings.Join(codes, " ")}, "format": {"png"}})
	g.unpack([]byte(archive))
}

// pictures looks at every picture of the page.
func (g *guest) pictures() {
	g.t.Helper()
	found := regexp.MustCompile(`/cutout/picture/[\w-]+`).FindAllString(g.page, -1)
	slices.Sort(found)
	for _, at := range slices.Compact(found) {
		file := g.send("GET", at, "", nil)
		g.made = append(g.made, file)
	}
}

// unpack looks at the full pictures: the pattern has to be in them, or the test would look for what is nowhere.
func (g *guest) unpack(archive []byte) {
	g.t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil || len(z.File) != 2 {
		g.t.Fatalf("the archive does not hold two pictures: %v", err)
	}
	for i, name := range []string{guestName + "-background.png", guestName + "-crowd.png"} {
		f := z.File[i]
		r, err := f.Open()
		if err != nil {
			g.t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || f.Name != name {
			g.t.Errorf("the archive holds %q, %v", f.Name, err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			g.t.Fatal(err)
		}
		var row []byte
		for x := patternAt.Min.X; x < patternAt.Max.X; x++ {
			c := color.NRGBAModel.Convert(img.At(x, patternAt.Min.Y)).(color.NRGBA)
			row = append(row, c.R, c.G, c.B, c.A)
		}
		if want := g.brought[2*i].rows[0][1]; !bytes.Equal(row, want) {
			g.t.Errorf("%s has %v where its photo has %v", f.Name, row, want)
		}
		g.made = append(g.made, data)
	}
}

func (g *guest) leave() {
	g.t.Helper()
	if page := g.post("/cutout/end", nil); !strings.Contains(page, "session is wiped") {
		g.t.Errorf("the end answers %s", page)
	}
	g.client.CloseIdleConnections()
}

// marks are what is looked for: rows of the patterns in every form, and pieces from the middle of what was made.
func (g *guest) marks() (all [][]byte) {
	for _, m := range g.brought {
		for _, n := range []int{0, len(m.rows) / 2} {
			all = append(all, m.rows[n][:]...)
		}
	}
	for _, file := range g.made {
		if at := len(file) / 2; at > 400 {
			all = append(all, file[at:at+64])
		}
	}
	return all
}

// remembers reports whether something stands in the memory of the server.
func (s *server) remembers(what []byte) bool { return s.held([][]byte{what}) != "" }

// held returns where in the server's memory something is found, or "".
func (s *server) held(marks [][]byte) string {
	s.t.Helper()
	proc := fmt.Sprintf("/proc/%d/", s.cmd.Process.Pid)
	areas, err := os.ReadFile(proc + "maps")
	if err != nil {
		s.t.Fatal(err)
	}
	mem, err := os.Open(proc + "mem")
	if err != nil {
		s.t.Fatal(err)
	}
	defer mem.Close()
	buffer := make([]byte, 4<<20)
	for area := range strings.Lines(string(areas)) {
		var from, to int64
		var access string
		if _, err := fmt.Sscanf(area, "%x-%x %s", &from, &to, &access); err != nil || access[0] != 'r' || strings.Contains(area, "[v") {
			continue
		}
		for at := from; at < to; at += int64(len(buffer)) - 4096 {
			n, _ := mem.ReadAt(buffer[:min(int64(len(buffer)), to-at)], at) // what was never touched reads as nothing
			for i, m := range marks {
				if found := bytes.Index(buffer[:n], m); found >= 0 {
					return fmt.Sprintf("mark %d of %d at %x in %s: %q", i, len(marks), at+int64(found), strings.TrimSpace(area), buffer[max(0, found-64):min(n, found+128)])
				}
			}
		}
	}
	return ""
}

// piecesMost is how many of the marks the runtime may leave in small pieces.
const piecesMost = 2

// forgets waits until nothing is left in the server's memory: it gives back what was worked on every two seconds.
func (s *server) forgets(marks [][]byte) {
	s.t.Helper()
	left := ""
	for range 60 {
		if left = s.held(marks); left == "" {
			return
		}
		time.Sleep(250 * time.Millisecond)
	}
	// What is not reached: docs/cutout.md.
	pieces := 0
	for _, m := range marks {
		pieces += btoi(s.held([][]byte{m}) != "")
	}
	if s.t.Logf("%d of %d marks are left in small pieces", pieces, len(marks)); pieces > piecesMost {
		s.t.Errorf("after the end of the session there is still %s", left)
	}
}

func checkLog(t *testing.T, log string, g *guest) {
	t.Helper()
	for _, secret := range append([]string{guestAddress, guestName, g.session, g.secret}, regexp.MustCompile(`data-photo="([^"]+)"`).FindStringSubmatch(g.page)[1]) {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

var (
	writing = regexp.MustCompile(`^\d+ +(\w+)\(\d+<([^>]*)>`)
	making  = regexp.MustCompile(`^\d+ +(?:openat|open|openat2|creat)\((?:AT_FDCWD[^,]*, )?"([^"]*)"[^)]*O_(?:WRONLY|RDWR|CREAT)`)
)

// checkWrites reads what was written, by server, decoders and database.
func checkWrites(t *testing.T, trace, data string, g *guest) {
	t.Helper()
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	marks := g.marks()
	lines := bufio.NewReaderSize(f, 1<<20)
	var toGuest, toPipes, elsewhere int
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		name := ""
		if m := writing.FindStringSubmatch(line); m != nil {
			name = string(plain(m[2]))
		}
		written := plain(line)
		held := slices.ContainsFunc(marks, func(m []byte) bool { return bytes.Contains(written, m) })
		switch {
		case strings.HasPrefix(name, "TCP"):
			toGuest += btoi(held)
		case strings.HasPrefix(name, "pipe:"): // to and from decoders; the log is one too, and is looked at for itself
			toPipes += btoi(held)
		case held:
			t.Errorf("something of a picture is written: %.300s", line)
		case strings.Contains(line, "MAP_SHARED") && strings.Contains(line, "PROT_WRITE") && !strings.Contains(line, "MAP_ANONYMOUS") && !ofDatabase(string(plain(line)), data):
			t.Errorf("a file is mapped for writing: %.300s", line)
		case strings.Contains(line, " memfd_create(") || strings.Contains(line, " io_uring_setup("):
			t.Errorf("there is a way around what is watched: %.300s", line)
		default:
			elsewhere++
		}
		if m := making.FindStringSubmatch(line); m != nil && !ofDatabase(string(plain(line)), data) {
			t.Errorf("a file is opened for writing: %s", plain(m[0]))
		}
	}
	if toGuest < 4 || toPipes < 4 || elsewhere < 20 {
		t.Errorf("what was watched holds the pattern %d times on the way to the guest and %d times in pipes, among %d other calls: it cannot be all", toGuest, toPipes, elsewhere)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

var escaped = regexp.MustCompile(`(?:\\x[0-9a-f]{2})+`)

// plain is a line of the trace with its bytes as they were.
func plain(line string) []byte {
	return escaped.ReplaceAllFunc([]byte(line), func(text []byte) []byte {
		out, _ := hex.DecodeString(strings.ReplaceAll(string(text), `\x`, "")) // as the pattern has it
		return out
	})
}

// ofDatabase reports whether a call is the database's own, by the place of its file. In /proc it is given a user of its own.
func ofDatabase(line, data string) bool {
	return strings.Contains(line, data+"/postgres") || strings.Contains(line, "/dev/shm/PostgreSQL.") || strings.Contains(line, `"/dev/null"`) || strings.Contains(line, data+"/easel.lock") || strings.Contains(line, `"/proc/`)
}

// rows reads every table of the database, with the server not running.
func rows(t *testing.T, data string) map[string][]string {
	t.Helper()
	ctx := context.Background()
	cluster, err := postgres.StartCluster(ctx, postgres.Config{DataDir: data}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	}()
	root, err := pgx.Connect(ctx, cluster.Bootstrap("easel"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close(ctx)
	list := func(query string) []string {
		found, err := root.Query(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(found, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	all := map[string][]string{}
	for _, table := range list(`select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`) {
		all[table] = list(`select t::text from ` + table + ` t order by 1`)
	}
	if len(all) < 20 {
		t.Fatalf("the database has %d tables", len(all))
	}
	return all
}

// checkRows holds the database before the visit against the one after it.
func checkRows(t *testing.T, before, after map[string][]string, g *guest, codes []string) {
	t.Helper()
	secrets := append([]string{guestAddress, guestName, g.session, g.secret}, codes...)
	for _, m := range g.marks() {
		secrets = append(secrets, hex.EncodeToString(m), string(m))
	}
	for _, table := range slices.SortedFunc(maps.Keys(after), cmp.Compare[string]) {
		for _, row := range after[table] {
			for _, secret := range secrets {
				if strings.Contains(row, secret) {
					t.Errorf("%s holds something of the visit: %s", table, row)
				}
			}
		}
		// Two codes have no use left: that is all that a visit changes. Queue, clock and the link of the first start note that the
		// server ran.
		own := table == "easel.unlock_code" || table == "easel.vault_clock" || table == "easel.account_link" || strings.HasPrefix(table, "river.")
		if !own && !slices.Equal(before[table], after[table]) {
			t.Errorf("the visit changed %s from %q to %q", table, before[table], after[table])
		}
	}
	if len(after["easel.unlock_code"]) != len(before["easel.unlock_code"]) || len(after["easel.unlock_use"]) != 0 {
		t.Errorf("of the codes there are %q", after["easel.unlock_code"])
	}
}
