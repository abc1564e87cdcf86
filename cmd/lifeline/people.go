package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/lifeline/support"
)

// people sorts the CRM's users by what the vendor says of them.
type people struct {
	vendor   support.VendorKind
	known    int
	unknown  []string // nobody at the vendor has their e-mail or SSO id
	unsigned []string // they have to sign in to the vendor once
	why      string   // the vendor's last word on an unknown one
}

// checkPeople compares agents with technicians: whoever has no match cannot press the button. Technicians' codes are
// kept by the engine and asked for by a worker, so it needs both.
func (a *App) checkPeople(ctx context.Context, c *connection) []support.Finding {
	agents, err := c.CRM.Agents(ctx)
	if err != nil {
		return []support.Finding{{Level: support.Warning, Subject: "technicians", Text: "not looked at: " + support.AsError(err).Message,
			Remedy: "put that right and run doctor again, or compare CRM users and technicians by hand"}}
	}
	if a.sessions.Ready(ctx) != nil || !a.hasWorker(ctx) {
		return []support.Finding{{Level: support.Warning, Subject: "technicians", Text: "not looked at: that takes the engine and a worker",
			Remedy: "see above, and run doctor again"}}
	}
	p := people{vendor: c.Vendor.Kind()}
	for _, agent := range agents {
		if failure := p.sort(agent, technicianOf(ctx, c, agent)); failure != nil {
			return []support.Finding{{Level: support.Fault, Subject: "technicians", Text: "cannot be looked up: " + failure.Message,
				Remedy: "see the vendor's findings above and the worker's log"}}
		}
	}
	return p.findings(len(agents))
}

func technicianOf(ctx context.Context, c *connection, agent support.Agent) error {
	technician, err := c.CRM.TechnicianOf(ctx, agent)
	if err == nil {
		_, err = c.Vendor.Technician(ctx, technician)
	}
	return err
}

// sort returns a failure that says nothing of this agent.
func (p *people) sort(agent support.Agent, err error) *support.Error {
	failure := support.AsError(err)
	who := cmp.Or(agent.Email, agent.UserName, agent.Name, agent.ID)
	switch {
	case failure == nil:
		p.known++
	case failure.Kind == support.Retry:
		return failure
	case failure.Code == support.CodeSignInNeeded:
		p.unsigned = append(p.unsigned, who)
	default:
		p.unknown, p.why = append(p.unknown, who), failure.Message
	}
	return nil
}

func (p *people) findings(agents int) []support.Finding {
	if p.known == 0 && len(p.unknown) > 0 { // most often it is not the people, but what we ask with
		return []support.Finding{{Level: support.Fault, Subject: "technicians", Text: fmt.Sprintf("none of %d users is known to the vendor: %s", agents, p.why),
			Remedy: doubtful[p.vendor] + "; if that is right, give technicians the e-mail of their CRM user"}}
	}
	list := []support.Finding{{Level: support.OK, Subject: "technicians", Text: fmt.Sprintf("%d of %d users are known to the vendor", p.known, agents)}}
	if len(p.unknown) > 0 {
		list = append(list, support.Finding{Level: support.Warning, Subject: "technicians", Text: "unknown to the vendor: " + names(p.unknown),
			Remedy: "give those who press the button a technician with the same e-mail (SSO id); leave the others"})
	}
	if len(p.unsigned) > 0 {
		list = append(list, support.Finding{Level: support.Warning, Subject: "technicians", Text: "not signed in to the vendor yet: " + names(p.unsigned),
			Remedy: "each is asked to when pressing the button for the first time"})
	}
	return list
}

// doubtful is what is probably wrong when a vendor knows nobody, by vendor.
var doubtful = map[support.VendorKind]string{
	support.Rescue:     "the company id or the SSO password is probably wrong: check RESCUE_COMPANY_ID and RESCUE_SSO_PASSWORD",
	support.TeamViewer: "the token or consent is probably another company's: see the vendor's findings above",
}

// mostNames bounds a list that is read by people.
const mostNames = 10

func names(list []string) string {
	slices.Sort(list)
	if len(list) > mostNames {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:mostNames], ", "), len(list)-mostNames)
	}
	return strings.Join(list, ", ")
}
