package wizard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"headsup/mail"
)

// Resolver asks the DNS. [net.Resolver] is one.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

// Account is what was found out about a mail account.
type Account struct {
	Provider Provider // with the servers to use; its name is empty if they come from the DNS
	How      string   // how it was found, for a person
	// Ask are servers outside of the address's own domain that the DNS named. Answers of
	// the DNS can be forged, so a person says yes before a password goes there (RFC 6186
	// section 6).
	Ask []string
}

// ErrNotFound means that nothing is known about the servers of a domain.
var ErrNotFound = errors.New("nothing is known about the mail servers")

// Discover finds the servers of an address: the provider of its domain, the provider that
// takes the domain's mail, and what the domain itself says (RFC 6186, RFC 8314).
func Discover(ctx context.Context, r Resolver, a mail.Address) (Account, error) {
	domain := a.Domain()
	if p, ok := byDomain(domain); ok {
		return Account{Provider: p, How: domain + " belongs to " + p.Name}, nil
	}
	own, srvErr := fromSRV(ctx, r, domain)
	if srvErr == nil {
		return own, nil
	}
	list, mxErr := r.LookupMX(ctx, domain)
	for _, mx := range list {
		if p, ok := byMX(mx.Host); ok {
			return Account{Provider: p, How: fmt.Sprintf("the mail of %s goes to %s (%s)", domain, p.Name, strings.TrimSuffix(mx.Host, "."))}, nil
		}
	}
	return Account{}, fmt.Errorf("%w of %s (%v; %v); ask your provider for the names of its IMAP and SMTP servers", ErrNotFound, domain, srvErr, orNone(mxErr))
}

func orNone(err error) any {
	if err == nil {
		return "its mail goes to nobody that headsup knows"
	}
	return err
}

// fromSRV reads the domain's own records. TLS from the first byte is preferred, whatever
// the priorities between the two services say.
func fromSRV(ctx context.Context, r Resolver, domain string) (Account, error) {
	a := Account{How: "the DNS of " + domain + " says so", Provider: Provider{Auth: "password"}}
	var err error
	if a.Provider.IMAP, err = service(ctx, r, domain, "imaps", "imap"); err != nil {
		return Account{}, err
	}
	if a.Provider.SMTP, err = service(ctx, r, domain, "submissions", "submission"); err != nil {
		return Account{}, err
	}
	for _, h := range []Host{a.Provider.IMAP, a.Provider.SMTP} {
		if h.Name != domain && !strings.HasSuffix(h.Name, "."+domain) && !slices.Contains(a.Ask, h.Name) {
			a.Ask = append(a.Ask, h.Name)
		}
	}
	return a, nil
}

func service(ctx context.Context, r Resolver, domain, implicit, starttls string) (Host, error) {
	var errs []error
	for _, s := range []struct {
		name string
		tls  TLS
	}{{implicit, Implicit}, {starttls, StartTLS}} {
		_, list, err := r.LookupSRV(ctx, s.name, "tcp", domain) // sorted by priority, shuffled by weight
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, srv := range list {
			name := strings.ToLower(strings.TrimSuffix(srv.Target, "."))
			if name == "" || srv.Port == 0 { // RFC 2782: "." means that there is no such service
				continue
			}
			if _, err := mail.ParseAddress("x@" + name); err != nil {
				errs = append(errs, fmt.Errorf("the record of _%s._tcp.%s names %q, which is no host", s.name, domain, srv.Target))
				continue
			}
			return Host{Name: name, Port: int(srv.Port), TLS: s.tls}, nil
		}
	}
	return Host{}, fmt.Errorf("no %s or %s service is named in the DNS: %w", implicit, starttls, errors.Join(errs...))
}
