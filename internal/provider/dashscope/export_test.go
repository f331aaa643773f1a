package dashscope

import (
	"context"
	"time"
)

// Hurry makes the pauses between looks at a task take no time, and returns how long they would have been.
func (c *Client) Hurry(each func(d time.Duration)) {
	c.pause = func(ctx context.Context, d time.Duration) error {
		each(d)
		return ctx.Err()
	}
}
