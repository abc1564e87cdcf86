package servicenow

import (
	"cmp"
	"context"

	"example.com/lifeline/support"
)

// Reassign implements support.Records. Only the person changes: writing the group would clear the person
// (servicenow.md 4.6).
func (c *CRM) Reassign(ctx context.Context, ref support.RecordRef, agent support.Agent) error {
	t, err := c.ticketAt(ref)
	if err != nil {
		return err
	}
	if !sysID.MatchString(agent.ID) {
		return support.Stopped(support.CodeInvalid, "the technician is no ServiceNow user", nil)
	}
	now, err := c.read(ctx, ref.Type, ref.ID, "state", "active", "assigned_to")
	if err != nil || t.closed(now) || now.get("assigned_to") == agent.ID {
		return err
	}
	echoed, err := c.update(ctx, ref.Type, ref.ID, values{"assigned_to": agent.ID}, "assigned_to")
	if err != nil {
		return err
	}
	if echoed.get("assigned_to") != agent.ID {
		return support.NeedsAttention(support.CodeMapping, "ServiceNow did not take the technician as assignee of the "+ref.Type+"; a rule or the assignment group may forbid it", nil)
	}
	return nil
}

// ResolveRecord implements support.Records: state, code and notes go in one write, because a data policy demands them
// together (servicenow.md 4.6). ServiceNow has no plain field for minutes worked, so Minutes is not written.
func (c *CRM) ResolveRecord(ctx context.Context, resolution support.Resolution) error {
	ref := resolution.Record
	t, err := c.ticketAt(ref)
	if err != nil {
		return err
	}
	now, err := c.read(ctx, ref.Type, ref.ID, "state", "active")
	if err != nil || t.closed(now) {
		return err
	}
	sent := t.resolution(resolution)
	check := []string{"state"}
	if t.codeField != "" {
		check = append(check, t.codeField)
	}
	echoed, err := c.update(ctx, ref.Type, ref.ID, sent, check...)
	if err != nil {
		return err
	}
	return kept(ref.Type, sent, echoed, check...)
}

func (t ticket) resolution(r support.Resolution) values {
	v := values{"state": t.resolved}
	if code := cmp.Or(r.Code, t.code); t.codeField != "" && code != "" {
		v[t.codeField] = code
	}
	if t.notes != "" && r.Text != "" {
		v[t.notes] = harmless(r.Text)
	}
	return v
}
