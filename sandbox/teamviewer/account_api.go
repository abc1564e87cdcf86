package teamviewer

import "errors"

// shownAccount is the sender's own account (teamviewer.md 1.7).
type shownAccount struct {
	UserID            string         `json:"userid"`
	Email             string         `json:"email"`
	Name              string         `json:"name"`
	CompanyName       string         `json:"company_name"`
	Licence           shownLicence   `json:"license"`
	AvailableLicences []shownLicence `json:"available_licenses"`
	EmailValidated    bool           `json:"email_validated"`
	EmailLanguage     string         `json:"email_language"`
	HasPaidLicence    string         `json:"custom_field_has_paid_license"`
}

type shownLicence struct {
	Version  int    `json:"version,omitempty"`
	Type     string `json:"type"`
	ID       string `json:"teamViewerLicenseId"`
	IsActive bool   `json:"isactive"`
}

const licenceID = "f23c0c5e-4a55-4a0c-9d0e-6d1c2b7a9e10"

// ping answers also those whose token is bad; only without any token, or if so set, it is 401.
func (s *Sim) ping(c *call) (answer, error) {
	by, err := s.authenticate(c.Request)
	if errors.Is(err, errNoToken) || err != nil && s.settings.PingRefuses {
		return answer{}, err
	}
	if err == nil {
		c.by = by
		err = s.countCall(by.value, c.route)
	}
	if by != nil && err != nil {
		return answer{}, err
	}
	return ok(map[string]bool{"token_valid": err == nil})
}

func (s *Sim) account(c *call) (answer, error) {
	u, licence := c.by.user, shownLicence{Type: string(s.licence.Type), ID: licenceID, IsActive: true}
	paid := "True"
	if s.licence.Type == Free {
		paid = "False"
	}
	current := licence
	current.Version = -1
	return ok(shownAccount{
		UserID: u.ID, Email: u.Email, Name: u.Name, CompanyName: s.company, Licence: current,
		AvailableLicences: []shownLicence{licence}, EmailValidated: true, EmailLanguage: "en", HasPaidLicence: paid,
	})
}
