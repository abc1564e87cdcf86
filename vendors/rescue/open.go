package rescue

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"example.com/lifeline/support"
)

// The limits of requestPINCode's fields in characters (rescue.md 3.1).
var customFieldLimits = [6]int{64, 512, 512, 256, 64, 64}

// Open implements support.Vendor: it asks for a PIN. No call finds a PIN by token or tells its state, so Again asks for
// another one: that of an attempt whose answer got lost runs out unused and does no harm, since both carry the same
// token (rescue.md 3.1, 5.5). For the same reason EarlierCode cannot be looked at.
func (v *Vendor) Open(ctx context.Context, req support.OpenRequest) (support.Invitation, error) {
	var pin string
	err := v.asTechnician(ctx, req.Technician.SSOID, func(code support.Secret) (err error) {
		pin, err = v.requestPIN(ctx, pinForm(req), code)
		return err
	})
	if err != nil {
		return support.Invitation{}, err
	}
	return v.invitation(pin, req), nil
}

func (v *Vendor) invitation(pin string, req support.OpenRequest) support.Invitation {
	return support.Invitation{
		Code:         pin,
		CustomerLink: v.cfg.base() + "/R?i=2&Code=" + url.QueryEscape(pin), // rescue.md 3.5
		ExpiresAt:    req.Now.Add(req.InvitationTTL),
	}
}

// requestPIN uses the configured version of the method, and v1 only where the host does not know that one. Every
// request takes its turn.
func (v *Vendor) requestPIN(ctx context.Context, form url.Values, code support.Secret) (string, error) {
	form.Set("authcode", code.Reveal())
	const first = "requestPINCode"
	method := first
	if v.cfg.PINMethod != "v1" {
		method = first + "_" + v.cfg.PINMethod
	}
	payload, err := v.pacedPIN(ctx, method, form)
	if method != first && unknownMethod(err) {
		payload, err = v.pacedPIN(ctx, first, form)
	}
	if err != nil {
		return "", err
	}
	return readPIN(payload)
}

func (v *Vendor) pacedPIN(ctx context.Context, method string, form url.Values) (string, error) {
	if err := v.pins.turn(ctx); err != nil {
		return "", err
	}
	return v.wire.api(ctx, method, form)
}

// pinForm fills the fields of rescue.md 3.1. The token goes in last and whole: it overrides what else would be in its
// field, and is never truncated.
func pinForm(req support.OpenRequest) url.Values {
	fields := [6]string{0: req.Customer.Name, 2: req.Record.Number}
	if req.Settings.PassEmail {
		fields[1] = req.Customer.Email
	}
	form := url.Values{"notechconsole": {"1"}}
	for i, value := range fields {
		if value = truncate(value, customFieldLimits[i]); value != "" {
			form.Set(customField(i), value)
		}
	}
	if field := req.Settings.TokenField; field > 0 && field < len(customFieldLimits) {
		form.Set(customField(field), string(req.Token))
	}
	form.Set("tracking0", string(req.Token))
	if req.Settings.RequireConsole {
		form.Set("notechconsole", "0")
	}
	if onlyDigits.MatchString(req.Technician.ID) {
		form.Set("NodeId", req.Technician.ID)
	}
	return form
}

func customField(i int) string { return "cfield" + strconv.Itoa(i) }

// truncate puts the text on one line and cuts it to limit characters, as Rescue does not say what it does with
// longer values.
func truncate(text string, limit int) string {
	runes := []rune(strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), ""))
	return strings.TrimSpace(string(runes[:min(len(runes), limit)]))
}
