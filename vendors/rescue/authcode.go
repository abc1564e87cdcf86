package rescue

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"example.com/lifeline/support"
)

const authcodePrefix = "authcode/"

// ssoIDForm is what fits into the subject of a credential.
var ssoIDForm = regexp.MustCompile(`^[a-z0-9.@_+/-]{1,200}$`)

// AuthcodeSubject names a technician's authcode at the keeper: "authcode/" and the SSO id in lower case. Whoever stores
// what SignIn returned needs it too. It answers unknown_technician for no id and invalid for one with other
// characters than a subject may have, both kind Stop.
func AuthcodeSubject(ssoID string) (string, error) {
	id := strings.ToLower(strings.TrimSpace(ssoID))
	if id == "" {
		return "", support.Stopped(support.CodeNoTechnician, "the agent has no Rescue SSO id", nil)
	}
	if !ssoIDForm.MatchString(id) {
		return "", support.Stopped(support.CodeInvalid, "the agent's Rescue SSO id may hold letters, digits and . @ _ + - / only", nil)
	}
	return authcodePrefix + id, nil
}

// asTechnician makes a call with the technician's authcode. A refused code is replaced once: a new code voids the
// former one, so asking more often would knock others out (rescue.md 2.3).
func (v *Vendor) asTechnician(ctx context.Context, ssoID string, call func(code support.Secret) error) error {
	subject, err := AuthcodeSubject(ssoID)
	if err != nil {
		return err
	}
	held, err := v.keeper.Get(ctx, subject)
	if err != nil {
		return err
	}
	err = call(held.Value)
	if !codeRefused(err) {
		return err
	}
	renewed, err := v.keeper.Renew(ctx, subject, held)
	if err != nil {
		return err
	}
	return call(renewed.Value)
}

// asAdministrator makes a call with the API token. Nothing can renew that one.
func (v *Vendor) asAdministrator(call func(token support.Secret) error) error {
	err := call(v.cfg.APIToken)
	if codeRefused(err) {
		return support.NeedsAttention(support.CodeCredentialDead, "Rescue refused RESCUE_API_TOKEN; a master administrator must make a new one", err)
	}
	return err
}

func codeRefused(err error) bool { return refusedWith(err, wordInvalidAuthcode, wordNotLoggedIn) }

// Issue implements support.Issuer for the subjects "authcode/<sso id>": it asks for a technician's authcode with the
// master SSO password (rescue.md 2.3), which voids the former code. Without that password the agent has to sign in
// (SignIn), and the answer is sign_in_needed.
func (v *Vendor) Issue(ctx context.Context, subject string, _ support.Credential) (support.Credential, error) {
	ssoID, found := strings.CutPrefix(subject, authcodePrefix)
	if !found || !ssoIDForm.MatchString(ssoID) {
		return support.Credential{}, support.Stopped(support.CodeInvalid, "Rescue has no such credential", nil)
	}
	if v.cfg.SSOPassword == "" {
		return support.Credential{}, support.Stopped(support.CodeSignInNeeded, "sign in to Rescue once, so that Lifeline can ask for codes in your name", nil)
	}
	payload, err := v.wire.api(ctx, "requestAuthCodeSSO", url.Values{
		"ssoid":   {ssoID},
		"pwd":     {v.cfg.SSOPassword.Reveal()},
		"company": {v.cfg.CompanyID},
	})
	if refusedWith(err, wordInvalid) {
		return support.Credential{}, unknownTechnician(ssoID, err)
	}
	return authcodeOf(payload, err)
}

func unknownTechnician(ssoID string, cause error) error {
	return support.Stopped(support.CodeNoTechnician, "no Rescue technician has the SSO id "+ssoID, cause)
}

// SignIn makes an authcode from a technician's own e-mail and password (rescue.md 2.2), for accounts without single
// sign-on, and tells whose it is. The password is used for this call only. A wrong one, and a user who is no technician
// of this company, answer unknown_technician, kind Stop.
func (v *Vendor) SignIn(ctx context.Context, email string, password support.Secret) (support.Credential, support.Technician, error) {
	payload, err := v.wire.api(ctx, "requestAuthCode", url.Values{"email": {email}, "pwd": {password.Reveal()}})
	if refusedWith(err, wordInvalid) {
		err = support.Stopped(support.CodeNoTechnician, "Rescue refused this e-mail or password", err)
	}
	credential, err := authcodeOf(payload, err)
	if err != nil {
		return support.Credential{}, support.Technician{}, err
	}
	who, err := v.ourTechnician(ctx, credential.Value)
	if err != nil {
		return support.Credential{}, support.Technician{}, err
	}
	return credential, support.Technician{ID: who.TechID, Email: who.Email}, nil
}

// ourTechnician tells whose authcode it is. A code of another company would lead customers to strangers.
func (v *Vendor) ourTechnician(ctx context.Context, code support.Secret) (identity, error) {
	who, err := v.identify(ctx, code)
	if err != nil {
		return identity{}, err
	}
	if who.TechID == "" {
		return identity{}, support.Stopped(support.CodeNoTechnician, "this Rescue user has no technician licence", nil)
	}
	var company identity
	err = v.asAdministrator(func(token support.Secret) (err error) {
		company, err = v.identify(ctx, token)
		return err
	})
	switch {
	case err != nil:
		return identity{}, err
	case company.AccountID == "": // two that are not told are not the same one
		return identity{}, notUnderstood("Rescue does not tell whose account this is", nil)
	case who.AccountID != company.AccountID:
		return identity{}, support.Stopped(support.CodeNoTechnician, "this Rescue user belongs to another company's account", nil)
	}
	return who, nil
}

func authcodeOf(payload string, err error) (support.Credential, error) {
	if err != nil {
		return support.Credential{}, err
	}
	code, err := readAuthcode(payload)
	return support.Credential{Value: support.Secret(code)}, err
}
