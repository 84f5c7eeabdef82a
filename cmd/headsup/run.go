package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"headsup/daemon"
	"headsup/daemon/config"
)

// runCommand is the service, in the foreground. A supervisor such as systemd keeps it
// running; `headsup service install` arranges that.
func (a *app) runCommand() *cobra.Command {
	allowRoot := false
	c := &cobra.Command{
		Use:   "run",
		Short: "run the service in the foreground",
		Long: `Run the service in the foreground, until it gets SIGTERM or SIGINT. SIGHUP reads the
configuration again; a faulty one changes nothing. Under systemd it says when it is
ready and that it is alive.`,
		Args: takes(0, 0),
	}
	c.Flags().BoolVar(&allowRoot, "allow-root", false, "run as root all the same")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if a.uid == 0 && !allowRoot {
			return failed(errors.New("headsup does not run as root: it reads the mail of one person and needs no more rights than that person has"),
				"run it as yourself; in a container without other users, add --allow-root")
		}
		cfg, paths, err := a.load()
		if err != nil {
			return err
		}
		log := newLogger(a.stderr, cfg.Daemon.LogLevel, a.getenv)
		return a.serve(c.Context(), cfg, paths, log)
	}
	return c
}

// serve runs the service and passes signals on.
func (a *app) serve(ctx context.Context, cfg config.Config, paths config.Paths, log *slog.Logger) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	d, figures, err := a.open(ctx, cfg, paths, log)
	if err != nil {
		return err
	}
	if addr := cfg.Daemon.MetricsAddr; addr != "" {
		if err := serveMetrics(ctx, addr, figures, log); err != nil {
			return errors.Join(err, d.Close())
		}
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	go reloadOn(ctx, hup, d, log)
	defer notify(log, sd.SdNotifyStopping)
	if err := d.Run(ctx); err != nil {
		return fmt.Errorf("run the service: %w", err)
	}
	log.Info("stopped")
	return nil
}

// reloadOn reads the configuration again with every signal.
func reloadOn(ctx context.Context, hup <-chan os.Signal, d *daemon.Daemon, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
		}
		if err := d.Reload(ctx); err != nil {
			log.Error("configuration was not reloaded, the old one stays", "err", err)
			continue
		}
		log.Info("configuration reloaded")
	}
}

// notify tells systemd. Without systemd it does nothing.
func notify(log *slog.Logger, state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		log.Warn("systemd was not told", "err", err)
	}
}

// watchdog returns what says to systemd that the service is alive, or nil if nobody
// wants to know (sd_watchdog_enabled(3)).
func watchdog(log *slog.Logger) func() {
	every, err := sd.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return nil
	}
	return func() { notify(log, sd.SdNotifyWatchdog) }
}
