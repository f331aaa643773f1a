package edge

import "easel/internal/fault"

// Unknown is SignedOut in other words: for programs, which come with a key.
func (e *Edge) Unknown(say string) error { return &signedOut{fault.Of(fault.New(fault.Denied, say))} }
