package support_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"example.com/lifeline/support"
)

func TestSentenceBeginsAndEndsAsOne(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "no technician has the SSO id sam@example.com": "No technician has the SSO id sam@example.com.",
		"Is it there?": "Is it there?", "done.": "Done.", "écran noir": "Écran noir.",
		"sign in at https://lifeline.example.com/signin?t=1": "Sign in at https://lifeline.example.com/signin?t=1",
	} {
		assert.Equal(t, want, support.Sentence(text))
	}
}
