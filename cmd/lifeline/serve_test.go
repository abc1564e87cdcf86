package main

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Whoever read nothing of an answer held the connection without end.
func TestEachPartOfARequestAndItsAnswerIsBounded(t *testing.T) {
	server := (&App{log: slog.New(slog.DiscardHandler)}).httpServer(t.Context(), http.NotFoundHandler())
	for part, bound := range map[string]time.Duration{
		"header": server.ReadHeaderTimeout, "body": server.ReadTimeout, "answer": server.WriteTimeout, "pause": server.IdleTimeout,
	} {
		assert.Positive(t, bound, part)
	}
	assert.Positive(t, server.MaxHeaderBytes)
}
