package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/support"
)

func TestButtonsFollowStateExpiryAndClosing(t *testing.T) {
	fresh, run := start.Add(time.Minute), start
	all := support.Buttons{Join: true, Share: true, Close: true}
	onlyNew := support.Buttons{New: true}
	inUse := support.Buttons{Join: true, Close: true}
	for name, c := range map[string]struct {
		state   support.State
		expires time.Time
		closing bool
		want    support.Buttons // TeamViewer's
	}{
		"no session":             {"", time.Time{}, false, onlyNew},
		"requested":              {support.Requested, time.Time{}, false, support.Buttons{}},
		"invited":                {support.Invited, fresh, false, all},
		"invited, code ran out":  {support.Invited, run, false, onlyNew},
		"invited, closing":       {support.Invited, fresh, true, support.Buttons{}},
		"waiting":                {support.Waiting, fresh, false, all},
		"waiting, code ran out":  {support.Waiting, run, false, onlyNew},
		"connected":              {support.Connected, fresh, false, all},
		"connected, code is out": {support.Connected, run, false, onlyNew},
		"connected, closing":     {support.Connected, fresh, true, support.Buttons{}},
		"ended":                  {support.Ended, fresh, false, onlyNew},
		"filed":                  {support.Filed, fresh, false, onlyNew},
		"expired":                {support.Expired, run, false, onlyNew},
		"cancelled":              {support.Cancelled, fresh, true, onlyNew},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, support.ButtonsFor(support.TeamViewer, c.state, c.expires, c.closing, start))
			if c.expires.Equal(run) && (c.state == support.Waiting || c.state == support.Connected) {
				c.want = inUse
			}
			assert.Equal(t, c.want, support.ButtonsFor(support.Rescue, c.state, c.expires, c.closing, start), "Rescue")
		})
	}
}
