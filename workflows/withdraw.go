package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"example.com/lifeline/support"
)

// dropCode closes a code that is not the session's any more.
func (s *session) dropCode(code string) {
	s.dropped = append(s.dropped, code)
	s.background.meanwhile(s.closingOf(code, patiently))
}

// dropUngiven closes a code that nobody has been given. The run does not end before that was tried; nor does it keep the
// record for long.
func (s *session) dropUngiven(code string, current bool) {
	if current {
		s.dropped = append(s.dropped, code)
		s.background.errand(s.closingOf(code, briefly))
		return
	}
	s.dropCode(code)
}

func (s *session) closingOf(code string, how func(workflow.Context, string) workflow.Context) func(workflow.Context) {
	return func(ctx workflow.Context) {
		err := workflow.ExecuteActivity(how(ctx, "close the other code"), steps.CloseSession, s.closeInput("", code)).Get(ctx, nil)
		if err == nil {
			s.dropped = slices.DeleteFunc(s.dropped, func(other string) bool { return other == code })
		}
		s.remarkFailure(ctx, "The other code could not be closed", failureOf(err))
	}
}

// codesAreClosed marks the change by which no code stays open for its closing having broken off, or failed, at the end.
const codesAreClosed = "codes-are-closed"

// withdraw closes the codes that are of no use any more at a vendor who keeps them open otherwise. It comes last: nothing
// that is filed waits for the vendor.
func (s *session) withdraw(ctx workflow.Context) {
	if s.in.Vendor != support.TeamViewer || s.awaitClosing(ctx) != nil {
		return
	}
	if !s.closing && s.invitation.Code != "" && ctx.Err() == nil {
		failure := s.closeAtVendor(patiently(ctx, "close the code at the vendor"), s.invitation.Code)
		s.remarkFailure(ctx, "The code could not be closed at the vendor", failure)
		s.closing = ctx.Err() == nil
	}
	s.withdrawDropped(ctx)
}

// awaitClosing waits for an agent's close: it may fail.
func (s *session) awaitClosing(ctx workflow.Context) error {
	if s.deciding == 0 || workflow.GetVersion(ctx, codesAreClosed, workflow.DefaultVersion, 1) < 1 {
		return nil
	}
	return workflow.Await(ctx, func() bool { return s.deciding == 0 })
}

// withdrawDropped closes codes that were replaced, and whose closing broke off with the session.
func (s *session) withdrawDropped(ctx workflow.Context) {
	if len(s.dropped) == 0 || ctx.Err() != nil || workflow.GetVersion(ctx, codesAreClosed, workflow.DefaultVersion, 1) < 1 {
		return
	}
	for _, code := range slices.Clone(s.dropped) {
		s.closingOf(code, patiently)(ctx)
	}
}
