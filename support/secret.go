package support

import "log/slog"

// Secret is a value that must not be shown: it prints as a mask in every format and log. Reveal gives the value to
// the one call that needs it. It marshals in clear, because payloads to the engine are encrypted as a whole.
type Secret string

const mask = "[secret]"

// Reveal returns the value.
func (s Secret) Reveal() string { return string(s) }

// String returns a mask, or nothing when there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString masks %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue masks structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
