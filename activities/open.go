package activities

import (
	"context"
	"slices"

	"example.com/lifeline/support"
)

// Prepared is a record together with the settings that hold for its session.
type Prepared struct {
	Record   support.Record   `json:"record"`
	Settings support.Settings `json:"settings"`
	PanelURL string           `json:"panelUrl"`
}

// ReadRecord reads the record a session is wanted for.
func (s *Steps) ReadRecord(ctx context.Context, ref support.RecordRef) (Prepared, error) {
	c, err := s.connection(ref.Connection)
	if err != nil {
		return Prepared{}, err
	}
	if !c.Settings.Enabled {
		return Prepared{}, support.Stopped(support.CodeDisabled, "remote support is switched off for this connection", nil)
	}
	if len(c.Settings.ButtonTypes) > 0 && !slices.Contains(c.Settings.ButtonTypes, ref.Type) {
		return Prepared{}, support.Stopped(support.CodeDisabled, "remote support is switched off for this kind of record", nil)
	}
	record, err := c.CRM.ReadRecord(ctx, ref)
	if err != nil {
		return Prepared{}, err
	}
	record.Ref = ref
	return Prepared{Record: record, Settings: c.Settings, PanelURL: s.panel(ref)}, nil
}

func (s *Steps) panel(ref support.RecordRef) string {
	if s.Panel == nil {
		return ""
	}
	return s.Panel(ref)
}

// ResolveInput names the agent whose technician is wanted.
type ResolveInput struct {
	Connection string        `json:"connection"`
	Agent      support.Agent `json:"agent"`
}

// ResolveTechnician finds the agent at the vendor, by way of the CRM's user setting, and keeps there what it learned.
func (s *Steps) ResolveTechnician(ctx context.Context, in ResolveInput) (support.Technician, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return support.Technician{}, err
	}
	hint, err := c.CRM.TechnicianOf(ctx, in.Agent)
	if err != nil {
		return support.Technician{}, err
	}
	found, err := c.Vendor.Technician(ctx, hint)
	if support.HasCode(err, support.CodeSignInNeeded) {
		s.showAuthcode(ctx, c, in.Agent, support.AuthcodeMissing)
	}
	if err != nil {
		return support.Technician{}, err
	}
	if found.ID != "" && found.ID != hint.ID {
		s.learn(ctx, c, in.Agent, found)
	}
	return found, nil
}

// learn keeps in the CRM what a first press brought. The agent who waits for a code gets it without that too.
func (s *Steps) learn(ctx context.Context, c *Connection, agent support.Agent, found support.Technician) {
	if err := c.CRM.LearnTechnician(ctx, agent, found); err != nil {
		s.Log.WarnContext(ctx, "the technician's id was not kept in the CRM", "connection", c.Name, "error", err)
	}
	if c.Vendor.Kind() == support.Rescue {
		s.showAuthcode(ctx, c, agent, support.AuthcodeKept)
	}
}

func (s *Steps) showAuthcode(ctx context.Context, c *Connection, agent support.Agent, state string) {
	settings, ok := c.CRM.(support.Authcodes)
	if !ok {
		return
	}
	if err := settings.ShowAuthcode(ctx, agent, state); err != nil {
		s.Log.WarnContext(ctx, "the authcode's state was not shown in the CRM", "connection", c.Name, "error", err)
	}
}

// OpenInput asks the vendor of a connection for a code.
type OpenInput struct {
	Connection string              `json:"connection"`
	Request    support.OpenRequest `json:"request"`
}

// OpenSession asks the vendor for a code.
func (s *Steps) OpenSession(ctx context.Context, in OpenInput) (support.Invitation, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return support.Invitation{}, err
	}
	in.Request.Again = in.Request.Again || attempt(ctx) > 1
	return c.Vendor.Open(ctx, in.Request)
}

// JoinInput asks for the technician's way in.
type JoinInput struct {
	Connection string              `json:"connection"`
	Request    support.JoinRequest `json:"request"`
	Other      *support.Agent      `json:"other,omitempty"` // who asks, when it is not the session's own agent
}

// JoinSession gives the address where the technician opens the session: a bearer secret or a single-use ticket. An
// agent who asks for a colleague's session comes in under their own name: Rescue's ticket signs in whom it is made for.
func (s *Steps) JoinSession(ctx context.Context, in JoinInput) (support.Secret, error) {
	c, err := s.connection(in.Connection)
	if err != nil {
		return "", err
	}
	if in.Other != nil {
		in.Request.Technician, err = s.ResolveTechnician(ctx, ResolveInput{Connection: in.Connection, Agent: *in.Other})
		if err != nil {
			return "", err
		}
	}
	return c.Vendor.Join(ctx, in.Request)
}

// CloseInput ends a session at the vendor.
type CloseInput struct {
	Connection string               `json:"connection"`
	Request    support.CloseRequest `json:"request"`
}

// CloseSession ends a session at the vendor, or withdraws its code.
func (s *Steps) CloseSession(ctx context.Context, in CloseInput) error {
	c, err := s.connection(in.Connection)
	if err != nil {
		return err
	}
	return c.Vendor.Close(ctx, in.Request)
}
