// Package metrics counts what operators watch: posts by outcome, outbound calls by outcome, failed steps by code, and
// how many sessions wait, for a human or to be filed.
package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the counters of one process.
type Metrics struct {
	Registry  *prometheus.Registry
	hooks     *prometheus.CounterVec
	calls     *prometheus.CounterVec
	latency   *prometheus.HistogramVec
	steps     *prometheus.CounterVec
	requests  *prometheus.HistogramVec
	attention prometheus.Gauge
	unfiled   prometheus.Gauge
}

// New makes the metrics of a process.
func New() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		hooks: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lifeline_hooks_total",
			Help: "Posts received, by hook and outcome."}, []string{"hook", "outcome"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lifeline_outbound_calls_total",
			Help: "Calls to vendors and CRMs, by service and outcome."}, []string{"service", "outcome"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lifeline_outbound_call_seconds",
			Help: "Duration of calls to vendors and CRMs.", Buckets: prometheus.ExponentialBuckets(0.005, 2.5, 10)}, []string{"service"}),
		steps: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lifeline_step_failures_total",
			Help: "Steps that failed, by step and failure code; each try counts."}, []string{"step", "code"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lifeline_request_seconds",
			Help: "Duration of requests to the API.", Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 12)}, []string{"route", "status"}),
		attention: prometheus.NewGauge(prometheus.GaugeOpts{Name: "lifeline_sessions_attention",
			Help: "Sessions that wait for a human."}),
		unfiled: prometheus.NewGauge(prometheus.GaugeOpts{Name: "lifeline_oldest_unfiled_seconds",
			Help: "Age of the oldest session that has ended and is not filed yet; 0 when there is none."}),
	}
	m.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.hooks, m.calls, m.latency, m.steps, m.requests, m.attention, m.unfiled)
	return m
}

// Inbox is what keeps posts on disk.
type Inbox interface {
	Depth() int // posts that wait for the engine
	Dead() int  // posts that were set aside and wait for a human
}

// WatchInbox adds the gauges of a process that has an inbox. Call it once.
func (m *Metrics) WatchInbox(inbox Inbox) {
	m.Registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lifeline_inbox_posts",
			Help: "Posts kept on disk until the engine can be reached."}, func() float64 { return float64(inbox.Depth()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lifeline_inbox_dead_posts",
			Help: "Posts that were set aside on disk and wait for a human."}, func() float64 { return float64(inbox.Dead()) }))
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{Registry: m.Registry})
}

// Hook counts a post.
func (m *Metrics) Hook(hook, outcome string) { m.hooks.WithLabelValues(hook, outcome).Inc() }

// Call counts an outbound call; it fits outbound.Options.Observe.
func (m *Metrics) Call(service, outcome string, took time.Duration) {
	m.calls.WithLabelValues(service, outcome).Inc()
	m.latency.WithLabelValues(service).Observe(took.Seconds())
}

// StepFailed counts a try of a step that failed.
func (m *Metrics) StepFailed(step, code string) { m.steps.WithLabelValues(step, code).Inc() }

// Request counts a request to the API by its route, never by its path, which may hold a secret.
func (m *Metrics) Request(route, status string, took time.Duration) {
	m.requests.WithLabelValues(route, status).Observe(took.Seconds())
}

// Backlog tells how many sessions wait for a human, and since when the oldest unfiled one has ended.
type Backlog func(ctx context.Context) (attention int, oldest time.Duration, err error)

// Follow keeps the backlog's gauges true until ctx ends.
func (m *Metrics) Follow(ctx context.Context, every time.Duration, backlog Backlog, log *slog.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		attention, oldest, err := backlog(ctx)
		if err != nil && ctx.Err() == nil {
			log.Warn("the backlog could not be counted", "error", err)
		}
		if err == nil {
			m.attention.Set(float64(attention))
			m.unfiled.Set(oldest.Seconds())
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
