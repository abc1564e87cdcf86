package engine

import (
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

// NewMetrics makes the SDK's measurements part of a Prometheus registry. Make one per registry and hand it to every
// client; a second one would offer the same series twice.
func NewMetrics(registry prometheus.Registerer, logger *slog.Logger) (client.MetricsHandler, error) {
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("engine: metrics: %w", err)
	}
	provider := metric.NewMeterProvider(metric.WithReader(reader))
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter:                provider.Meter("temporal-sdk-go"),
		UseMonotonicCounters: true,
		OnError:              func(err error) { logger.Error("a Temporal metric was refused", "error", err) },
	}), nil
}
