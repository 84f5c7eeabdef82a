// Package imapbox is a mailbox on an IMAP server (RFC 9051, RFC 3501).
package imapbox

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"time"

	"headsup/mail"
)

// Config says where and how.
type Config struct {
	Addr     string // host:port
	StartTLS bool   // TLS by STARTTLS, then required; the default is TLS from the first byte
	TLS      *tls.Config
	User     string
	Login    Login
	Folders  map[mail.Folder]string // names that the server does not tell
	Profile  mail.Profile
	Timeout  time.Duration // for one command, 0: 60 s
	Renew    time.Duration // of IDLE, 0: 9 min
	Poll     time.Duration // where there is no IDLE, 0: 60 s
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	Log      *slog.Logger
}

// Login is how the user proves who they are: with a password, or with a token.
type Login struct {
	Mechanism string // "" or "password", "xoauth2", "oauthbearer"
	Secret    func(ctx context.Context) (string, error)
}

// Box is a mailbox on a server.
type Box struct{ mail.Mailbox }

// Open connects, logs in and finds the folders.
func Open(ctx context.Context, c Config) (*Box, error) {
	return nil, errors.New("imapbox: being built")
}
