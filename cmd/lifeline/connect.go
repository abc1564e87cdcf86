package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"example.com/lifeline/activities"
	"example.com/lifeline/crm/dynamics"
	"example.com/lifeline/crm/servicenow"
	"example.com/lifeline/support"
)

// runConnect sets a connection up. Everything in it may be repeated.
func runConnect(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: lifeline connect <connection>")
	}
	cfg, err := loadConfiguration()
	if err != nil {
		return err
	}
	app, err := newChecker(ctx, cfg)
	if err != nil {
		return err
	}
	defer app.Close()
	c, err := app.connectionNamed(args[0])
	if err != nil {
		return err
	}
	return app.connectOne(ctx, c, out)
}

// connectionNamed finds what an administrator named.
func (a *App) connectionNamed(name string) (*connection, error) {
	at := slices.IndexFunc(a.connections, func(c *connection) bool { return c.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("there is no connection %q; LIFELINE_CONNECTIONS names %s", name, strings.Join(a.cfg.Process.Connections, ", "))
	}
	return a.connections[at], nil
}

func (a *App) connectOne(ctx context.Context, c *connection, out io.Writer) error {
	if !c.needsConnecting() {
		fmt.Fprintf(out, "There is nothing to set up: %s needs its variables only. `lifeline doctor %s` shows how it stands.\n", c.Name, c.Name)
		return nil
	}
	switch crm := c.CRM.(type) {
	case *dynamics.CRM:
		hook := a.cfg.Process.PublicURL + "/hooks/dynamics/" + c.Name
		findings, err := crm.Connect(ctx, hook, c.config.Dynamics.WebhookSecret)
		if a.print(out, c.Name, findings); err != nil {
			return err
		}
	case *servicenow.CRM:
		if c.config.ServiceNow.Auth == servicenow.AuthRefreshToken {
			if err := a.consentServiceNow(ctx, c, crm, out); err != nil {
				return err
			}
		}
	}
	if err := a.connectVendor(ctx, c, out); err != nil {
		return err
	}
	fmt.Fprintf(out, "Done; `lifeline doctor %s` shows how the connection stands.\n", c.Name)
	return nil
}

// needsConnecting tells whether there is more to a connection than its variables.
func (c *connection) needsConnecting() bool {
	return c.CRM.Kind() == support.Dynamics || c.config.ServiceNow.Auth == servicenow.AuthRefreshToken || c.config.TeamViewer.ClientID != ""
}

// consentServiceNow trades a user's password for a refresh token. The password is not kept.
func (a *App) consentServiceNow(ctx context.Context, c *connection, crm *servicenow.CRM, out io.Writer) error {
	user, password, err := askCredentials(out, "ServiceNow user for "+c.Name)
	if err != nil {
		return err
	}
	credential, err := crm.Exchange(ctx, user, password)
	if err != nil {
		return err
	}
	if err := a.sessions.ProvideCredential(ctx, c.Name, c.Name, activities.CRMSubject(servicenow.SubjectOAuth), credential); err != nil {
		return err
	}
	fmt.Fprintf(out, "  ✓ consent: stored; it ends on %s. Waiting sessions go on by themselves.\n", credential.Ends.Format("2 January 2006"))
	return nil
}

// askCredentials asks on the terminal; LIFELINE_CONNECT_USER and LIFELINE_CONNECT_PASSWORD answer where there is none.
func askCredentials(out io.Writer, question string) (string, support.Secret, error) {
	if user := os.Getenv(connectUser); user != "" {
		return user, support.Secret(os.Getenv(connectPassword)), nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", "", fmt.Errorf("there is no terminal to ask on; set %s and %s", connectUser, connectPassword)
	}
	fmt.Fprint(out, question+": ")
	var user string
	if _, err := fmt.Scanln(&user); err != nil {
		return "", "", err
	}
	fmt.Fprint(out, "Password (not stored): ")
	password, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(out)
	return user, support.Secret(password), err
}

const (
	connectUser     = "LIFELINE_CONNECT_USER"
	connectPassword = "LIFELINE_CONNECT_PASSWORD"
)
