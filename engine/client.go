// Package engine is Lifeline's side of Temporal: the client, the encryption of everything that is handed to it, the
// search attributes, and the local server for development and tests.
package engine

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"go.temporal.io/sdk/client"
	temporalenv "go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"
)

// Options say how to reach the engine. Whatever is not set comes from the variables of the Temporal ecosystem
// (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_*; temporal.md 7).
type Options struct {
	// HostPort overrides TEMPORAL_ADDRESS, for the local server. The environment's TLS settings and API key are then
	// left out: they belong to another address.
	HostPort string
	// Namespace overrides TEMPORAL_NAMESPACE.
	Namespace string
	// Keys encrypt every payload. Required: there is no client that writes in clear.
	Keys *Keys
	// Metrics receives the SDK's measurements, see NewMetrics. Nil: none.
	Metrics client.MetricsHandler
	// Logger receives the SDK's log lines. Nil: slog's default.
	Logger *slog.Logger
	// Lazy connects with the first call instead of now, so that the API starts, and keeps posts in its inbox, while
	// the engine is down.
	Lazy bool
}

// Dial makes a client whose payloads and failures are encrypted. Close it when done.
func Dial(ctx context.Context, o Options) (client.Client, error) {
	options, err := clientOptions(o)
	if err != nil {
		return nil, err
	}
	if o.Lazy {
		return client.NewLazyClient(options)
	}
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("engine: Temporal at %s can't be reached, see TEMPORAL_ADDRESS: %w", options.HostPort, err)
	}
	return c, nil
}

// Configured tells whether the environment names a Temporal server or profile. If not, `dev` starts a local one.
func Configured() bool {
	return os.Getenv("TEMPORAL_ADDRESS") != "" || profileWanted()
}

// profileWanted guards against a temporal.toml that lies about on a developer's machine and would redirect us.
func profileWanted() bool {
	return os.Getenv("TEMPORAL_PROFILE") != "" || os.Getenv("TEMPORAL_CONFIG_FILE") != ""
}

func clientOptions(o Options) (client.Options, error) {
	if o.Keys == nil {
		return client.Options{}, fmt.Errorf("engine: no encryption key is set")
	}
	options, err := connection(o)
	if err != nil {
		return client.Options{}, err
	}
	if o.Namespace != "" {
		options.Namespace = o.Namespace
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	logger := o.Logger
	if logger == nil {
		logger = slog.Default()
	}
	// What is encrypted can't be compressed again; trying took an eighth of our CPU time.
	options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	options.DataConverter = DataConverter(o.Keys)
	options.FailureConverter = FailureConverter(o.Keys)
	options.MetricsHandler = o.Metrics
	options.Logger = log.NewStructuredLogger(SDKLog(logger))
	return options, nil
}

func connection(o Options) (client.Options, error) {
	if o.HostPort != "" {
		return client.Options{HostPort: o.HostPort}, nil
	}
	options, err := temporalenv.LoadClientOptions(temporalenv.LoadClientOptionsRequest{DisableFile: !profileWanted()})
	if err != nil {
		return client.Options{}, fmt.Errorf("engine: the TEMPORAL_* variables are not valid: %w", err)
	}
	return options, nil
}
