package main

import (
	"context"
	"fmt"
	"time"
)

// rest is how long the simulators must be left alone before the next press: what an earlier one set going is over.
const rest = 150 * time.Millisecond

// measurePress presses one at a time and takes off the time in which the simulators had the word.
func measurePress(ctx context.Context, b *bench) error {
	incidents, err := b.incidents(b.options.presses)
	if err != nil {
		return err
	}
	var whole, theirs, added times
	load := b.startLoad()
	for _, incident := range incidents {
		if err := b.settle(ctx); err != nil {
			return err
		}
		b.watch.record()
		began := time.Now()
		if _, err := b.press(ctx, incident); err != nil {
			return err
		}
		took := time.Since(began)
		if err := b.settle(ctx); err != nil {
			return err
		}
		own := busy(untilPIN(b.watch.take()))
		whole, theirs, added = append(whole, took), append(theirs, own), append(added, took-own)
	}
	used := load.end()
	b.report.add("press, one at a time: request to PIN", whole.String(), "", used)
	b.report.add("- of which the simulators", theirs.String(), "", used)
	b.report.add("- added by Lifeline", added.String(), "median <= 25 ms", used)
	return nil
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
