package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/oauth2"

	"headsup/daemon"
	"headsup/daemon/auth"
	"headsup/daemon/config"
)

// loginLimit is how long a person may take at the provider's page.
const loginLimit = 10 * time.Minute

var errNobody = errors.New("nobody allowed it in time")

// authCommand asks a provider for the right to act for the user, and stores it where the
// service finds it.
func (a *app) authCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "auth google|microsoft",
		Short: "log in at Google or Microsoft",
		Long: `Log in at Google or Microsoft in your own browser, and keep what they grant in a file
that only you can read. headsup asks for what the configuration needs and no more.
Microsoft gives mail and calendar apart: if you need both, you log in twice. The client
id in [google] or [microsoft] is one that you register there; docs/config.md says how.

On a machine without a browser: at Microsoft --device shows a code for any other device.
Google gives no rights to mail by a code; log in by ssh, and headsup prints the line that
brings its page to the browser before you.`,
		Example: `  headsup auth google
  headsup auth microsoft --device`,
		Args:      takes(1, 1),
		ValidArgs: []string{"google", "microsoft"},
	}
	device := c.Flags().Bool("device", false, "show a code to type in on another device, for a machine without a browser")
	c.RunE = func(c *cobra.Command, args []string) error {
		if !slices.Contains(c.ValidArgs, args[0]) {
			return usageOf(c, fmt.Errorf("there is no login for %q: want google or microsoft", args[0]))
		}
		if *device && args[0] == "google" {
			return &cliError{err: errors.New("no rights to mail or calendars are given by a code at Google"), hint: "`headsup auth google` over ssh prints how to use the browser of the machine before you", code: exitNo}
		}
		cfg, p, err := a.load()
		if err != nil {
			return err
		}
		clients, err := a.oauthClients(c.Context(), cfg, args[0])
		if err != nil {
			return err
		}
		for _, l := range clients {
			if err := a.logIn(c.Context(), l, p.Tokens, a.way(*device, openBrowser)); err != nil {
				return failed(err, loginHint(args[0], err))
			}
		}
		_, err = fmt.Fprintln(a.stdout, "next: headsup doctor; and if the service had stopped sending: headsup resume")
		return err
	}
	return c
}

// login is one visit to a provider: the client that asks, and what for.
type login struct {
	client auth.Client
	uses   []auth.Use
}

// oauthClients are the logins that the configuration needs at a provider, in their order.
func (a *app) oauthClients(ctx context.Context, cfg config.Config, provider string) ([]login, error) {
	return a.visits(ctx, config.Vault{Getenv: a.getenv}, cfg, provider)
}

// visits are the same with another way to secrets.
func (a *app) visits(ctx context.Context, vault config.Vault, cfg config.Config, provider string) ([]login, error) {
	uses := daemon.GrantUses(cfg, provider)
	if len(uses) == 0 {
		return nil, &cliError{err: fmt.Errorf("the configuration needs nothing from %s", provider), hint: "name a mailbox, a submission or a calendar there first; `headsup check` shows what the configuration says", code: exitNo}
	}
	asked := [][]auth.Use{uses}
	if provider == "microsoft" { // a token of Microsoft is good for one service
		asked = slices.Collect(slices.Chunk(uses, 1))
	}
	var list []login
	for _, v := range asked {
		client, err := daemon.OAuthClient(ctx, vault, cfg, provider, v...)
		if err != nil {
			return nil, &cliError{err: err, hint: "`headsup check` looks at the configuration", code: exitConfig}
		}
		list = append(list, login{client, v})
	}
	return list, nil
}

// way is how a person and a provider come together.
type way func(ctx context.Context, c auth.Client) (*oauth2.Token, error)

// way is by a code, or by a browser that open opens.
func (a *app) way(device bool, open func(address string)) way {
	if device {
		return func(ctx context.Context, c auth.Client) (*oauth2.Token, error) {
			return auth.Device(ctx, c, func(uri, code string) error {
				_, err := fmt.Fprintf(a.stdout, "open %s on any device and type the code: %s\n", escape(uri), a.paint(bold, escape(code)))
				return err
			})
		}
	}
	return func(ctx context.Context, c auth.Client) (*oauth2.Token, error) {
		return auth.Loopback(ctx, c, nil, func(address string) error {
			text := "your browser should open; if it does not, open this address on this machine:\n"
			if a.getenv("SSH_CONNECTION") != "" {
				text = fmt.Sprintf("you are logged in by ssh. On the machine before you, run this in another window:\n  ssh -L %[1]s:127.0.0.1:%[1]s THIS-MACHINE\nand open there:\n", answerPort(address))
			}
			if _, err := fmt.Fprintf(a.stdout, "%s%s\n", text, escape(address)); err != nil {
				return err
			}
			open(address)
			return nil
		})
	}
}

// answerPort is the port at which the answer of the browser is awaited.
func answerPort(address string) string {
	page, err := url.Parse(address)
	if err != nil {
		return "PORT"
	}
	back, err := url.Parse(page.Query().Get("redirect_uri"))
	if err != nil || back.Port() == "" {
		return "PORT"
	}
	return back.Port()
}

// openBrowser tries. The address was printed, so a machine without a browser is no fault.
func openBrowser(address string) {
	program := "xdg-open"
	if runtime.GOOS == "darwin" {
		program = "open"
	}
	cmd := exec.Command(program, address) // it may become the browser itself, and outlives this command
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }()
	}
}

// logIn makes one visit and stores what came of it.
func (a *app) logIn(ctx context.Context, l login, tokens string, ask way) error {
	fmt.Fprintf(a.stdout, "%s: asking for %s\n", l.client.Name, useWords(l.uses))
	ctx, cancel := context.WithTimeoutCause(ctx, loginLimit, errNobody)
	defer cancel()
	token, err := ask(ctx, l.client)
	if err != nil {
		return err
	}
	if less := notGranted(token, l.client.Scopes); len(less) > 0 {
		return fmt.Errorf("log in to %s: %w: a part is missing: %s", l.client.Name, auth.ErrDenied, strings.Join(less, ", "))
	}
	if err := (auth.Files{Dir: tokens}).Save(l.client.Name, auth.FromToken(token, l.client)); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: %s: %s\n", l.client.Name, a.paint(green, "granted"), useWords(l.uses))
	return nil
}

// notGranted is what was asked for and is not in the answer: a person can take a tick
// away. An answer without scopes means all of them (RFC 6749 section 5.1).
func notGranted(token *oauth2.Token, asked []string) []string {
	said, _ := token.Extra("scope").(string)
	got := strings.Fields(said)
	if len(got) == 0 {
		return nil
	}
	var less []string
	for _, s := range asked {
		if s != "offline_access" && !slices.ContainsFunc(got, func(g string) bool { return strings.EqualFold(shortScope(g), shortScope(s)) }) {
			less = append(less, s)
		}
	}
	return less
}

// shortScope is a scope without its service: Microsoft answers with either.
func shortScope(s string) string {
	s = strings.TrimSuffix(s, "/")
	return s[strings.LastIndex(s, "/")+1:]
}

// useWords says to a person what a grant is for.
func useWords(uses []auth.Use) string {
	words := map[auth.Use]string{
		auth.Calendar: "reading calendars",
		auth.MailBox:  "reading and sending mail (IMAP, SMTP)",
		auth.GmailAPI: "reading, drafting and sending mail (Gmail)",
	}
	var list []string
	for _, u := range uses {
		list = append(list, words[u])
	}
	return strings.Join(list, ", ")
}

func loginHint(provider string, err error) string {
	again := "`headsup auth " + provider + "`"
	switch {
	case errors.Is(err, auth.ErrDenied):
		return "run " + again + " again and allow everything that is asked for; your administrator may have to allow it first"
	case errors.Is(err, errNobody), errors.Is(err, context.DeadlineExceeded):
		return again + " asks again; --help says how it is done without a browser"
	}
	return "look at client_id in [" + provider + "], then run " + again + " again"
}
