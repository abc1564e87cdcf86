package rescue

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"example.com/lifeline/support"
)

// identity is what Rescue says of the owner of an authcode (rescue.md 5.2). Ids are empty where the role is absent.
type identity struct {
	AccountID string
	AdminID   string
	TechID    string
	Email     string
}

// Technician implements support.Vendor: it finds the agent by SSO id, else by e-mail, and fills the id of the
// technician node.
func (v *Vendor) Technician(ctx context.Context, hint support.Technician) (support.Technician, error) {
	if hint.SSOID == "" {
		hint.SSOID = hint.Email
	}
	var who identity
	err := v.asTechnician(ctx, hint.SSOID, func(code support.Secret) (err error) {
		who, err = v.identify(ctx, code)
		return err
	})
	if err != nil {
		return support.Technician{}, err
	}
	if who.TechID == "" {
		return support.Technician{}, support.Stopped(support.CodeNoTechnician, "the Rescue user "+hint.SSOID+" has no technician licence", nil)
	}
	hint.ID = who.TechID
	if who.Email != "" {
		hint.Email = who.Email
	}
	return hint, nil
}

// identify asks getAccount_v2, or the plain getAccount where the host does not know that.
func (v *Vendor) identify(ctx context.Context, code support.Secret) (identity, error) {
	response, err := v.wire.soap(ctx, "getAccount_v2", authcodeParam(code))
	if unknownMethod(err) || isClientFault(err) {
		return v.identifyPlain(ctx, code)
	}
	if err != nil {
		return identity{}, err
	}
	return identity{
		AccountID: role(response.get("iAccountID")),
		AdminID:   role(response.get("iAdminID")),
		TechID:    role(response.get("iTechID")),
		Email:     response.get("sEmail"),
	}.checked()
}

var accountLabels = newLabels("AccountID", "Organization", "AdminID", "TechID", "Email")

// identifyPlain answers for the authcode, or for the login of the cookies when the code is empty.
func (v *Vendor) identifyPlain(ctx context.Context, code support.Secret, cookies ...*http.Cookie) (identity, error) {
	form := url.Values{}
	if code != "" {
		form.Set("authcode", code.Reveal())
	}
	payload, err := v.wire.api(ctx, "getAccount", form, cookies...)
	if err != nil {
		return identity{}, err
	}
	found := accountLabels.read(payload)
	return identity{
		AccountID: role(found["ACCOUNTID"]),
		AdminID:   role(found["ADMINID"]),
		TechID:    role(found["TECHID"]),
		Email:     found["EMAIL"],
	}.checked()
}

// role reads a node id; 0 means that the identity has no such role.
func role(id string) string {
	if !onlyDigits.MatchString(id) || strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}

func (i identity) checked() (identity, error) {
	if i.AccountID == "" && i.AdminID == "" && i.TechID == "" {
		return identity{}, notUnderstood("Rescue said OK but told no account", nil)
	}
	return i, nil
}
