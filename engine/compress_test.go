package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLongChatIsCompressedBeforeItIsEncrypted(t *testing.T) {
	keys, err := ParseKeys("a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	require.NoError(t, err)
	chat := strings.Repeat("9:41 AM Ana Lopez: it still does not print\n", 20_000)
	payload, err := DataConverter(keys).ToPayload(chat)
	require.NoError(t, err)
	assert.Less(t, len(payload.GetData()), len(chat)/20)
	var back string
	require.NoError(t, DataConverter(keys).FromPayload(payload, &back))
	assert.Equal(t, chat, back)
}
