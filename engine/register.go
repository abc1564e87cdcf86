package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"example.com/lifeline/engine/index"
)

const (
	// retention is how long a closed workflow can be looked at; whatever must last is in the CRM.
	retention = 30 * 24 * time.Hour
	// registerLimit is above the time a cluster's caches need to show a new namespace and attributes (a minute or so).
	registerLimit = 2 * time.Minute
	registerPause = 200 * time.Millisecond
)

// MissingError tells an administrator what Lifeline needs and was not allowed to make, as on Temporal Cloud, where
// namespaces and search attributes are made in its UI, CLI or API.
type MissingError struct {
	Namespace  string
	Attributes []string // empty: the namespace itself is missing
	Cause      error
}

// Error names each missing thing.
func (e *MissingError) Error() string {
	if len(e.Attributes) == 0 {
		return fmt.Sprintf("namespace %q does not exist and may not be made from here; create it with a retention of 30 days: %v", e.Namespace, e.Cause)
	}
	return fmt.Sprintf("namespace %q lacks the search attributes %s (type Keyword) and they may not be made from here; create them in Temporal Cloud or ask the cluster's operator: %v",
		e.Namespace, strings.Join(e.Attributes, ", "), e.Cause)
}

// Unwrap gives the server's refusal.
func (e *MissingError) Unwrap() error { return e.Cause }

// Register makes the namespace (30 days of retention) and Lifeline's search attributes, and returns when both can be
// used. What is there already is left as it is, so every start may call it. The answer is a *MissingError where the
// server does not let us.
func Register(ctx context.Context, c client.Client, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, registerLimit)
	defer cancel()
	if err := registerNamespace(ctx, c, namespace); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(index.Types()))
	if known, err := attributesKnown(ctx, c, namespace, names...); known || err != nil {
		return err
	}
	if err := addAttributes(ctx, c, namespace); err != nil {
		return attributesFault(ctx, c, namespace, err)
	}
	return until(ctx, func() (bool, error) { return attributesKnown(ctx, c, namespace, names...) })
}

func registerNamespace(ctx context.Context, c client.Client, namespace string) error {
	_, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err == nil {
		return nil
	}
	if !notFound(err) {
		return fmt.Errorf("engine: namespace %q: %w", namespace, err)
	}
	_, err = c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		Description:                      "Lifeline: support sessions",
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	switch {
	case err == nil, isA[*serviceerror.NamespaceAlreadyExists](err):
		return nil
	case refused(err):
		return &MissingError{Namespace: namespace, Cause: err}
	default:
		return fmt.Errorf("engine: namespace %q: %w", namespace, err)
	}
}

func addAttributes(ctx context.Context, c client.Client, namespace string) error {
	return until(ctx, func() (bool, error) {
		_, err := c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace: namespace, SearchAttributes: index.Types(),
		})
		if isA[*serviceerror.AlreadyExists](err) {
			err = nil
		}
		return err == nil, err
	})
}

// attributesFault names what is missing where the server refused to add it.
func attributesFault(ctx context.Context, c client.Client, namespace string, cause error) error {
	if !refused(cause) {
		return fmt.Errorf("engine: search attributes of namespace %q: %w", namespace, cause)
	}
	missing := &MissingError{Namespace: namespace, Cause: cause}
	for _, name := range slices.Sorted(maps.Keys(index.Types())) {
		known, err := attributesKnown(ctx, c, namespace, name)
		if err != nil {
			return err
		}
		if !known {
			missing.Attributes = append(missing.Attributes, name)
		}
	}
	return missing
}

// attributesKnown asks by counting, which every server allows: the operator's list does not exist on Temporal Cloud.
// A query that names an unknown attribute is refused as an invalid argument.
func attributesKnown(ctx context.Context, c client.Client, namespace string, names ...string) (known bool, err error) {
	query := strings.Join(names, " IS NULL OR ") + " IS NULL"
	err = until(ctx, func() (bool, error) {
		_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace, Query: query})
		known = err == nil
		if isA[*serviceerror.InvalidArgument](err) {
			err = nil
		}
		return err == nil, err
	})
	if err != nil {
		return false, fmt.Errorf("engine: looking for search attributes of namespace %q: %w", namespace, err)
	}
	return known, nil
}

// until repeats a call while it is not done, the cluster has not noticed the new namespace yet, or is busy.
func until(ctx context.Context, call func() (done bool, err error)) error {
	for {
		done, err := call()
		if done {
			return nil
		}
		if err != nil && !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(registerPause):
		}
	}
}

func passing(err error) bool { return notFound(err) || isA[*serviceerror.ResourceExhausted](err) }

func notFound(err error) bool {
	return isA[*serviceerror.NamespaceNotFound](err) || isA[*serviceerror.NotFound](err)
}

func refused(err error) bool {
	return isA[*serviceerror.PermissionDenied](err) || isA[*serviceerror.Unimplemented](err)
}

func isA[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}
