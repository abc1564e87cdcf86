package outbound

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSeatIsFreeAgainWhenSomebodyLeaves(t *testing.T) {
	seats, service := NewSeats(1), New(Options{})
	leave, err := seats.Take(t.Context(), service)
	require.NoError(t, err)
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = seats.Take(impatient, service)
	require.ErrorIs(t, err, context.Canceled)
	leave()
	_, err = seats.Take(t.Context(), service)
	require.NoError(t, err)
}

func TestThereIsAlwaysASeat(t *testing.T) {
	assert.Equal(t, 1, NewSeats(0).Count())
	assert.Equal(t, 3, NewSeats(3).Count())
}
