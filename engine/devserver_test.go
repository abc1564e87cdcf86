package engine_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/lifeline/engine"
)

func startDev(t *testing.T, o engine.DevOptions) *engine.Dev {
	t.Helper()
	dev, err := engine.StartDev(t.Context(), o)
	require.NoError(t, err)
	return dev
}

func TestUIShowsPayloadsThroughTheCodec(t *testing.T) {
	t.Parallel()
	dev := startDev(t, engine.DevOptions{
		Dir: t.TempDir(), UI: true, InMemory: true, CodecEndpoint: "http://127.0.0.1:8080/codec",
	})
	defer func() { require.NoError(t, dev.Stop()) }()
	defer dev.Kill() // quicker

	response, err := http.Get(dev.UIURL() + "/api/v1/settings")
	require.NoError(t, err)
	defer response.Body.Close()
	settings, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Contains(t, string(settings), "http://127.0.0.1:8080/codec")
}

func TestStoppedServerIsDoneAndFreesItsDirectory(t *testing.T) {
	t.Parallel()
	o := engine.DevOptions{Dir: t.TempDir()}
	dev := startDev(t, o)
	_, err := engine.StartDev(t.Context(), o)
	require.ErrorContains(t, err, "used by another running Lifeline")

	require.NoError(t, dev.Stop())
	<-dev.Done()
	again := startDev(t, o)
	again.Kill()
	require.NoError(t, again.Stop())
}

func TestFilesOfAnotherMinorVersionAreSetAside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "temporal-version"), []byte("1.30\n"), 0o600))
	for _, name := range []string{"temporal.db", "temporal.db-wal", "visibility.db"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("of another schema"), 0o600))
	}
	var log bytes.Buffer

	dev := startDev(t, engine.DevOptions{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	dev.Kill()
	require.NoError(t, dev.Stop())

	kept, err := filepath.Glob(filepath.Join(dir, "old-1.30-*", "*"))
	require.NoError(t, err)
	assert.Len(t, kept, 3)
	assert.Contains(t, log.String(), "set aside")
	stamp, err := os.ReadFile(filepath.Join(dir, "temporal-version"))
	require.NoError(t, err)
	assert.Equal(t, "1.32\n", string(stamp))
}

func TestPortInUseIsSaid(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	port := listener.Addr().(*net.TCPAddr).Port

	_, err = engine.StartDev(t.Context(), engine.DevOptions{Dir: t.TempDir(), Port: port})
	assert.ErrorContains(t, err, "is in use")
}

func TestOrphanOfAnEarlierRunIsNotDoubled(t *testing.T) {
	t.Parallel()
	orphan, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer orphan.Close()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "temporal-server.pid"), []byte("4711 "+orphan.Addr().String()), 0o600))

	_, err = engine.StartDev(t.Context(), engine.DevOptions{Dir: dir})
	assert.ErrorContains(t, err, "process 4711")
}

func TestMissingProgramsAreSaid(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := engine.StartDev(t.Context(), engine.DevOptions{Dir: t.TempDir(), BinDir: t.TempDir()})
	assert.ErrorContains(t, err, "make tools")
}

func TestServerThatEndsAtOnceIsExplainedByItsLog(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	script := "#!/bin/sh\n[ \"$1\" = --version ] && echo temporal version 1.32.1 && exit\necho no room on the disk >&2\nexit 1\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "temporal-server"), []byte(script), 0o700))

	_, err := engine.StartDev(t.Context(), engine.DevOptions{Dir: t.TempDir(), BinDir: bin})
	assert.ErrorContains(t, err, "no room on the disk")
}

func TestCLIOnThePathIsUsedWhenNothingIsBuilt(t *testing.T) {
	bin, dir := t.TempDir(), t.TempDir()
	script := "#!/bin/sh\n[ \"$1\" = --version ] && echo 'temporal version 1.5.0 (Server 1.31.2, UI 2.50.0)' && exit\necho \"$@\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "temporal"), []byte(script), 0o700))
	t.Setenv("PATH", bin)

	_, err := engine.StartDev(t.Context(), engine.DevOptions{Dir: dir, BinDir: t.TempDir(), UI: true, CodecEndpoint: "http://127.0.0.1:8080/codec"})

	for _, want := range []string{
		"server start-dev --ip 127.0.0.1", "--sqlite-pragma synchronous=full", "--ui-codec-endpoint http://127.0.0.1:8080/codec",
		"--dynamic-config-value history.transferProcessorMaxPollRPS=2000", filepath.Join(dir, "temporal.db"),
	} {
		assert.ErrorContains(t, err, want)
	}
}
