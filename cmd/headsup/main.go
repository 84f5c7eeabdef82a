// Command headsup speaks with a person: flags, exit codes, printing, and one file for
// each subcommand. It decides nothing. What needs the running service goes through its
// control socket; what does not (check, recap, backtest, calendar) runs by itself.
//
// [main] exits and nobody else does. Everything that a command depends on is in a
// [world], so that a test can run a command as a person would type it.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // containers and small systems have no zones of their own

	"headsup/daemon/wizard"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal does not wait for a clean end
	err := run(ctx, world{
		args:   os.Args[1:],
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		getenv: os.Getenv,
		now:    time.Now,
		uid:    os.Getuid(),
	})
	stop()
	os.Exit(report(os.Stderr, err))
}

// world is everything outside of the program that a command may touch without being
// told where it is.
type world struct {
	args   []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
	now    func() time.Time
	uid    int

	resolver wizard.Resolver // of the DNS; nil: this machine's
	patience time.Duration   // with a mail to oneself; 0: the usual
}

// run carries out one command line.
func run(ctx context.Context, w world) error {
	a := &app{world: w}
	root := a.rootCommand()
	root.SetArgs(w.args)
	root.SetIn(w.stdin)
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	return root.ExecuteContext(ctx)
}
