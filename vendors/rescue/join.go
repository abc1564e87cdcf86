package rescue

import (
	"context"
	"net/url"
	"strings"

	"example.com/lifeline/support"
)

// Join implements support.Vendor: a single-use ticket that signs the technician in to the console (rescue.md 2.4).
// Without the master SSO password there is no such ticket, and the answer is not_supported.
func (v *Vendor) Join(ctx context.Context, req support.JoinRequest) (support.Secret, error) {
	if v.cfg.SSOPassword == "" {
		return "", support.Stopped(support.CodeNotSupported, "open your Rescue console; it cannot be opened from here without single sign-on", nil)
	}
	subject, err := AuthcodeSubject(req.Technician.SSOID)
	if err != nil {
		return "", err
	}
	answer, err := v.loginTicket(ctx, strings.TrimPrefix(subject, authcodePrefix))
	if err != nil {
		return "", err
	}
	return v.readTicket(answer)
}

func (v *Vendor) loginTicket(ctx context.Context, ssoID string) ([]byte, error) {
	answer, err := v.wire.form(ctx, v.wire.quick, "/SSO/GetLoginTicket.aspx", url.Values{
		"ssoid":     {ssoID},
		"Password":  {v.cfg.SSOPassword.Reveal()},
		"CompanyID": {v.cfg.CompanyID},
	}, nil)
	return answer.Body, err
}

// readTicket takes "OK:<address>", the form that the SSO pages alone have.
func (v *Vendor) readTicket(body []byte) (support.Secret, error) {
	address, found := strings.CutPrefix(strings.TrimSpace(string(body)), wordOK+":")
	if !found {
		if _, err := readPlain(body); err != nil {
			return "", err
		}
		return "", notUnderstood("Rescue said OK but gave no ticket", nil)
	}
	address = strings.TrimSpace(address)
	if !v.ownAddress(address) {
		return "", notUnderstood("Rescue gave a ticket for an address that is not its own", nil)
	}
	return support.Secret(address), nil
}

// ownAddress keeps a manipulated answer from sending technicians elsewhere: the configured host, or one of the
// vendor's.
func (v *Vendor) ownAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(address, " \t\r\n") {
		return false
	}
	if base, err := url.Parse(v.cfg.base()); err == nil && u.Scheme == base.Scheme && u.Host == base.Host {
		return true
	}
	for _, host := range regionHosts {
		if u.Scheme == "https" && u.Host == host {
			return true
		}
	}
	return false
}
