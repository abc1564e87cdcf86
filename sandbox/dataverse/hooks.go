package dataverse

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"
)

// hooks is the webhook sender's state, with the controls tests pull.
type hooks struct {
	drop      int
	duplicate bool
	strip     bool
	delayed   bool
	waiting   []job
}

// job is one execution of a registered step.
type job struct {
	operation   string // asyncoperationid; of synchronous steps a mere id
	step        string
	endpoint    row // as registered when the event happened
	entity      string
	body        []byte
	oversized   bool
	correlation string
}

const (
	webhookContract = 8
	modeSync        = 0
	modeAsync       = 1
)

// DropWebhooks makes the next n asynchronous deliveries never happen: their system jobs stay waiting for resources.
func (s *Sim) DropWebhooks(n int) { s.control(func(h *hooks) { h.drop = n }) }

// DuplicateWebhooks delivers everything twice while on.
func (s *Sim) DuplicateWebhooks(on bool) { s.control(func(h *hooks) { h.duplicate = on }) }

// StripWebhooks treats every payload as over 256 KB while on (reference 1.3).
func (s *Sim) StripWebhooks(on bool) { s.control(func(h *hooks) { h.strip = on }) }

// DelayWebhooks holds asynchronous deliveries back until ReleaseWebhooks.
func (s *Sim) DelayWebhooks() { s.control(func(h *hooks) { h.delayed = true }) }

// ReleaseWebhooks ends the delay and delivers what was held, the last first: order is not guaranteed.
func (s *Sim) ReleaseWebhooks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.hooks.waiting
	s.hooks.delayed, s.hooks.waiting = false, nil
	for i := range waiting {
		s.start(waiting[len(waiting)-1-i])
	}
	s.touch()
}

// HeldWebhooks counts the deliveries that wait for ReleaseWebhooks.
func (s *Sim) HeldWebhooks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.hooks.waiting)
}

func (s *Sim) control(change func(*hooks)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.hooks)
	s.touch()
}

// queueJobs makes a system job of each enabled asynchronous step that an event concerns.
func (s *Sim) queueJobs(events []event) {
	for _, e := range events {
		for _, step := range s.stepsFor(e, modeAsync) {
			s.queue(s.newJob(e, step))
		}
	}
}

func (s *Sim) synchronousJobs(events []event) []job {
	var jobs []job
	for _, e := range events {
		for _, step := range s.stepsFor(e, modeSync) {
			jobs = append(jobs, s.newJob(e, step))
		}
	}
	return jobs
}

// stepsFor lists the enabled webhook steps registered for the creation of rows of the event's table.
func (s *Sim) stepsFor(e event, mode int64) []*row {
	var steps []*row
	for _, step := range s.rows["sdkmessageprocessingstep"] {
		endpoint := s.find("serviceendpoint", step.ref("eventhandler").id)
		filter := s.find("sdkmessagefilter", step.ref("sdkmessagefilterid").id)
		concerns := filter != nil && filter.text("primaryobjecttypecode") == e.table.logicalName && step.ref("sdkmessageid").id == createMessageID
		enabled := step.int("statecode") == 0 && step.int("mode") == mode
		if enabled && concerns && endpoint != nil && endpoint.int("contract") == webhookContract {
			steps = append(steps, step)
		}
	}
	return steps
}

func (s *Sim) newJob(e event, step *row) job {
	endpoint := s.find("serviceendpoint", step.ref("eventhandler").id)
	j := job{operation: uuid.NewString(), step: step.id, endpoint: *endpoint, entity: e.table.logicalName, correlation: uuid.NewString()}
	j.body, j.oversized = s.executionContext(e, step, j)
	return j
}

// queue writes the system job and starts it, unless the controls say otherwise.
func (s *Sim) queue(j job) {
	step := s.find("sdkmessageprocessingstep", j.step)
	s.insert(&tx{}, s.tables["asyncoperation"], &row{id: j.operation, values: map[string]any{
		"name": step.text("name"), "messagename": "Create", "primaryentitytype": j.entity, "correlationid": j.correlation, "createdon": s.now(),
		"owningextensionid": ref{"sdkmessageprocessingstep", j.step}, "operationtype": int64(1), "statecode": int64(0), "statuscode": int64(0), "retrycount": int64(0),
	}})
	switch {
	case s.hooks.drop > 0:
		s.hooks.drop--
	case s.hooks.delayed:
		s.hooks.waiting = append(s.hooks.waiting, j)
	default:
		s.start(j)
	}
}

func (s *Sim) start(j job) {
	times := 1
	if s.hooks.duplicate {
		times = 2
	}
	s.background(func(ctx context.Context) {
		s.setJob(j, map[string]any{"statecode": int64(2), "statuscode": int64(20)})
		var err error
		for range times {
			err = s.send(ctx, j)
		}
		s.finish(j, err)
	})
}

func (s *Sim) setJob(j job, values map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if operation := s.find("asyncoperation", j.operation); operation != nil {
		s.set(&tx{}, operation, values)
		s.touch()
	}
}

// finish marks the system job Succeeded (30) or Failed (31); succeeded ones go when their step says so.
func (s *Sim) finish(j job, err error) {
	if err != nil {
		s.log.Info("webhook failed", "step", j.step, "error", err)
		s.setJob(j, map[string]any{"statecode": int64(3), "statuscode": int64(31), "completedon": s.Now(), "errorcode": int64(-2147220891),
			"message": err.Error(), "friendlymessage": "The webhook call failed. " + err.Error()})
		return
	}
	s.setJob(j, map[string]any{"statecode": int64(3), "statuscode": int64(30), "completedon": s.Now()})
	s.mu.Lock()
	defer s.mu.Unlock()
	step, operation := s.find("sdkmessageprocessingstep", j.step), s.find("asyncoperation", j.operation)
	if step != nil && operation != nil && step.flag("asyncautodelete") {
		s.remove(&tx{}, s.tables["asyncoperation"], operation)
		s.touch()
	}
}

// askStep delivers a synchronous step; a failure makes the user's operation fail (reference 1.3).
func (s *Sim) askStep(ctx context.Context, j job) error {
	if err := s.send(ctx, j); err != nil {
		return badRequest(codePluginAbort, "The webhook call failed. %s", err)
	}
	return nil
}

// send delivers once, and once more after 502, 503 or 504 (reference 1.3).
func (s *Sim) send(ctx context.Context, j job) error {
	status, err := s.post(ctx, j)
	if err == nil && (status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout) {
		status, err = s.post(ctx, j)
	}
	if err == nil && (status < 200 || status > 299) {
		err = fmt.Errorf("the endpoint answered with status %d", status)
	}
	return err
}
