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
	var local, activities, signals, events []int
	for _, incident := range incidents {
		count, err := b.countEvents(ctx, incident)
		if err != nil {
			return shape{}, err
		}
		local = append(local, count.local)
		activities = append(activities, count.of[enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED])
		signals = append(signals, count.of[enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED])
		events = append(events, count.all)
	}
	usual := shape{Local: middle(local), Activities: middle(activities), Signals: middle(signals)}
	b.report.note(fmt.Sprintf("a session has %d local and %d other activities, %d signals, %d events (medians)",
		usual.Local, usual.Activities, usual.Signals, middle(events)))
	return usual, nil
}

// eventCount is how many events a history has.
type eventCount struct {
	all, local int
	of         map[enums.EventType]int
}

// localMarker is the SDK's name of the event that keeps a local activity's result.
const localMarker = "LocalActivity"

func (b *bench) countEvents(ctx context.Context, incident string) (eventCount, error) {
	count := eventCount{of: map[enums.EventType]int{}}
	history := b.engine.GetWorkflowHistory(ctx, workflowID(incident), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		if err != nil {
			return eventCount{}, err
		}
		count.all++
		count.of[event.GetEventType()]++
		if event.GetMarkerRecordedEventAttributes().GetMarkerName() == localMarker {
			count.local++
		}
	}
	return count, nil
}

func middle(counts []int) int {
	slices.Sort(counts)
	return counts[len(counts)/2]
}
