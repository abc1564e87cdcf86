package rescue

import (
	"context"
	"net/http"

	"example.com/lifeline/support"
)

// Transcript implements support.Vendor: chat and notes of one session, verbatim (rescue.md 5.3). Rescue says ERROR
// for a session it does not know as well as for a passing fault, so that answer is kind Retry and callers give up
// after a few tries. Without a reporting login the answer is not_supported.
func (v *Vendor) Transcript(ctx context.Context, vendorSessionID string) (support.Transcript, error) {
	id, ok := readSessionID(vendorSessionID)
	if !ok {
		return support.Transcript{}, badSessionID()
	}
	var told support.Transcript
	err := v.asReporter(ctx, func(cookies []*http.Cookie) (err error) {
		if told.Chat, err = v.sessionText(ctx, "getChat", "CHATLOG", id, cookies); err != nil {
			return err
		}
		told.Notes, err = v.sessionText(ctx, "getNote", "NOTE", id, cookies)
		return err
	})
	if err != nil {
		return support.Transcript{}, err
	}
	return told, nil
}

func (v *Vendor) sessionText(ctx context.Context, method, label, id string, cookies []*http.Cookie) (string, error) {
	form := v.reportForm()
	form.Set("session", id)
	payload, err := v.wire.api(ctx, method, form, cookies...)
	return restAfter(payload, label), err
}

func badSessionID() error {
	return support.Stopped(support.CodeInvalid, "a Rescue session id is a positive number", nil)
}
