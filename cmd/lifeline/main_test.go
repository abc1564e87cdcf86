package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCommandsTellWhatTheyDoInsteadOfDoingIt(t *testing.T) {
	for _, args := range [][]string{{}, {"help"}, {"--help"}, {"dev", "-help"}, {"server", "--help"}, {"connect", "-h"}} {
		out := &bytes.Buffer{}
		require.NoError(t, run(t.Context(), args, out), args)
		assert.Contains(t, out.String(), "lifeline connect <connection>", args)
	}
}

func TestWhatACommandDoesNotHearIsRefused(t *testing.T) {
	for _, args := range [][]string{{"dev", "--port", "1"}, {"worker", "acme-sn"}, {"version", "now"}} {
		require.ErrorContains(t, run(t.Context(), args, &bytes.Buffer{}), "means nothing here")
	}
	require.ErrorContains(t, run(t.Context(), []string{"fly"}, &bytes.Buffer{}), "no command")
}
