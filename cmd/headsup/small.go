package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"headsup/daemon/control"
)

// clockCommand is the way out of a clock that headsup does not trust.
func (a *app) clockCommand() *cobra.Command {
	return group(&cobra.Command{Use: "clock", Short: "the clock of this machine"},
		&cobra.Command{
			Use: "accept", Short: "say that the clock is right, and send again", Args: takes(0, 0),
			RunE: a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
				if err := d.AcceptClock(c.Context()); err != nil {
					return err
				}
				fmt.Fprintln(a.stdout, "the clock is trusted")
				return nil
			}),
		})
}

// reloadCommand lets the service read its configuration again.
func (a *app) reloadCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reload", Short: "let the service read its configuration again", Args: takes(0, 0),
		RunE: a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
			if _, _, err := a.load(); err != nil {
				return err
			}
			if err := d.Reload(c.Context()); err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, "the configuration is in force")
			return nil
		}),
	}
}

// metricsCommand prints the figures of the service in Prometheus text format.
func (a *app) metricsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "metrics", Short: "print the figures of the service", Args: takes(0, 0), Hidden: true,
		RunE: a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
			return d.Metrics(c.Context(), a.stdout)
		}),
	}
}

// manCommand writes the manual pages, for packages.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use: "man FOLDER", Short: "write the manual pages", Args: takes(1, 1), Hidden: true,
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("write the manual pages: %w", err)
			}
			head := &doc.GenManHeader{Title: "HEADSUP", Section: "1", Source: "headsup", Manual: "headsup"}
			if err := doc.GenManTree(c.Root(), head, args[0]); err != nil {
				return fmt.Errorf("write the manual pages: %w", err)
			}
			return nil
		},
	}
}
