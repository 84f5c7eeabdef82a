package daemon

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"headsup/daemon/auth"
	"headsup/daemon/config"
)

// grant is the right to act for the user at a provider, as `headsup auth` stored it.
func (d *Daemon) grant(ctx context.Context, cfg config.Config, provider string, uses ...auth.Use) (*auth.Source, error) {
	client, err := OAuthClient(ctx, d.opt.Vault, cfg, provider, uses...)
	if err != nil {
		return nil, err
	}
	return &auth.Source{Client: client, Store: auth.Files{Dir: filepath.Clean(d.opt.Paths.Tokens)}, Now: d.clock.Wall}, nil
}

// OAuthClient is headsup as the user registered it with a provider.
func OAuthClient(ctx context.Context, vault config.Vault, cfg config.Config, provider string, uses ...auth.Use) (auth.Client, error) {
	o := cfg.Google
	if provider == "microsoft" {
		o = cfg.Microsoft
	}
	if o.ClientID == "" {
		return auth.Client{}, fmt.Errorf("%s.client_id is not set: register a desktop client with the provider and put its id into [%s], then run: headsup auth %s", provider, provider, provider)
	}
	if provider == "microsoft" {
		return auth.Microsoft(o.ClientID, o.Tenant, uses...)
	}
	secret := ""
	if !o.ClientSecret.IsZero() {
		s, err := vault.Resolve(ctx, o.ClientSecret)
		if err != nil {
			return auth.Client{}, fmt.Errorf("google.client_secret: %w", err)
		}
		secret = s.Reveal()
	}
	return auth.Google(o.ClientID, secret, uses...)
}

// secretOf is what a connection to a server proves itself with: the user's secret, or an
// access token where the login is one of OAuth and no secret is named.
func (d *Daemon) secretOf(cfg config.Config, s config.Server) (func(context.Context) (string, error), error) {
	if !byGrant(s) {
		return func(ctx context.Context) (string, error) {
			secret, err := d.opt.Vault.Resolve(ctx, s.Secret)
			if err != nil {
				return "", err
			}
			return secret.Reveal(), nil
		}, nil
	}
	tokens, err := d.grant(context.Background(), cfg, providerOf(s), auth.MailBox)
	if err != nil {
		return nil, err
	}
	return tokens.Access, nil
}

// byGrant reports whether the login at a server is the grant of a provider.
func byGrant(s config.Server) bool {
	return (s.Auth == config.AuthXOAuth2 || s.Auth == config.AuthOAuthBearer) && s.Secret.IsZero()
}

// providerOf is who gives the grant for a mail server.
func providerOf(s config.Server) string {
	if h := strings.ToLower(s.Host); strings.HasSuffix(h, "office365.com") || strings.HasSuffix(h, "outlook.com") {
		return "microsoft"
	}
	return "google"
}

// GrantUses is what the configuration needs a grant of the provider for.
func GrantUses(cfg config.Config, provider string) []auth.Use {
	var uses []auth.Use
	need := func(from string, use auth.Use, needed bool) {
		if needed && from == provider && !slices.Contains(uses, use) {
			uses = append(uses, use)
		}
	}
	m, s := cfg.Mailbox, cfg.Submission
	need("google", auth.GmailAPI, m.Kind == config.MailboxGmail || s.Kind == config.SubmissionGmail)
	need(providerOf(m.Server), auth.MailBox, m.Kind == config.MailboxIMAP && byGrant(m.Server))
	need(providerOf(s.Server), auth.MailBox, s.Kind == config.SubmissionSMTP && byGrant(s.Server))
	for _, c := range cfg.Calendars {
		need("google", auth.Calendar, c.Kind == config.CalendarGoogle)
		need("microsoft", auth.Calendar, c.Kind == config.CalendarGraph)
	}
	return uses
}
