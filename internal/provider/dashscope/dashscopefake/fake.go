// Package dashscopefake pretends to be Alibaba's DashScope, for tests: tasks, synchronous edits, a store for uploads and one
// for results, as documented, and every documented way to fail.
package dashscopefake

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // photos arrive as JPEG
	"image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Key is what the fake wants to see.
const Key = "sk-pretended"

// Mode is how one request that begins something goes. "400 Code" is that answer, "task Code" a task that fails with it.
type Mode string

// The modes beside those.
const (
	Good     Mode = ""
	Forever  Mode = "forever"  // a task that never ends
	Unknown  Mode = "unknown"  // a task that is not found any more
	Canceled Mode = "canceled" // a task that somebody called off
	Lost     Mode = "lost"     // a task that nothing can be heard of
	NoID     Mode = "no id"    // a task without a name
	NoImage  Mode = "no image" // done, with nothing
	Empty    Mode = "empty"    // no JSON
	HTML     Mode = "html"     // a page instead of the result
	Gone     Mode = "gone"     // the result has expired
	Abroad   Mode = "abroad"   // the result lies where nobody may go
	Shape    Mode = "shape"    // another shape than the photo
	Huge     Mode = "huge"     // a result that never ends
	Cut      Mode = "cut"      // a result that ends in the middle
	NoData   Mode = "no data"  // photos inside a request are refused; addresses are taken
)

// Call is a request that began something.
type Call struct {
	Path   string
	Header http.Header
	Body   map[string]any
}

// At returns what is at a path of the request, such as "parameters.add_watermark".
func (c Call) At(path string) any {
	var v any = c.Body
	for name := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

type task struct {
	mode  Mode
	looks int
	model string
	size  image.Point
}

// Fake is the service as far as one account sees it. URL is where it is served, without a path.
type Fake struct {
	URL string

	mu     sync.Mutex
	modes  []Mode
	calls  []Call
	tasks  map[string]*task
	laid   map[string][]byte // the store, by key
	off    []string          // tasks that were called off
	images map[string]Mode   // results, by name
	sizes  map[string]image.Point
}

// New returns a fake.
func New() *Fake {
	return &Fake{tasks: map[string]*task{}, laid: map[string][]byte{}, images: map[string]Mode{}, sizes: map[string]image.Point{}}
}

// Next says how the next requests go that begin something; those after them go well.
func (f *Fake) Next(modes ...Mode) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.modes = append(f.modes, modes...)
}

// Calls returns the requests so far that began something.
func (f *Fake) Calls() []Call { f.mu.Lock(); defer f.mu.Unlock(); return slices.Clone(f.calls) }

// CalledOff returns how many tasks were called off.
func (f *Fake) CalledOff() int { f.mu.Lock(); defer f.mu.Unlock(); return len(f.off) }

// Laid returns how many files were laid in the store.
func (f *Fake) Laid() int { f.mu.Lock(); defer f.mu.Unlock(); return len(f.laid) }

// ServeHTTP is interface, store and results in one.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path, ours := strings.CutPrefix(r.URL.Path, "/api/v1")
	if ours && r.Header.Get("Authorization") != "Bearer "+Key {
		refuse(w, http.StatusUnauthorized, "InvalidApiKey")
		return
	}
	switch {
	case ours && r.Method == http.MethodPost && path == "/services/aigc/image2image/image-synthesis":
		f.create(w, r)
	case ours && r.Method == http.MethodPost && path == "/services/aigc/multimodal-generation/generation":
		f.generate(w, r)
	case ours && r.Method == http.MethodGet && path == "/uploads":
		answer(w, object{"request_id": rand.Text(), "output": object{"upload_host": f.URL + "/store", "upload_dir": "dashscope-instant/x/1", "oss_access_key_id": "id", "signature": "s",
			"policy": "p", "x_oss_object_acl": "private", "x_oss_forbid_overwrite": "true", "expire_in_seconds": 300}})
	case ours && r.Method == http.MethodGet && strings.HasPrefix(path, "/tasks/"):
		f.poll(w, strings.TrimPrefix(path, "/tasks/"))
	case ours && r.Method == http.MethodPost && strings.HasSuffix(path, "/cancel"):
		f.off = append(f.off, path)
		answer(w, object{"request_id": rand.Text()})
	case r.Method == http.MethodPost && r.URL.Path == "/store":
		f.lay(w, r)
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/results/"):
		f.result(w, r)
	default:
		http.NotFound(w, r)
	}
}

type object = map[string]any

func answer(w http.ResponseWriter, v object) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) //nolint:errchkjson // to a test that may have gone
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object{"code": code, "message": "photo at data:image/jpeg;base64,/9j/ is no good", "request_id": rand.Text()}) //nolint:errchkjson // as above
}

// begin reads a request and says how it goes.
func (f *Fake) begin(w http.ResponseWriter, r *http.Request) (call Call, mode Mode, ok bool) {
	call = Call{Path: r.URL.Path, Header: r.Header.Clone(), Body: object{}}
	if err := json.NewDecoder(r.Body).Decode(&call.Body); err != nil {
		refuse(w, http.StatusBadRequest, "InvalidParameter")
		return call, "", false
	}
	f.calls = append(f.calls, call)
	if len(f.modes) > 0 {
		mode, f.modes = f.modes[0], f.modes[1:]
	}
	if status, code, found := strings.Cut(string(mode), " "); found && len(status) == 3 {
		n := 0
		_, _ = fmt.Sscanf(status, "%d", &n)
		refuse(w, n, code)
		return call, mode, false
	}
	if mode == Empty {
		_, _ = io.WriteString(w, "<html>Bad gateway</html>") // as above
		return call, mode, false
	}
	return call, mode, true
}

// image opens what a field holds: data inside the request, or what lies in the store.
func (f *Fake) image(c Call, v any, mode Mode) (image.Image, string) {
	text, _ := v.(string)
	data, inside := []byte(nil), false
	if kind, coded, found := strings.Cut(text, ";base64,"); found && strings.HasPrefix(kind, "data:image/") {
		data, _ = base64.StdEncoding.DecodeString(coded)
		inside = true
	} else if key, found := strings.CutPrefix(text, "oss://"); found && c.Header.Get("X-Dashscope-Ossresourceresolve") == "enable" {
		data = f.laid[key]
	}
	if inside && mode == NoData || data == nil {
		return nil, "InvalidParameter.DataInspection"
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, "InvalidParameter.DataInspection"
	}
	return img, ""
}

// fits says what is wrong with photo and mask.
func fits(photo, mask image.Image) string {
	p := photo.Bounds().Size()
	if min(p.X, p.Y) < 512 || max(p.X, p.Y) > 4096 || mask != nil && mask.Bounds().Size() != p {
		return "InvalidParameter"
	}
	return ""
}

func (f *Fake) create(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Dashscope-Async") != "enable" {
		refuse(w, http.StatusForbidden, "AccessDenied")
		return
	}
	call, mode, ok := f.begin(w, r)
	if !ok {
		return
	}
	model, _ := call.Body["model"].(string)
	names := map[string][2]string{"image-erase-completion": {"input.image_url", "input.mask_url"}, "wanx2.1-imageedit": {"input.base_image_url", "input.mask_image_url"}}[model]
	if names[0] == "" {
		refuse(w, http.StatusNotFound, "ModelNotFound")
		return
	}
	photo, wrong := f.image(call, call.At(names[0]), mode)
	var mask image.Image
	if wrong == "" {
		mask, wrong = f.image(call, call.At(names[1]), mode)
	}
	if wrong == "" {
		wrong = fits(photo, mask)
	}
	if wrong != "" {
		if mode == NoData { // so that the second try, with addresses, is judged the same way
			f.modes = slices.Insert(f.modes, 0, Good)
		}
		refuse(w, http.StatusBadRequest, wrong)
		return
	}
	id := rand.Text()
	f.tasks[id] = &task{mode: mode, model: model, size: photo.Bounds().Size()}
	if mode == NoID {
		id = "../../uploads"
	}
	answer(w, object{"output": object{"task_status": "PENDING", "task_id": id}, "request_id": rand.Text()})
}

// poll answers with the next state of a task: pending, running, done.
func (f *Fake) poll(w http.ResponseWriter, id string) {
	t := f.tasks[id]
	if t != nil && t.mode == Lost {
		refuse(w, http.StatusServiceUnavailable, "InternalError")
		return
	}
	out := object{"task_id": id, "task_status": "UNKNOWN"}
	said := object{"request_id": rand.Text(), "output": out}
	if t != nil && t.mode != Unknown {
		t.looks++
		code, failing := strings.CutPrefix(string(t.mode), "task ")
		switch {
		case t.looks == 1:
			out["task_status"] = "PENDING"
		case t.looks == 2 || t.mode == Forever:
			out["task_status"] = "RUNNING"
		case failing:
			out["task_status"], out["code"], out["message"] = "FAILED", code, "it did not work"
		case t.mode == Canceled:
			out["task_status"] = "CANCELED"
		default:
			out["task_status"] = "SUCCEEDED"
			said["usage"] = object{"image_count": 1}
			f.done(out, t)
		}
	}
	answer(w, said)
}

// done puts the result into a task's answer, in its model's shape.
func (f *Fake) done(out object, t *task) {
	switch {
	case t.mode == NoImage:
	case t.model == "image-erase-completion":
		out["submit_time"], out["output_image_url"] = "2024-05-16 13:50:01.247", f.put(t.mode, t.size)
	default:
		out["results"] = []object{{"url": f.put(t.mode, t.size)}}
		out["task_metrics"] = object{"TOTAL": 1, "SUCCEEDED": 1, "FAILED": 0}
	}
}

// put lays a result and returns its address.
func (f *Fake) put(mode Mode, size image.Point) string {
	name := rand.Text() + ".png"
	f.images[name], f.sizes[name] = mode, size
	if mode == Abroad {
		return "http://169.254.169.254/latest/meta-data"
	}
	return f.URL + "/results/" + name + "?Expires=1&Signature=x"
}

func (f *Fake) generate(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Dashscope-Async") != "" {
		refuse(w, http.StatusForbidden, "AccessDenied")
		return
	}
	call, mode, ok := f.begin(w, r)
	if !ok {
		return
	}
	messages, _ := call.At("input.messages").([]any)
	var photo image.Image
	wrong := "InvalidParameter"
	if len(messages) == 1 {
		message, _ := messages[0].(map[string]any)
		content, _ := message["content"].([]any)
		if len(content) == 2 {
			first, _ := content[0].(map[string]any)
			photo, wrong = f.image(call, first["image"], mode)
		}
	}
	if wrong == "" {
		wrong = fits(photo, nil)
	}
	if wrong != "" {
		refuse(w, http.StatusBadRequest, wrong)
		return
	}
	parts := []object{}
	if mode != NoImage {
		parts = append(parts, object{"image": f.put(mode, photo.Bounds().Size())})
	}
	answer(w, object{"output": object{"choices": []object{{"finish_reason": "stop", "message": object{"role": "assistant", "content": parts}}}},
		"usage": object{"image_count": 1, "width": 1536, "height": 1024}, "request_id": rand.Text()})
}

// lay takes a file into the store, as a form of OSS.
func (f *Fake) lay(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseMultipartForm(32 << 20); err != nil || r.Header.Get("Authorization") != "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for field, want := range map[string]string{"OSSAccessKeyId": "id", "Signature": "s", "policy": "p", "x-oss-object-acl": "private", "x-oss-forbid-overwrite": "true", "success_action_status": "200"} {
		if r.FormValue(field) != want {
			w.WriteHeader(http.StatusForbidden)
			return
		}
	}
	file, _, err := r.FormFile("file")
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	defer file.Close()
	data, _ := io.ReadAll(file)
	f.laid[r.FormValue("key")] = data
}

// Filled is the colour of what the fake paints.
var Filled = color.NRGBA{R: 20, G: 160, B: 220, A: 255}

func (f *Fake) result(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/results/")
	mode, size := f.images[name], f.sizes[name]
	if size == (image.Point{}) || mode == Gone || r.Header.Get("Authorization") != "" || r.URL.Query().Get("Signature") == "" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if mode == Shape {
		size = image.Pt(size.Y/2+300, size.X)
	}
	img := image.NewNRGBA(image.Rectangle{Max: size})
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = Filled.R, Filled.G, Filled.B, Filled.A
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // into memory
	w.Header().Set("Content-Type", "image/png")
	switch mode {
	case HTML:
		_, _ = io.WriteString(w, "<!doctype html><title>Gone</title>") // as above
	case Cut:
		w.Header().Set("Content-Length", fmt.Sprint(b.Len()))
		_, _ = w.Write(b.Bytes()[:b.Len()/2]) // as above
		panic(http.ErrAbortHandler)
	case Huge:
		for _, err := w.Write(b.Bytes()); err == nil; _, err = w.Write(make([]byte, 1<<20)) {
		}
	default:
		_, _ = w.Write(b.Bytes()) // as above
	}
}
