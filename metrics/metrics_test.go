package metrics_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/metrics"
)

// box is an inbox with posts that wait and posts that are set aside.
type box struct{ depth, dead int }

func (b *box) Depth() int { return b.depth }
func (b *box) Dead() int  { return b.dead }

func TestInboxGaugesTellWaitingAndDeadPosts(t *testing.T) {
	m, inbox := metrics.New(), &box{depth: 3, dead: 1}
	m.WatchInbox(inbox)
	page := func() string {
		answer := httptest.NewRecorder()
		m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		return answer.Body.String()
	}
	assert.Contains(t, page(), "\nlifeline_inbox_posts 3\n")
	assert.Contains(t, page(), "\nlifeline_inbox_dead_posts 1\n")
	inbox.dead = 2
	assert.Contains(t, page(), "\nlifeline_inbox_dead_posts 2\n", "read at each scrape")
}
