package dashscope

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the size of a result is read from its head
	_ "image/png"  // the same
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"easel/internal/provider"
)

// fetch gets a result from where it lies, at once: it is gone there after a day.
func (c *Client) fetch(ctx context.Context, address string, p Photo) ([]byte, error) {
	const stage = "it sent the result"
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "It names no place for the result.", Do: later, Cause: errors.New("no address")}
	}
	if c.base.Scheme == "https" {
		u.Scheme = "https" // it names results without encryption, and gives them with it
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "It names no place for the result.", Do: later, Cause: errors.New("no address")}
	}
	answer, err := provider.Ask(c.http, r, Name, stage) // without the key: this is another place
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "The result is not where it should be.", Do: later, Cause: fmt.Errorf("status %d", answer.Status)}
	}
	head, format, err := image.DecodeConfig(bytes.NewReader(answer.Body))
	if err != nil {
		return nil, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "What it sent does not open as a picture.", Do: later, Cause: err}
	}
	if !similar(head.Width, head.Height, p.W, p.H) {
		return nil, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "The picture that it sent has another shape than the photo.", Do: later,
			Cause: fmt.Errorf("%s of %d×%d for %d×%d", format, head.Width, head.Height, p.W, p.H)}
	}
	return answer.Body, nil
}

// similar reports whether a picture has the photo's proportions, to two parts in a hundred: models round sizes. One much
// smaller or larger is none of ours.
func similar(w, h, of, high int) bool {
	if w < SideLeast/2 || h < SideLeast/2 || w > 2*SideMost || h > 2*SideMost {
		return false
	}
	diff := w*high - h*of
	return 50*max(diff, -diff) <= w*high
}

// store is where the service wants files laid, and the permission to.
type store struct {
	Host      string `json:"upload_host"`
	Dir       string `json:"upload_dir"`
	Key       string `json:"oss_access_key_id"`
	Signature string `json:"signature"`
	Policy    string `json:"policy"`
	ACL       string `json:"x_oss_object_acl"`
	Overwrite string `json:"x_oss_forbid_overwrite"`
}

// lay puts a file into the service's store and returns its name there.
func (c *Client) lay(ctx context.Context, model, name string, data []byte) (string, error) {
	const stage = "it was to be sent the photo"
	s, err := c.store(ctx, model, stage)
	if err != nil {
		return "", err
	}
	key := strings.TrimSuffix(s.Dir, "/") + "/" + name
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, f := range [][2]string{{"OSSAccessKeyId", s.Key}, {"Signature", s.Signature}, {"policy", s.Policy}, {"key", key},
		{"x-oss-object-acl", s.ACL}, {"x-oss-forbid-overwrite", s.Overwrite}, {"success_action_status", "200"}} {
		if err := w.WriteField(f[0], f[1]); err != nil {
			return "", err
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Host, bytes.NewReader(body.Bytes()))
	if err != nil {
		return "", &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "It names no place for the photo.", Do: later, Cause: errors.New("no address")}
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	answer, err := provider.Ask(c.http, r, Name, stage)
	if err != nil {
		return "", err
	}
	if answer.Status != http.StatusOK {
		return "", &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "Its store did not take the photo.", Do: later, Cause: fmt.Errorf("status %d", answer.Status)}
	}
	return "oss://" + key, nil
}

// store asks for the permission to lay a file.
func (c *Client) store(ctx context.Context, model, stage string) (s store, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.String()+"/uploads?"+url.Values{"action": {"getPolicy"}, "model": {model}}.Encode(), http.NoBody)
	if err != nil {
		return s, err
	}
	r.Header.Set("Authorization", "Bearer "+c.config.Key)
	answer, err := provider.Ask(c.http, r, Name, stage)
	if err != nil {
		return s, err
	}
	if answer.Status != http.StatusOK {
		return s, refusal(answer, stage)
	}
	var said struct {
		Output store `json:"output"`
		Data   store `json:"data"`
	} // the documentation and the service's own client differ
	if err := json.Unmarshal(answer.Body, &said); err == nil {
		s = said.Output
		if s.Host == "" {
			s = said.Data
		}
	}
	if s.Host == "" || s.Dir == "" {
		return s, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "It names no place for the photo.", Do: later}
	}
	return s, nil
}
