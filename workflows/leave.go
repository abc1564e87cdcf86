package workflows

import "go.temporal.io/sdk/workflow"

// leave ends the run when nothing of it is left to do. Presses that wait for the record are answered before it ends,
// and what comes at the last moment is not lost.
func (s *session) leave(ctx workflow.Context) error {
	for {
		if err := workflow.Await(ctx, func() bool { return s.background.pending == 0 }); err != nil {
			return err
		}
		if err := s.othersFirst(ctx); err != nil {
			return err
		}
		s.left = true
		if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
			return err
		}
		if s.takeLate(ctx) {
			s.fileLast(ctx)
		} else if s.background.pending == 0 && s.events.Len() == 0 {
			return ctx.Err()
		}
	}
}

// lastGivesWay marks the change by which the record is free while what came at the last moment is being filed.
const lastGivesWay = "last-gives-way"

// fileLast files what came when the run was as good as over. That gives way to a press as all filing does.
func (s *session) fileLast(ctx workflow.Context) {
	if workflow.GetVersion(ctx, lastGivesWay, workflow.DefaultVersion, 1) < 1 {
		s.fileLate(ctx)
		return
	}
	s.news, s.filed, s.left = true, false, false
	s.conclude(ctx)
}

// othersLeaveFirst marks the change by which presses that wait for the record are told that it is free when no other
// update is under way.
const othersLeaveFirst = "others-leave-first"

// othersFirst waits for the updates that do not wait for the record themselves. Whoever was told sooner that it is free
// would try again, and find this run still there.
func (s *session) othersFirst(ctx workflow.Context) error {
	if s.handling == s.yielding || workflow.GetVersion(ctx, othersLeaveFirst, workflow.DefaultVersion, 1) < 1 {
		return nil
	}
	return workflow.Await(ctx, func() bool { return s.handling == s.yielding && s.background.pending == 0 })
}
