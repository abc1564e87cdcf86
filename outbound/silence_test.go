package outbound_test

import (
	"context"
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

// seat takes one of many seats for a call.
func (s *service) seat() error {
	_, err := outbound.NewSeats(9).Take(s.t.Context(), s.client)
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
		assert.Error(t, s.seat())
		end(second, secondDone, os.ErrDeadlineExceeded)
		assert.Error(t, s.seat())

		time.Sleep(time.Second)
		assert.NoError(t, s.seat(), "another may try, though the first has no answer yet")
		again, againDone := s.begin()
		assert.Error(t, s.seat())
		end(again, againDone, nil)
		one, oneDone := s.begin()
		other, otherDone := s.begin()
		end(one, oneDone, nil)
		end(other, otherDone, nil)
		end(trial, trialDone, os.ErrDeadlineExceeded)
		assert.NoError(t, s.seat(), "others were answered while it lasted")
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

// waitsFor lets three callers take one seat, or one token: the first calls, and the others wait behind it.
func waitsFor(t *testing.T, at func(s *service) (take func() error)) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t)
		take := at(s)
		ends := make(chan error, 3)
		for range cap(ends) {
			go func() { ends <- take() }()
		}
		call := <-s.calls
		synctest.Wait()
		require.Empty(t, ends)
		call <- os.ErrDeadlineExceeded
		for range cap(ends) {
			assert.True(t, support.HasCode(<-ends, support.CodeUnreachable), "the others don't try in turn")
		}

		go func() { ends <- take() }()
		trial := <-s.calls
		time.Sleep(time.Minute)
		assert.True(t, support.HasCode(take(), support.CodeUnreachable), "nobody waits until the one who tries is done")
		trial <- nil
		require.NoError(t, <-ends)
	})
}

func TestNobodyWaitsForASeatAtAServiceThatAnswersNobody(t *testing.T) {
	waitsFor(t, func(s *service) func() error {
		seats := outbound.NewSeats(1)
		return func() error {
			leave, err := seats.Take(s.t.Context(), s.client)
			if err != nil {
				return err
			}
			defer leave()
			return s.do()
		}
	})
}

func TestNobodyWaitsForATokenOfAnIssuerThatAnswersNobody(t *testing.T) {
	waitsFor(t, func(s *service) func() error {
		tokens := outbound.NewTokens(s.client, time.Minute, func(context.Context) (support.Secret, time.Duration, error) {
			return "a-token", time.Hour, s.do()
		})
		return func() error {
			_, err := tokens.Get(s.t.Context())
			return err
		}
	})
}
