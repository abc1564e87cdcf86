package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/crm/servicenow"
	"example.com/lifeline/support"
	"example.com/lifeline/vendors/rescue"
)

// A fault of ours that ends in a panic: it costs the step it is in, never the process that has others in hand.

// whatPanicsSay stands for what a panic may quote: a customer's words, a code.
const whatPanicsSay = "the code is 123456"

// trap panics as often as it is set.
type trap struct{ set atomic.Int32 }

func (t *trap) spring() {
	if t.set.Add(-1) >= 0 {
		panic(whatPanicsSay)
	}
}

type trappedVendor struct {
	*rescue.Vendor
	issue, technician, open trap
}

func (v *trappedVendor) Issue(ctx context.Context, subject string, current support.Credential) (support.Credential, error) {
	v.issue.spring()
	return v.Vendor.Issue(ctx, subject, current)
}

func (v *trappedVendor) Technician(ctx context.Context, hint support.Technician) (support.Technician, error) {
	v.technician.spring()
	return v.Vendor.Technician(ctx, hint)
}

func (v *trappedVendor) Open(ctx context.Context, req support.OpenRequest) (support.Invitation, error) {
	v.open.spring()
	return v.Vendor.Open(ctx, req)
}

type trappedCRM struct {
	*servicenow.CRM
	read, note trap
}

func (c *trappedCRM) ReadRecord(ctx context.Context, ref support.RecordRef) (support.Record, error) {
	c.read.spring()
	return c.CRM.ReadRecord(ctx, ref)
}

func (c *trappedCRM) AddNote(ctx context.Context, note support.Note) error {
	c.note.spring()
	return c.CRM.AddNote(ctx, note)
}

// playTrapped sets a stage up whose adapters can be made to panic.
func playTrapped(t *testing.T) (*stage, *trappedVendor, *trappedCRM) {
	t.Helper()
	vendor, crm := &trappedVendor{}, &trappedCRM{}
	s := play(t, nil)
	s.stop()
	s.prepare = func(a *App) {
		c := a.connections[0]
		vendor.Vendor, crm.CRM = c.Vendor.(*rescue.Vendor), c.CRM.(*servicenow.CRM)
		c.Vendor, c.CRM = vendor, crm
	}
	s.start()
	return s, vendor, crm
}

func TestPanicInAStepOfAPressCostsThatPressAlone(t *testing.T) {
	t.Parallel()
	s, vendor, crm := playTrapped(t)
	vpn := s.incident("VPN")
	for _, step := range []struct {
		name string
		trap *trap
	}{
		{"issue the agent's authcode", &vendor.issue}, // first: it is kept from then on
		{"read the record", &crm.read}, {"find the technician", &vendor.technician}, {"get a code", &vendor.open},
	} {
		step.trap.set.Store(1)
		pressedAt := time.Now()
		pressed := s.press(vpn)
		assert.Equal(t, http.StatusInternalServerError, pressed.Status, step.name)
		assert.Equal(t, support.CodeInternal, pressed.Problem.Code, step.name)
		assert.Less(t, time.Since(pressedAt), 5*time.Second, step.name)
	}
	pressed := s.press(vpn)
	require.Equal(t, http.StatusCreated, pressed.Status, pressed.Raw)
	s.playOut(pressed.Code, said)
	s.filedOnce(vpn)
	assert.NotContains(t, s.log.String(), whatPanicsSay)
}

func TestPanicWhileFilingIsShownAndGoesOnAfterRetry(t *testing.T) {
	t.Parallel()
	s, _, crm := playTrapped(t)
	vpn := s.incident("VPN")
	crm.note.set.Store(1)
	s.wholeSession(vpn, said)
	s.eventually(func() bool { return s.look(vpn).Attention != nil }, "attention")
	assert.Equal(t, support.CodeInternal, s.look(vpn).Attention.Code)
	retried := s.call(http.MethodPost, "acme-sn", "incident", vpn, "/session/retry", map[string]any{})
	require.Equal(t, http.StatusOK, retried.Status, retried.Raw)
	s.filedOnce(vpn)
	assert.NotContains(t, s.log.String(), whatPanicsSay)
}
