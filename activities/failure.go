package activities

import (
	"go.temporal.io/sdk/temporal"

	"example.com/lifeline/support"
)

// FailureDetail travels with a step's failure, so that the workflow can tell the kinds apart.
type FailureDetail struct {
	Kind    support.Kind `json:"kind"`
	Code    string       `json:"code"`
	Message string       `json:"message"`
}

// Failed turns a step's error into the engine's: stop and attention are not tried again by it, retry is, after the
// delay the other side asked for. Only code and public message travel; the cause is for the worker's log.
func Failed(err error) error {
	if err == nil {
		return nil
	}
	failure := support.AsError(err)
	return temporal.NewApplicationErrorWithOptions(failure.Message, failure.Code, temporal.ApplicationErrorOptions{
		NonRetryable:   failure.Kind != support.Retry,
		NextRetryDelay: failure.RetryAfter,
		Category:       category(failure),
		Details:        []any{FailureDetail{Kind: failure.Kind, Code: failure.Code, Message: failure.Message}},
	})
}

// category keeps expected failures out of error logs: a busy or absent other side is no fault of ours.
func category(failure *support.Error) temporal.ApplicationErrorCategory {
	if failure.Kind == support.Stop || failure.Code == support.CodeRateLimited || failure.Code == support.CodeSessionNotReady {
		return temporal.ApplicationErrorCategoryBenign
	}
	return temporal.ApplicationErrorCategoryUnspecified
}
