package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
)

// known is a service whose status is known.
type known struct {
	status control.Status
	err    error
}

func (k known) Status(context.Context) (control.Status, error) { return k.status, k.err }

func TestFigures(t *testing.T) {
	f := &figures{d: known{status: control.Status{
		Counts: map[ledger.State]int{ledger.Sent: 3, ledger.Scheduled: 2}, Held: 1, Sending: true,
		Services: []control.Service{{Name: `calendar "dana"`, OK: true}},
	}}}
	var b bytes.Buffer
	f.write(t.Context(), &b)
	for _, want := range []string{
		"headsup_up 1\n", `headsup_messages{state="sent"} 3` + "\n", `headsup_messages{state="failed"} 0` + "\n",
		"headsup_messages_held 1\n", "headsup_paused 0\n", "headsup_sending 1\n", `headsup_service_ok{service="calendar \"dana\""} 1` + "\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	b.Reset()
	(&figures{d: known{err: errors.New("disk is gone")}}).write(t.Context(), &b)
	if !strings.Contains(b.String(), "headsup_up 0\n") || strings.Contains(b.String(), "headsup_messages") {
		t.Errorf("a service that cannot answer:\n%s", b.String())
	}
}

// TestMetricsHost: a page in a browser cannot read the figures by a name of its own.
func TestMetricsHost(t *testing.T) {
	h := metricsHandler(&figures{d: known{}})
	for host, want := range map[string]int{
		"127.0.0.1:9465": 200, "localhost:9465": 200, "[::1]:9465": 200, "127.0.0.1": 200,
		"evil.example.com": 421, "localhost.evil.example.com:9465": 421, "127.0.0.1.example.com": 421, "": 421,
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("Host %q: %d, want %d", host, w.Code, want)
		}
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("POST", "http://localhost/metrics", nil)); w.Code < 400 {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestServeMetrics(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := probe.Addr().String()
	log := slog.New(slog.DiscardHandler)
	if err := serveMetrics(ctx, addr, &figures{d: known{}}, log); err == nil || !strings.Contains(err.Error(), "metrics_addr") {
		t.Errorf("an address in use: %v", err)
	}
	probe.Close()
	if err := serveMetrics(ctx, addr, &figures{d: known{}}, log); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(b), "headsup_up 1") {
		t.Errorf("got %s, %v", b, err)
	}
}
