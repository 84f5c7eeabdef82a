package main

import (
	"context"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"

	"headsup/daemon"
	"headsup/daemon/config"
)

// open builds the service and the figures about it.
func (a *app) open(ctx context.Context, cfg config.Config, paths config.Paths, log *slog.Logger) (*daemon.Daemon, *figures, error) {
	f := &figures{}
	d, err := daemon.Open(ctx, daemon.Options{
		Config: cfg,
		Paths:  paths,
		Load: func() (config.Config, error) {
			c, _, err := a.load()
			return c, err
		},
		Log:     log,
		Version: buildVersion(),
		Built:   buildTime(),
		Ready:   func() { notify(log, sd.SdNotifyReady); log.Info("ready", "path", paths.Socket) },
		Alive:   watchdog(log),
		Zone:    func() *time.Location { return config.SystemZone(a.getenv) },
		Vault:   config.Vault{Getenv: a.getenv},
		Metrics: func(w io.Writer) { f.write(ctx, w) },
	})
	if err != nil {
		return nil, nil, err
	}
	f.d = d // before anything runs that could ask for figures
	return d, f, nil
}

// buildTime is when the commit of this build was made, zero if nobody wrote it down.
func buildTime() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			t, _ := time.Parse(time.RFC3339, s.Value)
			return t
		}
	}
	return time.Time{}
}
