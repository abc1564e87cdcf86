package sandbox

import (
	"cmp"
	"errors"
	"strconv"

	simrescue "example.com/lifeline/sandbox/rescue"
	"example.com/lifeline/support"
)

// What the simulated Rescue company is set up with. Nothing here is a secret of anybody.
const (
	CompanyID       = 4711
	SSOPassword     = "sandbox-master-sso-password"
	ReportEmail     = "admin@example.com"
	ReportPassword  = "sandbox-report-password"
	TechnicianGroup = "Service desk"  // Dana and Sam
	FieldGroup      = "Field service" // Kim; posts to the Dynamics connection
)

// HookSecret is in the address of a connection's posts.
func HookSecret(connection string) string { return "sandbox-hook-secret-" + connection }

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
	w.Rescue.AddGroup(simrescue.Group{Name: FieldGroup})
	if err := w.addTechnicians(); err != nil {
		return err
	}
	return w.startPosts()
}

func (w *World) addTechnicians() error {
	for _, technician := range []simrescue.User{
		{Name: "Dana Whitfield", Email: "dana@example.com", Group: TechnicianGroup},
		{Name: "Sam Okafor", Email: "sam@example.com", Group: TechnicianGroup},
		{Name: "Kim Larsen", Email: "kim@example.com", Group: FieldGroup},
	} {
		technician.Company, technician.SSOID, technician.Console = CompanyID, technician.Email, true
		if _, err := w.Rescue.AddTechnician(technician); err != nil {
			return err
		}
	}
	_, err := w.Rescue.AddAdministrator(simrescue.User{Company: CompanyID, Name: "Rescue Admin", Email: ReportEmail, Password: ReportPassword})
	return err
}

// startPosts lets each group's posts go to a connection, as Rescue is set up by group. Which one matters only for
// sessions begun in the console: the others carry a token that names their connection.
func (w *World) startPosts() error {
	desk, field := "", ""
	for _, p := range w.pairs {
		if p.vendor == support.Rescue {
			desk, field = cmp.Or(desk, p.connection), p.connection
		}
	}
	return errors.Join(w.PostTo(desk, simrescue.FormatJSON), w.postGroupTo(FieldGroup, field, simrescue.FormatJSON))
}

// PostTo lets the posts of the group TechnicianGroup go to a connection's hook.
func (w *World) PostTo(connection string, format simrescue.Format) error {
	return w.postGroupTo(TechnicianGroup, connection, format)
}

func (w *World) postGroupTo(group, connection string, format simrescue.Format) error {
	hook := w.options.API + "/hooks/rescue/" + connection + "/" + HookSecret(connection)
	return w.Rescue.SetPostURLs(group, hook+"?event=start", hook+"?event=end", format)
}

// rescueEnvironment configures a connection's Rescue half.
func (w *World) rescueEnvironment(p pair) map[string]string {
	token, err := w.Rescue.IssueToken(ReportEmail)
	if err != nil {
		panic(err) // the administrator was seeded above
	}
	return map[string]string{
		"RESCUE_COMPANY_ID":      strconv.Itoa(CompanyID),
		"RESCUE_SSO_PASSWORD":    SSOPassword,
		"RESCUE_API_TOKEN":       token,
		"RESCUE_REPORT_EMAIL":    ReportEmail,
		"RESCUE_REPORT_PASSWORD": ReportPassword,
		"RESCUE_BASE_URL":        w.URL("rescue"),
		"HOOK_SECRET":            HookSecret(p.connection),
	}
}
