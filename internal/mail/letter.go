// Package mail writes letters to people: from templates, sealed until they are sent, tried again when a server is busy, and
// kept in an outbox where no server is set.
package mail

import (
	"time"

	"github.com/google/uuid"
)

// Kind says which letter it is: a template in templates.
type Kind string

// Letter is one letter to one person.
type Letter struct {
	Owner  uuid.UUID         // whose account it is about: it goes with the account; uuid.Nil: nobody's
	To     string            // one bare mail address
	Kind   Kind              // which template
	Values map[string]string // what the template asks for; never put into a header
	Until  time.Time         // when it is of no use any more; zero: a week
}
