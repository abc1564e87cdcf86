package dataverse_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/sandbox/dataverse"
)

// npmClient installs the pinned client once; its lock file names no registry.
func npmClient(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("testdata", "npm")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "dynamics-web-api")); err == nil {
		return dir
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	output, err := install.CombinedOutput()
	require.NoError(t, err, string(output))
	return dir
}

func TestAnIndependentClientWorks(t *testing.T) {
	w := open(t)
	node := exec.CommandContext(t.Context(), "node", "session.mjs", w.url, w.token, dataverse.DemoCase)
	node.Dir = npmClient(t)
	node.Stderr = os.Stderr
	output, err := node.Output()
	require.NoError(t, err, string(output))
	var seen map[string]any
	require.NoError(t, json.Unmarshal(output, &seen))

	assert.Equal(t, true, seen["whoAmI"])
	assert.Equal(t, "Nora Bell", seen["created"].(object)["fullname"])
	assert.Equal(t, "Nora Belloc", seen["updated"].(object)["fullname"])
	assert.Equal(t, object{"status": 404., "code": "0x80040217"}, seen["gone"])
	assert.Equal(t, object{"status": 400., "code": "0x0"}, seen["wrongColumn"])
	assert.Equal(t, "first", seen["upsertCreates"])
	assert.Equal(t, "second", seen["upsertUpdates"])
	assert.Nil(t, seen["createOnly"], "the client gives null for 412")
	assert.Equal(t, "Till does not print receipts", seen["expanded"].(object)["lifeline_incidentid"].(object)["title"])
	assert.Equal(t, []any{"Page 4", "Page 3"}, seen["firstPage"])
	assert.Len(t, seen["allPages"], 5)
	assert.EqualValues(t, 5, seen["count"])
	assert.Equal(t, object{"rows": 3., "ids": []any{"string", "string"}, "accounts": []any{"Contoso Bakery"}}, seen["batch"])
	assert.Equal(t, "Batch", seen["child"])
	assert.EqualValues(t, 1, seen["closed"])
	assert.Equal(t, []any{"Active"}, seen["keys"])
}
