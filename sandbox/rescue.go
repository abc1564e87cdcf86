package sandbox

import (
	"strconv"

	simrescue "example.com/lifeline/sandbox/rescue"
)

// What the simulated Rescue company is set up with. Nothing here is a secret of anybody.
const (
	CompanyID       = 4711
	SSOPassword     = "sandbox-master-sso-password"
	ReportEmail     = "admin@example.com"
	ReportPassword  = "sandbox-report-password"
	TechnicianGroup = "Service desk"
)

// hookSecret is in the address of a connection's posts.
func hookSecret(connection string) string { return "sandbox-hook-secret-" + connection }

func (w *World) startRescue() error {
	listener, err := w.listen("rescue", "")
	if err != nil {
		return err
	}
	w.Rescue = simrescue.New(simrescue.Options{
		Logger: w.options.Log, Pages: w.URL("rescue"), FirstSession: w.options.FirstSession,
		Settings: simrescue.Settings{NoLimits: w.options.NoLimits},
	})
	w.serveOn(listener, w.Rescue.Handler())
	w.Rescue.AddCompany(simrescue.Company{ID: CompanyID, Name: "Example Support", MasterPassword: SSOPassword})
	w.Rescue.AddGroup(simrescue.Group{Name: TechnicianGroup})
	for _, technician := range []simrescue.User{
		{Name: "Dana Whitfield", Email: "dana@example.com", SSOID: "dana@example.com", Group: TechnicianGroup, Console: true},
		{Name: "Sam Okafor", Email: "sam@example.com", SSOID: "sam@example.com", Group: TechnicianGroup, Console: true},
	} {
		technician.Company = CompanyID
		if _, err := w.Rescue.AddTechnician(technician); err != nil {
			return err
		}
	}
	if _, err := w.Rescue.AddAdministrator(simrescue.User{Company: CompanyID, Name: "Rescue Admin", Email: ReportEmail, Password: ReportPassword}); err != nil {
		return err
	}
	return w.PostTo("acme-sn", simrescue.FormatJSON)
}

// PostTo lets the technician group's posts go to a connection's hook.
func (w *World) PostTo(connection string, format simrescue.Format) error {
	hook := w.options.API + "/hooks/rescue/" + connection + "/" + hookSecret(connection)
	return w.Rescue.SetPostURLs(TechnicianGroup, hook+"?event=start", hook+"?event=end", format)
}

// rescueEnvironment configures a connection's Rescue half.
func (w *World) rescueEnvironment(prefix, connection string) map[string]string {
	token, err := w.Rescue.IssueToken(ReportEmail)
	if err != nil {
		panic(err) // the administrator was seeded above
	}
	return map[string]string{
		prefix + "_VENDOR":                 "rescue",
		prefix + "_RESCUE_COMPANY_ID":      strconv.Itoa(CompanyID),
		prefix + "_RESCUE_SSO_PASSWORD":    SSOPassword,
		prefix + "_RESCUE_API_TOKEN":       token,
		prefix + "_RESCUE_REPORT_EMAIL":    ReportEmail,
		prefix + "_RESCUE_REPORT_PASSWORD": ReportPassword,
		prefix + "_RESCUE_BASE_URL":        w.URL("rescue"),
		prefix + "_HOOK_SECRET":            hookSecret(connection),
	}
}
