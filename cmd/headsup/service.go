package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"headsup/daemon/config"
	"headsup/daemon/setup"
)

// serviceCommand lets the service manager of this system keep headsup running.
func (a *app) serviceCommand() *cobra.Command {
	return group(&cobra.Command{Use: "service", Short: "keep headsup running: install, uninstall, status"},
		a.serviceInstallCommand(), a.serviceUninstallCommand(), a.serviceStatusCommand())
}

// manager is the service manager of this user.
func (a *app) manager() setup.Manager {
	m := setup.Manager{GOOS: runtime.GOOS, Home: a.getenv("HOME"), ConfigHome: a.getenv("XDG_CONFIG_HOME"), UID: a.uid, Run: runProgram}
	if !filepath.IsAbs(m.ConfigHome) {
		m.ConfigHome = filepath.Join(m.Home, ".config")
	}
	return m
}

func runProgram(ctx context.Context, argv ...string) ([]byte, error) {
	return exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
}

func (a *app) serviceInstallCommand() *cobra.Command {
	var open, show bool
	c := &cobra.Command{
		Use:   "install",
		Short: "install headsup as a service of yours, and start it",
		Long: `Install headsup as a service of yours (systemd on Linux, launchd on macOS), start it,
and let it start when you log in. On Linux it runs in a sandbox, unless mail leaves
through a sendmail, which needs rights that a sandbox takes away.`,
		Args: takes(0, 0),
	}
	c.Flags().BoolVar(&open, "open", false, "without the sandbox")
	c.Flags().BoolVar(&show, "print", false, "print the unit and do nothing")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, p, err := a.load()
		if err != nil {
			return err
		}
		u, err := a.unit(cfg, p)
		if err != nil {
			return err
		}
		u.Open = open || cfg.Submission.Kind == config.SubmissionSendmail
		if show {
			return a.printUnit(u)
		}
		if a.uid == 0 {
			return failed(errors.New("a service of root would run as root, and headsup does not"), "run this as yourself, without sudo")
		}
		done, err := a.manager().Install(c.Context(), u)
		if err != nil {
			return err
		}
		a.showInstalled(done)
		return nil
	}
	return c
}

// unit is what the service manager has to know.
func (a *app) unit(cfg config.Config, p config.Paths) (setup.Unit, error) {
	program, err := os.Executable()
	if err == nil {
		program, err = filepath.EvalSymlinks(program)
	}
	if err != nil {
		return setup.Unit{}, fmt.Errorf("find this program: %w", err)
	}
	if strings.Contains(program, "/go-build") {
		return setup.Unit{}, failed(errors.New("this program is a temporary one that `go run` made"), "`go build -o ~/.local/bin/headsup ./cmd/headsup`, and install with that")
	}
	u := setup.Unit{Program: program, StateDir: p.State}
	if a.configFile != "" {
		u.Config = p.Config
	}
	if a.stateDir != "" {
		u.State = p.State
	}
	if cfg.Mailbox.Kind == config.MailboxMaildir {
		u.Writable = []string{cfg.Mailbox.Path}
	}
	return u, nil
}

func (a *app) printUnit(u setup.Unit) error {
	text, err := u.Systemd()
	if runtime.GOOS == "darwin" {
		text, err = u.Launchd()
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.stdout, text)
	return err
}

func (a *app) showInstalled(done setup.Installed) {
	fmt.Fprintf(a.stdout, "headsup runs as a service: %s\n", escape(done.Path))
	if done.Exposure >= 0 {
		fmt.Fprintf(a.stdout, "exposure by systemd-analyze security: %.1f (0 is best, 10 worst)\n", done.Exposure)
	}
	if done.Open {
		fmt.Fprintln(a.stdout, "it runs without the sandbox")
	}
	for _, n := range done.Notes {
		fmt.Fprintf(a.stdout, "note: %s\n", escape(n))
	}
}

func (a *app) serviceUninstallCommand() *cobra.Command {
	return &cobra.Command{
		Use: "uninstall", Short: "stop the service and remove it; configuration and state stay", Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := a.paths()
			if err != nil {
				return err
			}
			switch err := a.manager().Uninstall(c.Context()); {
			case errors.Is(err, fs.ErrNotExist):
				return &cliError{err: errors.New("the service is not installed"), hint: "a headsup in another window is stopped there, with Ctrl-C", code: exitNo}
			case err != nil:
				return err
			}
			fmt.Fprintf(a.stdout, "the service is gone; configuration (%s) and state (%s) stay\n", escape(p.Config), escape(p.State))
			return nil
		},
	}
}

func (a *app) serviceStatusCommand() *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "what the service manager says", Args: takes(0, 0)}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := a.manager().Status(c.Context())
		switch {
		case err != nil:
			return err
		case *asJSON:
			return printJSON(a.stdout, map[string]any{"path": s.Path, "installed": s.Installed, "active": s.Active, "text": s.Text, "lingers": s.Lingers})
		case !s.Installed:
			fmt.Fprintln(a.stdout, "not installed; `headsup service install` does that")
			return nil
		}
		a.table([]string{"what", "is"}, [][]cell{
			{{text: "unit"}, {text: s.Path}},
			{{text: "state"}, {text: s.Text}},
			{{text: "runs while you are logged out"}, {text: yesNo(s.Lingers)}},
		})
		return nil
	}
	return c
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
