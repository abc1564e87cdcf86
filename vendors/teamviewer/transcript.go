package teamviewer

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"example.com/lifeline/support"
)

const (
	chatFunction = "/reports/connections/{id}/chat-transcript"
	// maxConnections bounds the calls for one session that was reconnected again and again.
	maxConnections = 20
)

// reportIDForm is a UUID, the only thing that may go into an address.
var reportIDForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// chatLine is one message (teamviewer.md 3.4).
type chatLine struct {
	Sender struct {
		Name text `json:"Name"`
	} `json:"Sender"`
	WrittenAt moment `json:"WrittenAtTimestamp"`
	Content   text   `json:"Content"`
}

// Transcript implements support.Vendor: the chat of all the session's connections and their notes, in order of time.
// It is empty unless CHAT_TRANSCRIPT is set, and where TeamViewer keeps none.
func (v *Vendor) Transcript(ctx context.Context, vendorSessionID string) (support.Transcript, error) {
	if !v.cfg.ChatTranscript {
		return support.Transcript{}, nil
	}
	page, err := v.Report(ctx, support.ReportQuery{VendorSessionID: vendorSessionID})
	if err != nil {
		return support.Transcript{}, err
	}
	slices.SortFunc(page.Reports, func(a, b support.Report) int { return a.StartedAt.Compare(b.StartedAt) })
	var chat, notes []string
	for _, r := range page.Reports[:min(len(page.Reports), maxConnections)] {
		if undashed(r.VendorSessionID) != undashed(vendorSessionID) || !reportIDForm.MatchString(r.ID) {
			continue
		}
		lines, err := v.chat(ctx, r.ID)
		if err != nil {
			return support.Transcript{}, err
		}
		chat = append(chat, lines...)
		if r.Notes != "" {
			notes = append(notes, r.Notes)
		}
	}
	return support.Transcript{Chat: strings.Join(chat, "\n"), Notes: strings.Join(notes, "\n")}, nil
}

// chat reads the messages of one connection. How TeamViewer says that there is none is not documented.
func (v *Vendor) chat(ctx context.Context, reportID string) ([]string, error) {
	path := "/reports/connections/" + url.PathEscape(reportID) + "/chat-transcript"
	answer, err := v.call(ctx, request{method: http.MethodGet, function: chatFunction, path: path, client: v.pages})
	if support.HasCode(err, support.CodeNotFound) || err == nil && len(answer.Body) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var messages []chatLine
	if json.Unmarshal(answer.Body, &messages) != nil {
		return nil, errProtocol(nil)
	}
	lines := make([]string, 0, len(messages))
	for _, m := range messages {
		lines = append(lines, m.WrittenAt.Format("15:04:05")+" "+string(m.Sender.Name)+": "+string(m.Content))
	}
	return lines, nil
}
