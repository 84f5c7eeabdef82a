package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"headsup/daemon/control"
	"headsup/daemon/ledger"
)

// figures writes what can be counted, in Prometheus text format. They are read from the
// status when somebody asks; nothing is counted twice.
type figures struct {
	d interface {
		Status(context.Context) (control.Status, error)
	}
}

func (f *figures) write(ctx context.Context, w io.Writer) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	s, err := f.d.Status(ctx)
	metrics.WriteGaugeUint64(w, "headsup_up", one(err == nil))
	if err == nil {
		for _, state := range ledger.States() {
			metrics.WriteGaugeUint64(w, fmt.Sprintf("headsup_messages{state=%q}", state), uint64(s.Counts[state]))
		}
		metrics.WriteGaugeUint64(w, "headsup_messages_held", uint64(s.Held))
		metrics.WriteGaugeUint64(w, "headsup_troubles", uint64(len(s.Troubles)))
		metrics.WriteGaugeUint64(w, "headsup_paused", one(s.Pause.Paused))
		metrics.WriteGaugeUint64(w, "headsup_sending", one(s.Sending))
		for _, v := range s.Services {
			metrics.WriteGaugeUint64(w, fmt.Sprintf("headsup_service_ok{service=%q}", v.Name), one(v.OK))
		}
	}
	metrics.WriteProcessMetrics(w)
}

func one(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}

// serveMetrics offers the figures on a loopback address until the context ends. A page
// in a browser cannot read them by a name of its own for this machine: the Host must be
// an address of the loopback, or localhost.
func serveMetrics(ctx context.Context, addr string, f *figures, log *slog.Logger) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("offer metrics: %w; change metrics_addr in [daemon], or leave it out", err)
	}
	srv := &http.Server{Handler: metricsHandler(f), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { srv.Close() })
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are not offered any more", "err", err)
		}
	}()
	return nil
}

func metricsHandler(f *figures) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if !loopbackHost(r.Host) {
			http.Error(w, "this address is for this machine only", http.StatusMisdirectedRequest)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		f.write(r.Context(), w)
	})
	return mux
}

func loopbackHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
