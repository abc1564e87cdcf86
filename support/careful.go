package support

import (
	"fmt"
	"runtime/debug"
)

// Carefully makes a panic a failure of what panicked alone, for a human: the next try would hardly end otherwise. In a
// goroutine of its own nothing else keeps it from ending the process, and all that this has in hand. What a panic says
// may hold a customer's words, so only where it came from is kept.
func Carefully(do func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = NeedsAttention(CodeInternal, "an internal error occurred", fmt.Errorf("a panic in %s", debug.Stack()))
		}
	}()
	return do()
}
