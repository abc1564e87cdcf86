package servicenow

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// RateRule limits calls per hour (sys_rate_limit_rules, servicenow.md 4.11).
type RateRule struct {
	ID    string `json:"id"`    // sys_id; made when empty
	API   string `json:"api"`   // "Table API", "Attachment API", "Import Set API", "Aggregate API", "Batch API"; empty: all
	User  string `json:"user"`  // user name; empty: all
	Role  string `json:"role"`  // role of the caller; empty: all
	Limit int    `json:"limit"` // calls an hour

	hour  time.Time
	count int
}

var apiNames = map[string]string{
	"table": "Table API", "attachment": "Attachment API", "import": "Import Set API", "stats": "Aggregate API", "batch": "Batch API",
}

// AddRateRule adds a rule and returns its id.
func (s *Sim) AddRateRule(rule RateRule) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rule.ID == "" {
		rule.ID = newID()
	}
	s.rules = append(s.rules, &rule)
	return rule.ID
}

// ClearRateRules removes all rules.
func (s *Sim) ClearRateRules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// countCall counts the call against the first rule it matches and returns the headers that tell of it. The lock is held.
func (s *Sim) countCall(c *call) (http.Header, error) {
	api := apiNames[c.segment(1)]
	for _, rule := range s.rules {
		if rule.API != "" && rule.API != api || rule.User != "" && rule.User != c.by.name || rule.Role != "" && !s.hasRole(c.by.name, rule.Role) {
			continue
		}
		return rule.take(api, s.now())
	}
	return nil, nil
}

func (r *RateRule) take(api string, now time.Time) (http.Header, error) {
	if hour := now.Truncate(time.Hour); !hour.Equal(r.hour) {
		r.hour, r.count = hour, 0
	}
	r.count++
	reset := r.hour.Add(time.Hour)
	header := http.Header{}
	header.Set("X-RateLimit-Limit", strconv.Itoa(r.Limit))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	header.Set("X-RateLimit-Rule", r.ID)
	if r.count <= r.Limit {
		return header, nil
	}
	header.Set("Retry-After", strconv.Itoa(int(reset.Sub(now)/time.Second)+1))
	return header, refuse(http.StatusTooManyRequests, "Rate limit exceeded",
		fmt.Sprintf("Rate limit of %d requests per hour for %s exceeded", r.Limit, api))
}
