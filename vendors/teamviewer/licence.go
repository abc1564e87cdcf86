package teamviewer

import (
	"time"

	"example.com/lifeline/support"
)

// licences are the calls to one API function that each licence allows (teamviewer.md 1.5).
var licences = map[string]support.Allowance{
	"free":      {Calls: 300, Window: time.Hour},
	"business":  {Calls: 7_200, Window: 24 * time.Hour},
	"premium":   {Calls: 14_400, Window: 24 * time.Hour},
	"corporate": {Calls: 36_000, Window: 24 * time.Hour},
}

// Allowance is what the account's budget of calls is made for. At TeamViewer's own limit all sessions would stand still
// for the rest of the window, so no call is made without asking the budget first.
func (c Config) Allowance() support.Allowance { return licences[c.Licence] }

// PollEvery is how often the list may be read so that half of its calls or more are left for everything else
// (teamviewer.md 2.7).
func (c Config) PollEvery() time.Duration {
	switch c.Licence {
	case "corporate":
		return 10 * time.Second
	case "premium":
		return 15 * time.Second
	}
	return 30 * time.Second
}
