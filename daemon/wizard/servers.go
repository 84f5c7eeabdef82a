package wizard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"headsup/mail"
)

// lookupPatience is how long the DNS may take.
const lookupPatience = 20 * time.Second

// servers finds the servers, or asks for them; by hand, they are asked for.
func (w *Wizard) servers(ctx context.Context, byHand bool) error {
	if w.Person.Given("ca-file") && w.a.CAFile == "" {
		if err := w.authority(ctx, false); err != nil {
			return err
		}
	}
	if !byHand {
		found, err := w.found(ctx)
		if err != nil || found {
			return err
		}
	}
	p := Provider{Auth: "password"}
	var err error
	if p.IMAP, err = w.host(ctx, "imap", "IMAP server (name, name:port or name:port starttls)", w.a.Account.Provider.IMAP, byHand); err != nil {
		return err
	}
	if p.SMTP, err = w.host(ctx, "smtp", "SMTP server for sending (name, name:port or name:port starttls)", w.a.Account.Provider.SMTP, byHand); err != nil {
		return err
	}
	if microsoft(p.IMAP) {
		p.Auth = "xoauth2"
	}
	w.a.Account = Account{Provider: p, How: "As you said."}
	return nil
}

// microsoft reports whether a server takes no passwords any more.
func microsoft(h Host) bool {
	return strings.HasSuffix(h.Name, "office365.com") || strings.HasSuffix(h.Name, "outlook.com")
}

// found looks for the servers of the address and asks whether they may be used.
func (w *Wizard) found(ctx context.Context) (bool, error) {
	if w.Person.Given("imap") || w.Person.Given("smtp") {
		return false, nil
	}
	w.say("looking for the mail servers of %s", w.a.Address.Domain())
	ask, cancel := context.WithTimeout(ctx, lookupPatience)
	defer cancel()
	account, err := Discover(ask, w.Resolver, w.a.Address)
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case err != nil:
		w.say("  %v", err)
		return false, nil
	}
	w.say("  %s:\n    reading  %s\n    sending  %s", account.How, account.Provider.IMAP, account.Provider.SMTP)
	q := Question{Flag: "servers", Text: "Use these", Default: "yes"}
	if len(account.Ask) > 0 {
		// Somebody could have forged the answer: no default, nobody says yes in passing.
		q.Text, q.Default = fmt.Sprintf("The DNS names servers outside of %s (%s); does your password belong there", w.a.Address.Domain(), strings.Join(account.Ask, ", ")), ""
	}
	yes, err := w.agree(ctx, q)
	if yes {
		w.a.Account = account
	}
	return yes, err
}

func (w *Wizard) host(ctx context.Context, service, text string, before Host, again bool) (Host, error) {
	q := Question{Flag: service, Text: text, Again: again}
	if before.Name != "" {
		q.Default = fmt.Sprintf("%s:%d %s", before.Name, before.Port, before.TLS)
	}
	return ask(ctx, w, q, func(s string) (Host, error) { return parseHost(service, s) })
}

// parseHost reads "imap.example.com", with a port and the way of protection if they are
// not the usual ones.
func parseHost(service, s string) (Host, error) {
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 2 {
		return Host{}, errors.New("want a name such as mail.example.com, mail.example.com:993 or mail.example.com:143 starttls")
	}
	h := Host{Name: strings.ToLower(words[0]), TLS: Implicit}
	if name, port, ok := strings.Cut(h.Name, ":"); ok {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return Host{}, fmt.Errorf("%q is not a port", port)
		}
		h.Name, h.Port = name, n
	}
	if _, err := mail.ParseAddress("x@" + h.Name); err != nil && net.ParseIP(h.Name) == nil {
		return Host{}, fmt.Errorf("%q is not the name of a server", h.Name)
	}
	implicit, starttls := 993, 143
	if service == "smtp" {
		implicit, starttls = 465, 587
	}
	switch {
	case len(words) == 2 && words[1] != string(Implicit) && words[1] != string(StartTLS):
		return Host{}, fmt.Errorf("%q: want implicit or starttls", words[1])
	case len(words) == 2:
		h.TLS = TLS(words[1])
	case h.Port == starttls || service == "smtp" && h.Port == 25:
		h.TLS = StartTLS
	}
	if h.Port == 0 {
		h.Port = implicit
		if h.TLS == StartTLS {
			h.Port = starttls
		}
	}
	return h, nil
}
