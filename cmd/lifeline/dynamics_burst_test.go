package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
	"example.com/lifeline/crm/dynamics"
	"example.com/lifeline/crm/servicenow"
	"example.com/lifeline/sandbox"
	simdataverse "example.com/lifeline/sandbox/dataverse"
	"example.com/lifeline/support"
)

const tvD365 = "LIFELINE_ACME_TV_D365_"

// crowd counts the calls of the Web API that are under way at the same time. Those whose caller gave up and hung up are
// not.
type crowd struct {
	next http.Handler

	mu        sync.Mutex
	now, most int
}

func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/data/") {
		c.add(1)
		left := sync.OnceFunc(func() { c.add(-1) })
		context.AfterFunc(r.Context(), left)
		defer left()
	}
	c.next.ServeHTTP(w, r)
}

func (c *crowd) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += n
	c.most = max(c.most, c.now)
}

func (c *crowd) peak() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most
}

// Dataverse counts the calls of the application user, and refuses all from the 52nd on (dynamics.md 4): which of the
// connections they are for is all the same to it.
func TestConnectionsOfOneOrganizationShareItsSeats(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		first, second string
		delay         int // of each answer, so that calls meet
		least, most   int
	}{
		"as it is by default": {"", "", 15, 8, 8},
		"as many as allowed":  {"51", "51", 700, 9, 51}, // how many of them are needed is the machine's matter
		"the smaller holds":   {"20", "3", 15, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := playWith(t, nil, "acme-d365", "acme-tv-d365")
			between := &crowd{next: leadTo(t, s.env[d365+"DYNAMICS_ORG_URL"])}
			server := httptest.NewServer(between)
			t.Cleanup(server.Close)
			both := map[string]string{d365 + "RESCUE_PIN_INTERVAL": "0s", d365 + "DYNAMICS_PREFIX": "second"}
			for prefix, concurrency := range map[string]string{d365: want.first, tvD365: want.second} {
				both[prefix+"DYNAMICS_ORG_URL"], both[prefix+"DYNAMICS_AUTHORITY"], both[prefix+"API_KEY"] = server.URL, server.URL, apiKey
				if concurrency != "" {
					both[prefix+"DYNAMICS_CONCURRENCY"] = concurrency
				}
			}
			s.restart(both)
			s.connectSecond()
			s.world.Dataverse.Inject(simdataverse.Fault{Kind: simdataverse.Slow, Path: "/api/data/", DelayMS: want.delay, Times: 100_000})
			s.pressAtOnce(100, "acme-d365", "acme-tv-d365")
			assert.LessOrEqual(t, between.peak(), want.most)
			assert.GreaterOrEqual(t, between.peak(), want.least, "the seats are used")
			assert.Zero(t, s.world.Dataverse.UsageOf(s.world.Dataverse.ApplicationUser(sandbox.AppID)).Refused)
		})
	}
}

func TestConnectionsShareSeatsWhereTheirCallsAreCountedTogether(t *testing.T) {
	t.Parallel()
	instance := func(address string, seats int) config.Connection {
		return config.Connection{CRM: support.ServiceNow, ServiceNow: servicenow.Config{BaseURL: address, ClientID: address, Concurrency: seats}}
	}
	organization := func(address, app string, seats int) config.Connection {
		return config.Connection{CRM: support.Dynamics, Dynamics: dynamics.Config{OrgURL: address, ClientID: app, Concurrency: seats}}
	}
	of := func(list ...config.Connection) (counts []int) {
		for _, seats := range sharedSeats(list) {
			counts = append(counts, seats.Count())
		}
		return counts
	}
	assert.Equal(t, []int{2}, of(instance("https://acme.service-now.com", 4), instance("https://ACME.service-now.com/", 2)))
	assert.ElementsMatch(t, []int{4, 2}, of(instance("https://acme.service-now.com", 4), instance("https://other.service-now.com", 2)))
	assert.Equal(t, []int{8}, of(organization("https://acme.crm4.dynamics.com", "app", 8), organization("https://acme.crm4.dynamics.com/", "APP", 20)))
	assert.ElementsMatch(t, []int{8, 20}, of(organization("https://acme.crm4.dynamics.com", "app", 8), organization("https://acme.crm4.dynamics.com", "other", 20)))
}

// pressAtOnce presses the button on many cases, each on the next of the connections, and waits for all answers.
func (s *stage) pressAtOnce(presses int, connections ...string) {
	s.t.Helper()
	var agents sync.WaitGroup
	for i := range presses {
		id, err := s.world.Dataverse.Create("incident", map[string]any{
			"title": fmt.Sprintf("Case %d", i), "customerid_contact@odata.bind": "/contacts(" + simdataverse.DemoContact + ")",
		})
		require.NoError(s.t, err)
		agents.Go(func() { s.pressAPIOf(connections[i%len(connections)], "incident", id, simdataverse.DemoDana) })
	}
	agents.Wait()
}
