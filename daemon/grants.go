package daemon

import (
	"context"
	"fmt"
	"path/filepath"
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
	oauth := s.Auth == config.AuthXOAuth2 || s.Auth == config.AuthOAuthBearer
	if !oauth || !s.Secret.IsZero() {
		return func(ctx context.Context) (string, error) {
			secret, err := d.opt.Vault.Resolve(ctx, s.Secret)
			if err != nil {
				return "", err
			}
			return secret.Reveal(), nil
		}, nil
	}
	provider := "google"
	if h := strings.ToLower(s.Host); strings.HasSuffix(h, "office365.com") || strings.HasSuffix(h, "outlook.com") {
		provider = "microsoft"
	}
	tokens, err := d.grant(context.Background(), cfg, provider, auth.MailBox)
	if err != nil {
		return nil, err
	}
	return tokens.Access, nil
}
