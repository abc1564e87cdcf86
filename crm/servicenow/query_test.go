package servicenow

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/support"
)

func TestLookupsRefuseValuesThatCouldBeMoreThanAValue(t *testing.T) {
	for _, value := range []string{"", "a^ORstate=1", "javascript:gs.getUserID()", " JavaScript:x", "a\nb", "a\x00"} {
		_, err := where("number", value).oldest().encode()
		requireCode(t, err, support.Stop, support.CodeInvalid)
	}
	encoded, err := where("email", "dana@example.org").and("active", "=", "true").oldest().encode()
	require.NoError(t, err)
	assert.Equal(t, "email=dana@example.org^active=true^ORDERBYsys_created_on^ORDERBYsys_id", encoded)
}

func TestVendorTextCannotCarryHTMLOrMarkers(t *testing.T) {
	text := harmless("[code]<img>[/CODE] [ code ] [CoDe] [lifeline:s-1:end:1] [codec] plain [x]")
	assert.NotRegexp(t, `(?i)\[\s*/?\s*code`, text)
	assert.NotContains(t, text, "[lifeline:")
	assert.Contains(t, text, "plain [x]")
}

func TestClipCountsCharacters(t *testing.T) {
	assert.Equal(t, "äö", clip("äöü", 2))
	assert.Equal(t, "äöü", clip("äöü", 3))
}
