package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
)

// measureSessions plays whole sessions, as fast as the parts can be played: button, customer, technician, end, until
// the run is over, which is when the row is filed and closed.
func measureSessions(ctx context.Context, b *bench) error {
	incidents, err := b.incidents(b.options.sessions)
	if err != nil {
		return err
	}
	load := b.startLoad()
	began := time.Now()
	whole, err := eachOf(ctx, incidents, b.options.parallel, b.playSession)
	if err != nil {
		return err
	}
	rate := float64(len(incidents)) / time.Since(began).Seconds()
	used := load.end()
	b.report.sessions.rate, b.report.sessions.cost = rate, used.cost(len(incidents))
	b.report.add(fmt.Sprintf("sessions, %d at a time (%d)", b.options.parallel, len(incidents)), fmt.Sprintf("%.1f/s", rate), "", used)
	b.report.add("- one session, button to filed and closed", whole.String(), "", used)
	b.report.note("a session costs: " + used.perItem(len(incidents)))
	if err := b.allFiled(incidents); err != nil {
		return err
	}
	b.shape, err = b.shapeOf(ctx, incidents[len(incidents)/2:min(len(incidents), len(incidents)/2+20)])
	return err
}

func (b *bench) playSession(ctx context.Context, incident string) error {
	code, err := b.pressAgain(ctx, incident)
	if err != nil {
		return err
	}
	joined, err := b.world.Rescue.CustomerJoins(code, "Joe Employee")
	if err != nil {
		return err
	}
	if _, err := b.world.Rescue.PickUp(joined.ID, b.agent["email"]); err != nil {
		return err
	}
	if _, err := b.world.Rescue.CloseByTechnician(joined.ID); err != nil {
		return err
	}
	return b.engine.GetWorkflow(ctx, workflowID(incident), "").Get(ctx, nil)
}

func (b *bench) allFiled(incidents []string) error {
	filed := map[string]int{}
	for _, row := range b.world.ServiceNow.List(b.world.ServiceNow.SessionTable(), "state=filed^active=false") {
		filed[row["source_id"]]++
	}
	for _, incident := range incidents {
		if filed[incident] != 1 {
			return fmt.Errorf("the session of incident %s has %d filed rows", incident, filed[incident])
		}
	}
	return nil
}

// shapeOf counts what whole sessions asked of the engine; the median of each.
func (b *bench) shapeOf(ctx context.Context, incidents []string) (shape, error) {
	var activities, signals, events []int
	for _, incident := range incidents {
		history := b.engine.GetWorkflowHistory(ctx, workflowID(incident), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		count := map[enums.EventType]int{}
		for history.HasNext() {
			event, err := history.Next()
			if err != nil {
				return shape{}, err
			}
			count[event.GetEventType()]++
			count[enums.EVENT_TYPE_UNSPECIFIED]++
		}
		activities = append(activities, count[enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED])
		signals = append(signals, count[enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED])
		events = append(events, count[enums.EVENT_TYPE_UNSPECIFIED])
	}
	for _, list := range [][]int{activities, signals, events} {
		slices.Sort(list)
	}
	middle := len(incidents) / 2
	b.report.note(fmt.Sprintf("a session has %d activities, %d signals, %d events (medians)", activities[middle], signals[middle], events[middle]))
	return shape{Activities: activities[middle], Signals: signals[middle]}, nil
}
