package imapbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"headsup/mail"
)

// Config says where the mailbox is and how to get in.
type Config struct {
	Addr     string                 // host:port
	StartTLS bool                   // TLS by STARTTLS, then required; the default is TLS from the first byte
	Roots    *x509.CertPool         // authorities to trust, nil: those of the system
	Host     string                 // name in the certificate, "": that of Addr
	User     string                 // login name
	Login    Login                  // how to prove it
	Folders  map[mail.Folder]string // names of folders that the server does not tell, or that should be others
	Profile  mail.Profile
	Timeout  time.Duration // for one command, 0: 60 s
	Poll     time.Duration // how often Watch looks by itself and renews IDLE, 0: 30 s
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	Log      *slog.Logger // nil: none
}

// Login is how the user proves who they are.
type Login struct {
	Mechanism string                                    // "" or "password", "xoauth2", "oauthbearer"
	Secret    func(ctx context.Context) (string, error) // password or access token, asked for at each connection
}

// withDefaults checks a configuration and fills in what was left open.
func (c Config) withDefaults() (Config, error) {
	host, _, err := net.SplitHostPort(c.Addr)
	switch {
	case err != nil:
		return c, fmt.Errorf("server %q: want host:port, such as imap.example.com:993", c.Addr)
	case c.User == "" || c.Login.Secret == nil:
		return c, errors.New("user and a way to get the password or token are needed")
	}
	switch c.Login.Mechanism {
	case "":
		c.Login.Mechanism = "password"
	case "password", "xoauth2", "oauthbearer":
	default:
		return c, fmt.Errorf("login mechanism %q: want password, xoauth2 or oauthbearer", c.Login.Mechanism)
	}
	if c.Host == "" {
		c.Host = host
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&c.Timeout, time.Minute}, {&c.Poll, 30 * time.Second}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: 30 * time.Second}).DialContext
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// tls always verifies: there is no setting that turns it off.
func (c Config) tls() *tls.Config {
	return &tls.Config{RootCAs: c.Roots, ServerName: c.Host, MinVersion: tls.VersionTLS12}
}
