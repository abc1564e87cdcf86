package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/lifeline/sandbox"
)

// Ids of the sessions that the posts tell of: far from the simulator's own.
const (
	steadySessions = 70_000_000
	burstSessions  = 80_000_000
)

const (
	steadyRate    = 20 // posts a second
	steadySeconds = 10
)

// measurePosts sends start and end posts of sessions begun in the console: each starts a run of its own, which costs
// more than a post for a run that is there.
func measurePosts(ctx context.Context, b *bench) error {
	sessions := steadyRate * steadySeconds / 2
	event := func(i int) (string, int) {
		if i < sessions {
			return "start", steadySessions + i
		}
		return "end", steadySessions + i - sessions
	}
	load := b.startLoad()
	answers, _, err := b.sendPosts(ctx, 2*sessions, time.Second/steadyRate, event)
	if err != nil {
		return err
	}
	used := load.end()
	b.report.add(fmt.Sprintf("posts at %d/s for %d s: the hook's answer", steadyRate, steadySeconds), answers.String(), "p99 <= 50 ms", used)
	_, err = b.filed(ctx, steadySessions, sessions)
	return err
}

// measureBurst sends many end posts within one second, each of another session, and looks that all are filed.
func measureBurst(ctx context.Context, b *bench) error {
	count := b.options.burst
	event := func(i int) (string, int) { return "end", burstSessions + i }
	load := b.startLoad()
	answers, took, err := b.sendPosts(ctx, count, time.Second/time.Duration(count), event)
	if err != nil {
		return err
	}
	used := load.end()
	b.report.add(fmt.Sprintf("burst of %d posts in 1 s: the hook's answer", count), answers.String(), "", used)
	b.report.add("- all acknowledged after", seconds(took), "", used)
	load = b.startLoad()
	filed, err := b.filed(ctx, burstSessions, count)
	if err != nil {
		return err
	}
	b.report.add(fmt.Sprintf("- none lost: %d of %d rows filed, after", count, count), seconds(took+filed), "all", load.end())
	return nil
}

// sendPosts sends posts at their times, whether or not earlier ones are answered. An answer's time counts from when its
// post was due. Any answer but 200 is an error.
func (b *bench) sendPosts(ctx context.Context, count int, every time.Duration, event func(i int) (string, int)) (times, time.Duration, error) {
	answers := make(times, count)
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for i := range count {
		due := began.Add(time.Duration(i) * every)
		time.Sleep(time.Until(due))
		group.Go(func() error {
			kind, session := event(i)
			err := b.sendPost(ctx, kind, session)
			answers[i] = time.Since(due)
			return err
		})
	}
	err := group.Wait()
	return answers, time.Since(began), err
}

// sendPost sends a post as Rescue writes it (rescue.md 7).
func (b *bench) sendPost(ctx context.Context, event string, session int) error {
	now := time.Now().UTC()
	variables := map[string]any{
		"SessionID": session, "TechSSOID": "dana@example.com", "TechName": "Dana Whitfield", "TechEmail": "dana@example.com",
		"CField0": "Joe Employee", "CField1": "joe@example.net", "ChatLog": "9:41 AM Joe Employee: my screen is dark",
		"PickupTime": now.Add(-time.Minute).Format(time.DateTime), "WaitingTime": 12, "Platform": "Windows 11",
	}
	if event == "end" {
		variables["Notes"], variables["ClosingTime"], variables["WorkTime"] = "The cable was loose.", now.Format(time.DateTime), 60
	}
	body, err := json.Marshal(variables)
	if err != nil {
		return err
	}
	path := "/hooks/rescue/" + connection + "/" + sandbox.HookSecret(connection) + "?event=" + event
	return b.post(ctx, path, body, map[string]string{"Content-Type": "application/json"}, nil)
}

// filed waits until each of the sessions has its one row, filed and closed, and tells how long that took.
func (b *bench) filed(ctx context.Context, first, count int) (time.Duration, error) {
	began := time.Now()
	limit := time.After(b.options.fileLimit)
	query := fmt.Sprintf("vendor_session_id>=%d^vendor_session_id<%d", first, first+count)
	for b.rows(query+"^state=filed^active=false") < count {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-limit:
			return 0, fmt.Errorf("%d of %d rows were filed within %s", b.rows(query+"^state=filed"), count, b.options.fileLimit)
		case <-time.After(250 * time.Millisecond):
		}
	}
	if all := b.rows(query); all != count {
		return 0, fmt.Errorf("%d sessions have %d rows", count, all)
	}
	return time.Since(began), nil
}

// eachOf does something with every item, some at a time, and gives how long each took.
func eachOf(ctx context.Context, items []string, parallel int, do func(ctx context.Context, item string) error) (times, error) {
	var mu sync.Mutex
	var all times
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, item := range items {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			began := time.Now()
			err := do(ctx, item)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, time.Since(began))
			return err
		})
	}
	return all, group.Wait()
}
