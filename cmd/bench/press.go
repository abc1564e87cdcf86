package main

import (
	"context"
	"fmt"
	"time"
)

// rest is how long the simulators must be left alone before the next press: what an earlier one set going is over.
const rest = 150 * time.Millisecond

// measurePress presses one at a time, and takes off the time in which the simulators had the word. In turn with each
// press goes one of the floor, so that both find the machine in the same state.
func measurePress(ctx context.Context, b *bench) error {
	incidents, err := b.incidents(b.options.presses)
	if err != nil {
		return err
	}
	f, err := b.startFloor(ctx)
	if err != nil {
		return err
	}
	defer f.stop()
	var whole, theirs, added, bare times
	load := b.startLoad()
	for _, incident := range incidents {
		took, own, err := b.timePress(ctx, incident)
		if err != nil {
			return err
		}
		floor, err := f.press(ctx)
		if err != nil {
			return err
		}
		whole, theirs, added, bare = append(whole, took), append(theirs, own), append(added, took-own), append(bare, floor)
	}
	used := load.end()
	b.report.add("press, one at a time: request to PIN", whole.String(), "", used)
	b.report.add("- of which the simulators", theirs.String(), "", used)
	b.report.add("- added by Lifeline and the engine", added.String(), "median <= 25 ms", used)
	b.report.add("- floor, in turn: update-with-start, 3 local activities", bare.String(), "", used)
	b.report.add("- added over the floor (medians)", milliseconds(added.at(0.5)-bare.at(0.5)), "", used)
	return nil
}

// timePress presses when all is quiet, and tells how long that took, and how much of it the simulators.
func (b *bench) timePress(ctx context.Context, incident string) (took, theirs time.Duration, err error) {
	if err := b.settle(ctx); err != nil {
		return 0, 0, err
	}
	b.watch.record()
	began := time.Now()
	if _, err := b.press(ctx, incident); err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	if err := b.settle(ctx); err != nil {
		return 0, 0, err
	}
	return took, busy(untilPIN(b.watch.take())), nil
}

// settle waits until the simulators are left alone.
func (b *bench) settle(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.lifeline.done:
			return fmt.Errorf("%s has ended, see %s", b.options.lifeline, b.lifeline.log)
		case <-time.After(rest):
		}
		if b.watch.quiet(time.Now(), rest) {
			return nil
		}
	}
}
