package support

// The states of a session key's index, as KeyHealth tells them.
const (
	KeyActive  = "active"
	KeyPending = "pending" // waiting for its index, or having it built
	KeyFailed  = "failed"
)
