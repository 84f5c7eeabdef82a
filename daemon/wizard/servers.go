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
	smtp := w.a.Account.Provider.SMTP
	if smtp.Name == "" { // a proposal, to be seen and changed
		smtp.Name = strings.Replace(p.IMAP.Name, "imap.", "smtp.", 1)
	}
	if p.SMTP, err = w.host(ctx, "smtp", "SMTP server for sending (name, name:port or name:port starttls)", smtp, byHand); err != nil {
		return err
	}
	if microsoft(p.IMAP) {
		p.Auth = "xoauth2"
	}
	w.a.Account, w.a.Folders = Account{Provider: p, How: "As you said."}, nil // the folders were those of the server before
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
		w.say("  %s; the help pages of your provider name its IMAP and SMTP servers", inShort(err))
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

// inShort says whether there is nothing to be found, or nobody could be asked.
func inShort(err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) && !dns.IsNotFound {
		return fmt.Sprintf("the DNS could not be asked (%s)", dns.Err)
	}
	return "nothing was found"
}

func (w *Wizard) host(ctx context.Context, service, text string, before Host, again bool) (Host, error) {
	q := Question{Flag: service, Text: text, Again: again}
	if before.Name != "" {
		q.Default = before.Name
		if before.Port != 0 {
			q.Default = fmt.Sprintf("%s:%d %s", before.Name, before.Port, before.TLS)
		}
	}
	return ask(ctx, w, q, func(s string) (Host, error) {
		h, err := parseHost(service, s)
		if err == nil && w.Person.Patient() {
			err = w.reach(ctx, h) // said before a password is typed
		}
		return h, err
	})
}

// reachPatience is how long a server may take to answer at all.
const reachPatience = 15 * time.Second

// errNoReach means that an answer may be right, and be right later.
var errNoReach = errors.New("it does not answer")

// reach looks whether anybody answers there. Nothing is said.
func (w *Wizard) reach(ctx context.Context, h Host) error {
	if w.Dial == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, reachPatience)
	defer cancel()
	conn, err := w.Dial(ctx, "tcp", net.JoinHostPort(h.Name, strconv.Itoa(h.Port)))
	if err != nil {
		return fmt.Errorf("%w: %w", errNoReach, err)
	}
	return conn.Close()
}

// parseHost reads "imap.example.com", with a port and the way of protection if they are
// not the usual ones.
func parseHost(service, s string) (Host, error) {
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 2 {
		return Host{}, errors.New("want a name such as mail.example.com, mail.example.com:993 or mail.example.com:143 starttls")
	}
	if len(words) == 2 && !strings.Contains(words[0], ":") {
		if _, err := strconv.Atoi(words[1]); err == nil { // "mail.example.com 993"
			words = []string{words[0] + ":" + words[1]}
		}
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
