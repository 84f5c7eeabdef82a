package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// rootCommand is `headsup` itself. A subcommand is one file with one constructor that
// stands in this list.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "headsup",
		Short: "write to your manager when it will be read",
		Long: `headsup turns your call notes into recap mails and sends each approved message in the
window in which your manager is most likely to read and answer it. Nothing goes out
that you did not approve.`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          noSuchCommand,
	}
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageOf(c, err) })
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "configuration `file` (default: see headsup check)")
	flags.StringVar(&a.stateDir, "state", "", "state `folder` with the database and the journal")
	for _, c := range []*cobra.Command{
		a.runCommand(),
		a.initCommand(),
		a.checkCommand(),
		a.authCommand(),
		a.doctorCommand(),
		a.demoCommand(),
		a.statusCommand(),
		a.recapCommand(),
		a.queueCommand(),
		a.windowsCommand(),
		a.timelineCommand(),
		a.whyCommand(),
		a.trailCommand(),
		a.pauseCommand(),
		a.resumeCommand(),
		a.focusCommand(),
		a.forgetCommand(),
		a.calendarCommand(),
		a.backtestCommand(),
		a.serviceCommand(),
		a.clockCommand(),
		a.reloadCommand(),
		a.metricsCommand(),
		a.manCommand(),
		a.versionCommand(),
	} {
		if c != nil {
			root.AddCommand(c)
		}
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() { // those that the library brings, in our words
		switch c.Name() {
		case "help":
			c.Short = "say more about a command"
		case "completion":
			c.Short = "print the completion for a shell"
		}
	}
	return root
}

// noSuchCommand shows the help of a command that only groups others, or says which of
// them was probably meant.
func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	err := usageOf(c, fmt.Errorf("there is no command %q", args[0]))
	if like := c.SuggestionsFor(args[0]); len(like) > 0 {
		err.hint = fmt.Sprintf("did you mean `%s %s`?", c.CommandPath(), strings.Join(like, "` or `"+c.CommandPath()+" "))
	}
	return err
}

// group is a command that only holds others.
func group(c *cobra.Command, subs ...*cobra.Command) *cobra.Command {
	c.Args = cobra.ArbitraryArgs
	c.RunE = noSuchCommand
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(subs...)
	return c
}

// takes checks the number of arguments; most < 0: as many as you like.
func takes(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usageOf(c, fmt.Errorf("%s needs %s", c.CommandPath(), plural(least, "argument")))
		case most >= 0 && len(args) > most:
			return usageOf(c, fmt.Errorf("%s does not know what to do with %q", c.CommandPath(), args[most]))
		}
		return nil
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
