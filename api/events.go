package api

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"
)

// streamLife bounds one event stream; browsers reconnect by themselves.
const streamLife = 30 * time.Minute

// heartbeat keeps proxies from ending a quiet stream.
const heartbeat = 15 * time.Second

// events streams the session as it changes, as server-sent events.
func (s *Server) events(c echo.Context) error {
	ref, err := s.record(c)
	if err != nil {
		return err
	}
	response := c.Response()
	response.Header().Set(echo.HeaderContentType, "text/event-stream")
	response.Header().Set("X-Accel-Buffering", "no")
	poll, beat, end := time.NewTicker(s.PollEvents), time.NewTicker(heartbeat), time.NewTimer(streamLife)
	defer poll.Stop()
	defer beat.Stop()
	defer end.Stop()
	last := ""
	for {
		if view, err := s.stateOf(c, ref); err == nil {
			data, err := json.Marshal(view)
			if err != nil {
				return err
			}
			if text := string(data); text != last {
				fmt.Fprintf(response, "event: session\ndata: %s\n\n", text)
				last = text
			}
		}
		response.Flush()
		select {
		case <-c.Request().Context().Done():
			return nil
		case <-end.C:
			return nil
		case <-beat.C:
			fmt.Fprint(response, ": still here\n\n")
		case <-poll.C:
		}
	}
}
