package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"headsup/daemon/config"
	"headsup/daemon/setup"
	"headsup/mail"
)

// initCommand writes a first configuration: local mail in a Maildir and sendmail, which
// needs nothing but two addresses.
func (a *app) initCommand() *cobra.Command {
	var address, name, maildir, notes string
	var managers []string
	c := &cobra.Command{
		Use:   "init",
		Short: "write a first configuration",
		Long: `Write a first configuration, for mail in a Maildir and a working sendmail. On a terminal
it asks for what the flags do not say. A configuration that is there is never replaced.`,
		Example: `  headsup init --address sam@example.com --manager dana@example.com`,
		Args:    takes(0, 0),
	}
	c.Flags().StringVar(&address, "address", "", "your mail `address`")
	c.Flags().StringSliceVar(&managers, "manager", nil, "`address` of a manager, several times if there are several")
	c.Flags().StringVar(&name, "name", "", "your name")
	c.Flags().StringVar(&maildir, "maildir", "~/Maildir", "`folder` with your mail")
	c.Flags().StringVar(&notes, "notes", "~/Notes/Calls", "`folder` with your call notes")
	c.RunE = func(c *cobra.Command, _ []string) error {
		p, err := a.paths()
		if err != nil {
			return err
		}
		if err := a.askFor(c, &address, &managers); err != nil {
			return err
		}
		answers := setup.Answers{Name: name, Maildir: maildir, Notes: notes}
		if answers.Address, err = mail.ParseAddress(address); err != nil {
			return usageOf(c, err)
		}
		for _, m := range managers {
			addr, err := mail.ParseAddress(m)
			if err != nil {
				return usageOf(c, err)
			}
			answers.Managers = append(answers.Managers, addr)
		}
		return a.writeFirst(p.Config, answers)
	}
	return c
}

// askFor asks a person for what the flags do not say.
func (a *app) askFor(c *cobra.Command, address *string, managers *[]string) error {
	if *address != "" && len(*managers) > 0 {
		return nil
	}
	if !a.interactive() {
		return usageOf(c, errors.New("--address and --manager must be given"))
	}
	in := bufio.NewReader(a.stdin)
	question := func(text string) (string, error) {
		fmt.Fprint(a.stdout, text+" ")
		line, err := in.ReadString('\n')
		if err != nil {
			return "", fmt.Errorf("ask for the configuration: %w", err)
		}
		return strings.TrimSpace(line), nil
	}
	var err error
	if *address == "" {
		if *address, err = question("your mail address:"); err != nil {
			return err
		}
	}
	if len(*managers) == 0 {
		line, err := question("your manager's address (several: with commas):")
		if err != nil {
			return err
		}
		*managers = strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' })
	}
	return nil
}

// writeFirst writes the configuration, after it was read as the service would read it.
func (a *app) writeFirst(path string, answers setup.Answers) error {
	text, err := setup.ConfigText(answers)
	if err != nil {
		return err
	}
	opt := config.Options{File: path, Home: a.getenv("HOME"), Zone: config.SystemZone(a.getenv)}
	if _, faults := config.Parse([]byte(text), opt); len(faults) > 0 {
		return configError(faults)
	}
	if err := setup.WriteConfig(path, text); err != nil {
		if errors.Is(err, setup.ErrExists) {
			return &cliError{err: err, code: exitNo}
		}
		return err
	}
	fmt.Fprintf(a.stdout, "wrote %s\nnext: headsup check, then headsup run\n", escape(path))
	return nil
}
