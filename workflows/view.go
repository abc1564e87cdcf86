package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/support"
)

// view is the session as agents may see it.
func (s *session) view(ctx workflow.Context) View {
	v := View{
		Connection: s.in.Connection, Vendor: s.in.Vendor, Record: s.record.Ref, Number: s.record.Number, Key: s.key,
		State: s.state, Reason: s.story.Reason, Code: s.invitation.Code, CustomerLink: s.invitation.CustomerLink,
		ExpiresAt: s.invitation.ExpiresAt, VendorSessionID: s.story.SessionID, Agent: s.agent,
		Technician: or(s.currentTechnician().Name, s.agent.Name), Customer: s.story.Customer, CustomerOnline: s.online(),
		RequestedAt: s.story.requestedAt, StartedAt: s.story.StartedAt, EndedAt: s.story.EndedAt,
		Buttons: s.buttons(ctx),
		Shared:  s.shared, Remarks: s.remarks, PanelURL: s.panelURL, RunID: s.runID, WorkflowID: s.id,
	}
	if s.state.Over() {
		v.Code, v.CustomerLink = "", ""
	}
	if len(s.attention) > 0 {
		v.Attention = &s.attention[0]
	}
	return v
}

// online tells whether the customer is there; nil is unknown. Nobody is there any more when the session is over, also where
// it was closed while they were.
func (s *session) online() *bool {
	if s.story.Online == nil {
		return nil
	}
	return new(*s.story.Online && !s.state.Over())
}

// details is what the Temporal UI shows of the run, as a ticket would read.
func (s *session) details() string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			b.WriteString("- **" + name + "**: " + value + "\n")
		}
	}
	b.WriteString("### " + strings.TrimSpace(s.record.Number+" "+s.record.Title) + "\n")
	line("State", string(s.state))
	line("Agent", s.agent.Name)
	line("Technician", s.currentTechnician().Name)
	line("Vendor session", s.story.SessionID)
	if !s.story.StartedAt.IsZero() {
		line("Picked up", s.story.StartedAt.UTC().Format(time.DateTime))
	}
	if s.state.Over() {
		line("Ended by", string(s.story.Reason))
	}
	for _, a := range s.attention {
		line("Waits for a human", a.Step+": "+a.Reason)
		line("What to do", support.Remedy(a.Code))
	}
	return b.String()
}
