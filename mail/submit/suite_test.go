package submit_test

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"headsup/mail/submit"
	"headsup/mail/submittest"

	"github.com/emersion/go-sasl"
)

// everybody is whom all servers of the suite serve.
func everybody() []string {
	return []string{submittest.PostfixDana, submittest.PostfixKim, submittest.PostfixLee}
}

func client(t *testing.T, o submit.Options) *submit.SMTP {
	t.Helper()
	o.Host, o.Boot = "localhost", boot()
	c, err := submit.NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// scripted is the server of submittest on loopback.
func scripted(t *testing.T, implicit bool) (*submittest.Server, submit.Options) {
	t.Helper()
	cert, roots, err := submittest.Certificate{Host: "localhost"}.Make()
	if err != nil {
		t.Fatal(err)
	}
	s := &submittest.Server{TLS: tlsServer(cert), Script: submittest.Refuse(submittest.PostfixBad, submittest.PostfixBusy)}
	o := submit.Options{Security: submit.StartTLS, Roots: roots, Auth: password}
	if implicit {
		o.Security = submit.ImplicitTLS
	}
	o.Port = s.Listen(t, implicit)
	return s, o
}

func peer(s *submittest.Server) submittest.Peer {
	return submittest.Peer{Good: everybody(), Bad: submittest.PostfixBad, Busy: submittest.PostfixBusy,
		Delivered: func(t *testing.T) []submittest.Delivery {
			if v := s.Violations(); len(v) > 0 {
				t.Errorf("violations: %q", v)
			}
			return s.Deliveries()
		}}
}

func TestSuiteOwnServer(t *testing.T) {
	for _, implicit := range []bool{true, false} {
		t.Run("implicit TLS "+strconv.FormatBool(implicit), func(t *testing.T) {
			submittest.Run(t, func(t *testing.T) submittest.Peer {
				s, o := scripted(t, implicit)
				p := peer(s)
				p.Submitter = client(t, o)
				return p
			})
		})
	}
}

func TestSuitePostfix(t *testing.T) {
	p := submittest.StartPostfix(t)
	for name, o := range map[string]submit.Options{
		"implicit TLS": {Port: p.TLS, Security: submit.ImplicitTLS, Roots: p.Roots},
		"STARTTLS":     {Port: p.Port, Security: submit.StartTLS, Roots: p.Roots},
		"loopback":     {Port: p.Port, Security: submit.None},
	} {
		t.Run(name, func(t *testing.T) {
			submittest.Run(t, func(t *testing.T) submittest.Peer {
				return submittest.Peer{Submitter: client(t, o), Delivered: p.Delivered, Good: everybody(), Bad: submittest.PostfixBad, Busy: submittest.PostfixBusy}
			})
		})
	}
	t.Run("sendmail", func(t *testing.T) {
		submittest.Run(t, func(t *testing.T) submittest.Peer {
			program := &submit.Sendmail{Command: []string{"/usr/sbin/sendmail", "-C", p.Dir}, Dir: t.TempDir(), Boot: boot()}
			return submittest.Peer{Submitter: program, Delivered: p.Delivered, Good: everybody(), Blind: true} // takes everything and bounces later
		})
	})
}

// A server of another make, in front of ours.
func TestSuiteDovecot(t *testing.T) {
	submittest.Run(t, func(t *testing.T) submittest.Peer {
		s := &submittest.Server{Script: submittest.Refuse(submittest.PostfixBad, submittest.PostfixBusy)}
		d, port := submittest.StartDovecot(t, s.Listen(t, false))
		p := peer(s)
		p.Submitter = client(t, submit.Options{Port: port, Security: submit.ImplicitTLS, Roots: d.Roots, Auth: func(context.Context) (sasl.Client, error) {
			return sasl.NewPlainClient("", "alice", "pw"), nil
		}})
		return p
	})
}

func TestSuiteMsmtp(t *testing.T) {
	program, err := exec.LookPath("msmtp")
	if err != nil {
		submittest.Missing(t, "msmtp is not installed (Debian: apt-get install msmtp)")
	}
	submittest.Run(t, func(t *testing.T) submittest.Peer {
		s := &submittest.Server{Script: submittest.Refuse(submittest.PostfixBad, submittest.PostfixBusy)}
		port := s.Listen(t, false)
		p := peer(s)
		p.Blind = true
		p.Submitter = &submit.Sendmail{Dir: t.TempDir(), Boot: boot(), Env: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()},
			Command: []string{program, "--host=127.0.0.1", "--port=" + strconv.Itoa(port), "--tls=off", "--auth=off"}}
		return p
	})
}
