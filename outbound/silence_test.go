package outbound_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/outbound"
	"example.com/lifeline/support"
)

// exchange is a call as the service sees it: it answers when the test says how.
type exchange chan error

// service answers calls as the test wants, one by one.
type service struct {
	t      *testing.T
	client *outbound.Client
	calls  chan exchange
}

func newService(t *testing.T) *service {
	s := &service{t: t, calls: make(chan exchange, 10)}
	s.client = outbound.New(outbound.Options{Service: "servicenow", Name: "ServiceNow", Timeout: time.Minute, MaxBytes: 1 << 10, Transport: s})
	return s
}

// RoundTrip implements http.RoundTripper.
func (s *service) RoundTrip(*http.Request) (*http.Response, error) {
	call := make(exchange)
	s.calls <- call
	if err := <-call; err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

func (s *service) do() error {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://acme.example.com", nil)
	require.NoError(s.t, err)
	_, err = s.client.Do(request)
	return err
}

// begin makes a call and gives it when it has reached the service, with what comes of it.
func (s *service) begin() (exchange, <-chan error) {
	done := make(chan error, 1)
	go func() { done <- s.do() }()
	return <-s.calls, done
}

// end lets a call end, and waits until its caller knows.
func end(call exchange, done <-chan error, with error) {
	call <- with
	<-done
}

func TestServiceThatAnswersNobodyIsTriedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t)
		first, firstDone := s.begin()
		second, secondDone := s.begin()
		end(first, firstDone, os.ErrDeadlineExceeded)
		trial, trialDone := s.begin()
		refused := support.AsError(s.do())
		require.NotNil(t, refused)
		assert.Equal(t, support.Retry, refused.Kind)
		assert.Equal(t, "ServiceNow does not answer at the moment", refused.Message)
		assert.Error(t, s.client.Silent())
		end(second, secondDone, os.ErrDeadlineExceeded)
		assert.Error(t, s.client.Silent())

		time.Sleep(time.Second)
		assert.NoError(t, s.client.Silent(), "another may try, though the first has no answer yet")
		again, againDone := s.begin()
		assert.Error(t, s.client.Silent())
		end(again, againDone, nil)
		one, oneDone := s.begin()
		other, otherDone := s.begin()
		end(one, oneDone, nil)
		end(other, otherDone, nil)
		end(trial, trialDone, os.ErrDeadlineExceeded)
		assert.NoError(t, s.client.Silent(), "others were answered while it lasted")
	})
}

func TestServiceThatAnswersOthersIsNotSilent(t *testing.T) {
	for name, failure := range map[string]error{"one call ran out of time": os.ErrDeadlineExceeded, "one was cut off": io.ErrUnexpectedEOF} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			slow, slowDone := s.begin()
			if failure == os.ErrDeadlineExceeded {
				quick, quickDone := s.begin()
				end(quick, quickDone, nil)
			}
			end(slow, slowDone, failure)
			one, oneDone := s.begin()
			other, otherDone := s.begin()
			end(one, oneDone, nil)
			end(other, otherDone, nil)
		})
	}
}
