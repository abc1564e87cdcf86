package support_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/support"
)

func TestPanicIsAFailureThatDoesNotSayWhatItSaid(t *testing.T) {
	t.Parallel()
	err := support.Carefully(func() error { panic("Ana's words") })
	failure := support.AsError(err)
	assert.Equal(t, []any{support.Attention, support.CodeInternal}, []any{failure.Kind, failure.Code})
	assert.Contains(t, err.Error(), "careful_test.go", "it says where")
	assert.NotContains(t, err.Error(), "Ana")
}

func TestWhatDoesNotPanicIsAnsweredAsItIs(t *testing.T) {
	t.Parallel()
	own := errors.New("own")
	assert.Equal(t, own, support.Carefully(func() error { return own }))
	assert.NoError(t, support.Carefully(func() error { return nil }))
}
