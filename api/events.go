package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"example.com/lifeline/support"
)

const (
	streamLife    = 30 * time.Minute // of one event stream; browsers reconnect by themselves
	heartbeat     = 15 * time.Second // keeps proxies from ending a quiet stream
	writePatience = 10 * time.Second // with a browser that takes nothing
)

// events streams the session as it changes, as server-sent events.
func (s *Server) events(c echo.Context) error {
	states, leave, err := s.hub.watch(callerOf(c).ref)
	if err != nil {
		return err
	}
	defer leave()
	c.Response().Header().Set(echo.HeaderContentType, "text/event-stream")
	c.Response().Header().Set("X-Accel-Buffering", "no") // of nginx
	stream := &stream{out: c.Response(), control: http.NewResponseController(c.Response())}
	s.pump(c.Request().Context(), stream, states)
	return nil
}

// pump writes until the browser leaves, or has had its time.
func (s *Server) pump(ctx context.Context, stream *stream, states <-chan string) {
	ctx, cancel := context.WithTimeout(ctx, streamLife)
	defer cancel()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	err := stream.write("retry: 3000\n\n")
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case <-s.hub.over.Done():
			return
		case state := <-states:
			err = stream.write("event: session\ndata: " + state + "\n\n")
		case <-beat.C:
			err = stream.write(": still here\n\n")
		}
	}
}

type stream struct {
	out     io.Writer
	control *http.ResponseController
}

func (s *stream) write(text string) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(writePatience)) // not every writer has one
	if _, err := io.WriteString(s.out, text); err != nil {
		return err
	}
	return s.control.Flush()
}

// look is what the streams of a record show: JSON has no line breaks, as an event's data must not.
func (s *Server) look(ctx context.Context, ref support.RecordRef) (string, error) {
	view, err := s.stateOf(ctx, ref)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(view)
	return string(data), err
}
