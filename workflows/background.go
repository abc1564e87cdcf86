package workflows

import "go.temporal.io/sdk/workflow"

// background counts what a session does beside its course. What it does meanwhile matters only while the session
// lives and ends with it; an errand must be finished before the run may end.
type background struct {
	live    workflow.Context
	stop    workflow.CancelFunc
	errands workflow.Context
	running int
	pending int
}

func newBackground(ctx workflow.Context) background {
	b := background{}
	b.begin(ctx)
	b.errands, _ = workflow.NewDisconnectedContext(ctx)
	return b
}

// begin makes room for what goes on meanwhile, also once more after an end.
func (b *background) begin(ctx workflow.Context) { b.live, b.stop = workflow.WithCancel(ctx) }

func (b *background) meanwhile(do func(workflow.Context)) {
	b.running++
	workflow.Go(b.live, func(ctx workflow.Context) {
		do(ctx)
		b.running--
	})
}

func (b *background) errand(do func(workflow.Context)) {
	b.pending++
	workflow.Go(b.errands, func(ctx workflow.Context) {
		do(ctx)
		b.pending--
	})
}

// end stops what goes on meanwhile. A write that is under way comes to its end first, so that none overtakes the
// filing's.
func (b *background) end(ctx workflow.Context) error {
	b.stop()
	return workflow.Await(ctx, func() bool { return b.running == 0 })
}
