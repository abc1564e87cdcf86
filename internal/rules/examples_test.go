package rules

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/config"
)

// exampleLine is a variable in a block of the README, with a remark behind it.
var exampleLine = regexp.MustCompile(`(?m)^(LIFELINE_[A-Z0-9_]+)=(\S+)`)

func TestExampleOfTheREADMEIsAWholeConfiguration(t *testing.T) {
	lines := exampleLine.FindAllStringSubmatch(string(read(t, "README.md")), -1)
	require.NotEmpty(t, lines)
	for _, line := range lines {
		secret := strings.Repeat("s", 32)
		if line[1] == "LIFELINE_KEYS" {
			secret = base64.StdEncoding.EncodeToString([]byte(secret))
		}
		t.Setenv(line[1], strings.Replace(line[2], "...", secret, 1))
	}
	loaded, err := config.Load()
	require.NoError(t, err)
	require.Len(t, loaded.Connections, 1)
	assert.Equal(t, exampleName, loaded.Connections[0].Name)
}
