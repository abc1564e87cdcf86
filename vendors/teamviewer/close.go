package teamviewer

import (
	"context"

	"example.com/lifeline/support"
)

// Close implements support.Vendor: no new connection can start on the code afterwards; one that is running is not cut
// (teamviewer.md 2.5). The session stays in the account's history.
func (v *Vendor) Close(ctx context.Context, req support.CloseRequest) error {
	code := req.VendorSessionID
	if code == "" {
		code = req.Code
	}
	err := v.change(ctx, code, map[string]string{"state": "closed"})
	switch {
	case support.HasCode(err, support.CodeNotFound) && codeForm.MatchString(code):
		return nil
	case support.HasCode(err, support.CodeInvalid):
		return v.closedAlready(ctx, code, err)
	}
	return err
}

// closedAlready tells a refusal because the session is closed or gone, whose form is not documented, from others.
func (v *Vendor) closedAlready(ctx context.Context, code string, refused error) error {
	s, err := v.session(ctx, code)
	if support.HasCode(err, support.CodeNotFound) || err == nil && s.closed() {
		return nil
	}
	return support.Stopped(support.CodeActionFailed, "TeamViewer does not close the session now", refused)
}

// UpdateCustomer implements support.Addressing: it puts on the session whom its link was sent to, so that the company
// report names them (teamviewer.md 6). A session that is gone is kind Stop, code not_found.
func (v *Vendor) UpdateCustomer(ctx context.Context, code string, to support.Customer) error {
	body := customerOf(to)
	if body == nil {
		return nil
	}
	return v.change(ctx, code, map[string]*customer{"end_customer": body})
}

func (v *Vendor) change(ctx context.Context, code string, body any) error {
	if !codeForm.MatchString(code) {
		return errNoCode()
	}
	return v.put(ctx, sessionFunction, sessionPath(code), body)
}
