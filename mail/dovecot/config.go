package dovecot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"
)

// prepare writes everything that the server reads.
func (s *Server) prepare(o Options) error {
	if len(o.Users) == 0 {
		o.Users = map[string]string{"alice": "pw"}
	}
	for _, sub := range []string{"", "run", "state", "mail"} {
		if err := os.MkdirAll(filepath.Join(s.dir, sub), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	if err := s.certificate(); err != nil {
		return err
	}
	var users strings.Builder
	for name, password := range o.Users {
		fmt.Fprintf(&users, "%s:{PLAIN}%s::::::\n", name, password)
	}
	oauth := fmt.Sprintf("introspection_mode = post\nintrospection_url = %s\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n", o.Introspect)
	var ports []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	s.IMAP, s.IMAPS = "127.0.0.1:"+ports[0], "127.0.0.1:"+ports[1]
	var conf strings.Builder
	err := config.Execute(&conf, map[string]any{
		"Dir": s.dir, "UID": s.uid, "GID": s.gid, "User": name(s.uid), "Group": group(s.gid), "IMAP": ports[0], "IMAPS": ports[1],
		"OAuth": o.Introspect != "", "Bare": o.Bare, "Extra": o.Extra,
	})
	if err != nil {
		return err
	}
	for file, text := range map[string]string{"users": users.String(), "oauth2.conf": oauth, "dovecot.conf": conf.String()} {
		if err := os.WriteFile(filepath.Join(s.dir, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return s.Own(s.dir)
}

// certificate makes a self-signed one for loopback.
func (s *Server) certificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.Roots = x509.NewCertPool()
	s.Roots.AppendCertsFromPEM(cert)
	if err := os.WriteFile(filepath.Join(s.dir, "cert.pem"), cert, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600)
}

// config is for Dovecot 2.3; 2.4 writes it otherwise.
var config = template.Must(template.New("dovecot.conf").Parse(`base_dir = {{.Dir}}/run
state_dir = {{.Dir}}/state
log_path = {{.Dir}}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {{.User}}
default_login_user = {{.User}}
default_internal_group = {{.Group}}
first_valid_uid = 1
first_valid_gid = 1
ssl = required
ssl_cert = <{{.Dir}}/cert.pem
ssl_key = <{{.Dir}}/key.pem
disable_plaintext_auth = yes
auth_mechanisms = plain login{{if .OAuth}} xoauth2 oauthbearer{{end}}
{{if .OAuth}}passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {{.Dir}}/oauth2.conf
}
{{end}}passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {{.Dir}}/users
}
userdb {
  driver = static
  args = uid={{.UID}} gid={{.GID}} home={{.Dir}}/mail/%u
}
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 50
namespace inbox {
  inbox = yes
  separator = /
{{if not .Bare}}  mailbox Drafts {
    special_use = \Drafts
    auto = subscribe
  }
  mailbox Sent {
    special_use = \Sent
    auto = subscribe
  }
  mailbox Trash {
    special_use = \Trash
    auto = subscribe
  }
{{end}}}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = {{.IMAP}}
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = {{.IMAPS}}
    ssl = yes
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
{{.Extra}}
`))
