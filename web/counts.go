package web

import (
	"context"
	"strconv"

	"example.com/lifeline/sessions"
	"example.com/lifeline/support"
)

// countLimit is how many sessions are counted; above it a count says "or more".
const countLimit = 500

// counts are the sessions that go on, by where they stand.
type counts struct {
	Open, Waiting, Connected, Unfiled, Attention int
	OpenMore, AttentionMore                      bool
}

// Text shows a number that may be cut off.
func (counts) Text(n int, more bool) string {
	if more {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}

// count looks at the sessions whose run goes on.
func (p *pages) count(ctx context.Context) (counts, error) {
	var out counts
	live, more, err := p.Sessions.List(ctx, sessions.Filter{Live: true, PageSize: countLimit})
	if err != nil {
		return out, err
	}
	out.OpenMore = len(more) > 0
	for _, session := range live {
		out.add(session.State)
	}
	waiting, more, err := p.Sessions.List(ctx, sessions.Filter{Live: true, Attention: true, PageSize: countLimit})
	out.Attention, out.AttentionMore = len(waiting), len(more) > 0
	return out, err
}

func (c *counts) add(state support.State) {
	switch state {
	case support.Waiting:
		c.Waiting++
	case support.Connected:
		c.Connected++
	case support.Ended:
		c.Unfiled++
	}
	if !state.Over() {
		c.Open++
	}
}
