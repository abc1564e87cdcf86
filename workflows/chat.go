package workflows

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// maxChat bounds the chat a session keeps, in bytes: row and filing carry it whole, and the engine takes 2 MB in one
// payload (temporal.md 6).
const maxChat = 1 << 20

// chatPart is the chat since the previous post. Parts are kept in the order of the conversation: by pick-up, and the
// start post's before the end post's, even when the posts arrive the other way round.
type chatPart struct {
	At   time.Time `json:"at,omitzero"`
	End  bool      `json:"end,omitempty"`
	Text string    `json:"text"`
}

func (c chatPart) before(other chatPart) bool {
	if c.At.IsZero() || other.At.IsZero() || c.At.Equal(other.At) {
		return !c.End && other.End
	}
	return c.At.Before(other.At)
}

// addChat puts a part where it belongs. What goes beyond the bound is left out, and the chat says so.
func (s *story) addChat(part chatPart) {
	if room := maxChat - s.chatSize(); len(part.Text) > room {
		part.Text, _ = CutText(part.Text, max(0, room))
		s.ChatCut = true
	}
	if part.Text == "" {
		return
	}
	at := len(s.Chat)
	for at > 0 && part.before(s.Chat[at-1]) {
		at--
	}
	s.Chat = slices.Insert(s.Chat, at, part)
}

func (s *story) chatSize() int {
	size := 0
	for _, part := range s.Chat {
		size += len(part.Text)
	}
	return size
}

func (s *story) chatText() string {
	parts := make([]string, len(s.Chat), len(s.Chat)+1)
	for i, part := range s.Chat {
		parts[i] = strings.TrimRight(part.Text, "\r\n")
	}
	if s.ChatCut {
		parts = append(parts, "[The chat goes on; the vendor has all of it.]")
	}
	return strings.Join(parts, "\n")
}

// CutText cuts a text after at most so many bytes, at the end of a line if there is one, and never within a letter.
func CutText(text string, size int) (head, rest string) {
	if len(text) <= size {
		return text, ""
	}
	cut := strings.LastIndexByte(text[:size], '\n') + 1
	if cut == 0 {
		for cut = size; cut > max(0, size-utf8.UTFMax) && !utf8.RuneStart(text[cut]); cut-- {
		}
	}
	return text[:cut], text[cut:]
}
