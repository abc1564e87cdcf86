package engine_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"example.com/lifeline/engine"
)

var (
	oldKey = "2026-01:" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("o", 32)))
	newKey = "2026-07:" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("n", 32)))
)

func keys(t testing.TB, spec string) *engine.Keys {
	t.Helper()
	k, err := engine.ParseKeys(spec)
	require.NoError(t, err)
	return k
}

func TestPayloadComesBackAndIsNeverTheSameTwice(t *testing.T) {
	codec := engine.NewCodec(keys(t, newKey))
	plain := []*commonpb.Payload{{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"` + secret + `"`)}}

	first, err := codec.Encode(plain)
	require.NoError(t, err)
	second, err := codec.Encode(plain)
	require.NoError(t, err)

	assert.NotContains(t, string(first[0].GetData()), "dana")
	assert.NotEqual(t, first[0].GetData(), second[0].GetData(), "each value has its own nonce")
	decoded, err := codec.Decode(first)
	require.NoError(t, err)
	assert.True(t, proto.Equal(plain[0], decoded[0]))
}

// A converter that pauses the SDK's deadlock detector held workers up for good: local activities encode their results
// on threads of their own, and pausing from there can lock the detector and the workflow against each other.
func TestConverterDoesNotReachIntoTheWorkflow(t *testing.T) {
	_, aware := engine.DataConverter(keys(t, newKey)).(workflow.ContextAware)
	assert.False(t, aware)
}

func TestRotatedKeysOpenOldPayloadsAndSealWithTheNewest(t *testing.T) {
	old, err := engine.DataConverter(keys(t, oldKey)).ToPayload(secret)
	require.NoError(t, err)
	rotated := engine.DataConverter(keys(t, newKey+", "+oldKey))

	var got string
	require.NoError(t, rotated.FromPayload(old, &got))
	assert.Equal(t, secret, got)

	fresh, err := rotated.ToPayload(secret)
	require.NoError(t, err)
	assert.Equal(t, "2026-07", string(fresh.GetMetadata()["encryption-key-id"]))
	assert.ErrorContains(t, engine.DataConverter(keys(t, oldKey)).FromPayload(fresh, &got), `"2026-07" is not configured`)
}

func TestForeignPayloadPassesThrough(t *testing.T) {
	foreign, err := converter.GetDefaultDataConverter().ToPayload("written before encryption")
	require.NoError(t, err)

	var got string
	require.NoError(t, engine.DataConverter(keys(t, newKey)).FromPayload(foreign, &got))
	assert.Equal(t, "written before encryption", got)
}

func TestChangedPayloadIsRefused(t *testing.T) {
	dc := engine.DataConverter(keys(t, newKey+","+oldKey))
	changes := map[string]func(*commonpb.Payload){
		"ciphertext": func(p *commonpb.Payload) { p.Data[len(p.Data)-1] ^= 1 },
		"nonce":      func(p *commonpb.Payload) { p.Data[0] ^= 1 },
		"key id":     func(p *commonpb.Payload) { p.Metadata["encryption-key-id"] = []byte("2026-01") },
		"cut off":    func(p *commonpb.Payload) { p.Data = p.Data[:5] },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			p, err := dc.ToPayload(secret)
			require.NoError(t, err)
			change(p)
			var got string
			require.Error(t, dc.FromPayload(p, &got))
			assert.Empty(t, got)
		})
	}
}

func TestParseKeysNamesTheFaultAndNoKey(t *testing.T) {
	material := strings.TrimPrefix(newKey, "2026-07:")
	for name, spec := range map[string]string{
		"empty":      "",
		"no id":      material,
		"empty id":   ":" + material,
		"too short":  "a:" + material[:20],
		"not base64": "a:" + material[:43] + "!",
		"twice":      newKey + "," + newKey,
		"long id":    strings.Repeat("a", 65) + ":" + material,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engine.ParseKeys(spec)
			require.ErrorContains(t, err, "encryption key")
			assert.NotContains(t, err.Error(), material[:20])
		})
	}
}

func TestSealedFileNamesItsKey(t *testing.T) {
	sealed, err := keys(t, oldKey).Seal([]byte(secret))
	require.NoError(t, err)

	opened, err := keys(t, newKey+","+oldKey).Open(sealed)
	require.NoError(t, err)
	assert.Equal(t, secret, string(opened))
	_, err = keys(t, newKey).Open(sealed)
	assert.ErrorContains(t, err, "2026-01")
}

func TestKeyFileIsMadeOnceForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "keys")
	first, err := engine.KeysFromFile(path)
	require.NoError(t, err)
	sealed, err := first.Seal([]byte(secret))
	require.NoError(t, err)

	again, err := engine.KeysFromFile(path)
	require.NoError(t, err)
	opened, err := again.Open(sealed)
	require.NoError(t, err)
	assert.Equal(t, secret, string(opened))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func FuzzOpenSealed(f *testing.F) {
	k := keys(f, newKey)
	sealed, err := k.Seal([]byte("seed"))
	require.NoError(f, err)
	f.Add(sealed)
	f.Add([]byte{})
	f.Add([]byte{255, 'a'})
	f.Fuzz(func(t *testing.T, data []byte) {
		if plain, err := k.Open(data); err == nil {
			assert.Equal(t, "seed", string(plain), "only what we sealed opens")
		}
	})
}

func FuzzDecodePayload(f *testing.F) {
	codec := engine.NewCodec(keys(f, newKey))
	f.Add("binary/encrypted", "2026-07", []byte("cut off"))
	f.Add("json/plain", "", []byte(`"clear"`))
	f.Fuzz(func(t *testing.T, encoding, id string, data []byte) {
		_, _ = codec.Decode([]*commonpb.Payload{{
			Metadata: map[string][]byte{"encoding": []byte(encoding), "encryption-key-id": []byte(id)}, Data: data,
		}})
	})
}
