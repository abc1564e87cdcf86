package main

import (
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// internet is a proxy that leads the https calls of processes to handlers by the name of the host, and remembers who
// was asked: with it a test shows which of a vendor's hosts a setting chooses. Other names lead nowhere.
type internet struct {
	hosts  map[string]http.Handler
	server *httptest.Server // all of the hosts
	proxy  *httptest.Server
	trust  string // file with the hosts' certificate

	mu    sync.Mutex
	asked map[string]bool
}

func newInternet(t *testing.T, hosts map[string]http.Handler) *internet {
	t.Helper()
	i := &internet{hosts: hosts, asked: map[string]bool{}, trust: filepath.Join(t.TempDir(), "hosts.pem")}
	certificate, key := selfSigned(t, 1, slices.Collect(maps.Keys(hosts))...)
	require.NoError(t, os.WriteFile(i.trust, []byte(certificate), 0o600))
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	require.NoError(t, err)
	i.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hosts[r.Host].ServeHTTP(w, r) }))
	i.server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	i.server.StartTLS()
	t.Cleanup(i.server.Close)
	i.proxy = httptest.NewServer(http.HandlerFunc(i.connect))
	t.Cleanup(i.proxy.Close)
	return i
}

// environment makes a process go out through the proxy. Addresses of this machine are not led there.
func (i *internet) environment() map[string]string {
	return map[string]string{"HTTPS_PROXY": i.proxy.URL, "SSL_CERT_FILE": i.trust}
}

// connect answers CONNECT with a line to the servers.
func (i *internet) connect(w http.ResponseWriter, r *http.Request) {
	host := r.URL.Hostname()
	i.mu.Lock()
	i.asked[host] = true
	i.mu.Unlock()
	if i.hosts[host] == nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	there, err := net.Dial("tcp", i.server.Listener.Addr().String())
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	for _, way := range [][2]net.Conn{{here, there}, {there, here}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			_ = way[0].Close()
		}()
	}
}

// onlyAsked demands that these hosts were asked, and no others.
func (i *internet) onlyAsked(t *testing.T, hosts ...string) {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	assert.ElementsMatch(t, hosts, slices.Collect(maps.Keys(i.asked)))
}

// leadTo is a host whose calls are a simulator's.
func leadTo(t *testing.T, simulator string) http.Handler {
	t.Helper()
	target, err := url.Parse(simulator)
	require.NoError(t, err)
	return httputil.NewSingleHostReverseProxy(target)
}
