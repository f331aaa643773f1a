package dashscope

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"

	"easel/internal/provider"
)

// The words for models that follow words.
const (
	maskWords   = "Only the empty background, continued from what is around it, without any person."
	promptWords = "Remove every person except the main subject in front. Keep everything else exactly as it is."
)

// result is what a call or a task says, in every documented shape.
type result struct {
	Output struct {
		ID      string `json:"task_id"`
		Status  string `json:"task_status"`
		Code    string `json:"code"`
		Message string `json:"message"`
		Image   string `json:"output_image_url"`
		Results []struct {
			URL     string `json:"url"`
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"results"`
		Choices []struct {
			Message struct {
				Content []struct {
					Image string `json:"image"`
				} `json:"content"`
			} `json:"message"`
		} `json:"choices"`
	} `json:"output"`
	Usage struct {
		Images int `json:"image_count"`
	} `json:"usage"`
}

// picture is the address of the result, wherever the answer has it.
func (r *result) picture() string {
	if r.Output.Image != "" {
		return r.Output.Image
	}
	for _, one := range r.Output.Results {
		if one.URL != "" {
			return one.URL
		}
	}
	for _, choice := range r.Output.Choices {
		for _, part := range choice.Message.Content {
			if part.Image != "" {
				return part.Image
			}
		}
	}
	return ""
}

// images is how many pictures were paid for.
func (r *result) images() int { return min(max(r.Usage.Images, 1), 100) }

type object = map[string]any

// body is a step's request.
func (c *Client) body(s Step, photo, mask string) object {
	model := c.model(s)
	switch s {
	case Erase:
		return object{"model": model, "input": object{"image_url": photo, "mask_url": mask},
			"parameters": object{"fast_mode": false, "dilate_flag": true, "add_watermark": false}}
	case Mask:
		return object{"model": model, "input": object{"function": "description_edit_with_mask", "prompt": maskWords, "base_image_url": photo, "mask_image_url": mask},
			"parameters": object{"n": 1}}
	}
	return object{"model": model, "input": object{"messages": []object{{"role": "user", "content": []object{{"image": photo}, {"text": promptWords}}}}},
		"parameters": object{"n": 1, "negative_prompt": " ", "watermark": false}}
}

// ask runs one step and returns where its result lies, and how many pictures were paid for.
func (c *Client) ask(ctx context.Context, s Step, photo, mask string, laid bool) (address string, images int, err error) {
	path, head := "/services/aigc/image2image/image-synthesis", http.Header{"X-Dashscope-Async": {"enable"}}
	if s == Prompt {
		path, head = "/services/aigc/multimodal-generation/generation", http.Header{}
	}
	if laid {
		head.Set("X-Dashscope-Ossresourceresolve", "enable")
	}
	body, err := json.Marshal(c.body(s, photo, mask))
	if err != nil {
		return "", 0, err
	}
	said, err := c.call(ctx, http.MethodPost, path, body, head, "it was asked to take the people out")
	begun := err == nil && s != Prompt
	if begun {
		said, err = c.wait(ctx, said.Output.ID)
	}
	if err != nil {
		var no *refused
		if errors.As(err, &no) && (!begun || no.status == http.StatusOK) { // refused, or a task that has said how it failed
			return "", 0, err
		}
		return "", 1, err // nobody knows whether it was charged
	}
	if address = said.picture(); address == "" {
		return "", said.images(), &provider.Error{Who: Name, Kind: provider.Failed, Stage: "it sent the result", Why: "There is no picture in its answer.", Do: "Try again later."}
	}
	return address, said.images(), nil
}

// call sends one request and reads the answer.
func (c *Client) call(ctx context.Context, method, path string, body []byte, head http.Header, stage string) (*result, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range head {
		r.Header[name] = values
	}
	r.Header.Set("Authorization", "Bearer "+c.config.Key)
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.config.Workspace != "" {
		r.Header.Set("X-Dashscope-Workspace", c.config.Workspace)
	}
	answer, err := provider.Ask(c.http, r, Name, stage)
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, refusal(answer, stage)
	}
	said := &result{}
	if err := json.Unmarshal(answer.Body, said); err != nil {
		return nil, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "Its answer cannot be read.", Do: "Try again later.", Cause: errors.New("no JSON")}
	}
	return said, nil
}

// How a task is watched: as the service's own client does.
const (
	paceFirst = time.Second
	paceMost  = 5 * time.Second
	taskMost  = 4 * time.Minute
)

// taskID is what may stand in an address.
var taskID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// wait watches a task to its end. When the caller gives up, the task is called off, as far as the service allows.
func (c *Client) wait(ctx context.Context, id string) (*result, error) {
	const stage = "it worked on the photo"
	if !taskID.MatchString(id) {
		return nil, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "It began nothing that can be asked about.", Do: "Try again later."}
	}
	watch, cancel := context.WithTimeout(ctx, taskMost)
	defer cancel()
	pace := paceFirst
	for n := 1; ; n++ {
		err := c.pause(watch, pace)
		var said *result
		if err == nil {
			said, err = c.call(watch, http.MethodGet, "/tasks/"+id, nil, http.Header{}, stage)
		}
		if watch.Err() != nil {
			c.callOff(ctx, id)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "It took longer than anybody waits.", Do: "Try again later."}
		}
		if err != nil {
			return nil, err
		}
		switch said.Output.Status {
		case "SUCCEEDED":
			return said, nil
		case "PENDING", "RUNNING", "SUSPENDED":
		case "FAILED":
			return nil, meant(said.Output.Code, http.StatusOK, stage, 0)
		default: // CANCELED, UNKNOWN, or a word that is new: it will not come
			return nil, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "It lost the work before it was done.", Do: "Try again later."}
		}
		if n%3 == 0 {
			pace = min(2*pace, paceMost)
		}
	}
}

// callOff cancels a task for a caller that is gone. The service does that only while the task waits.
func (c *Client) callOff(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), paceMost)
	defer cancel()
	_, _ = c.call(ctx, http.MethodPost, "/tasks/"+id+"/cancel", nil, http.Header{}, "the work was called off") // one that runs goes on there, and its result is never fetched
}
