package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"headsup/daemon/control"
	"headsup/mail"
	"headsup/rules"
)

// maxText is more than anybody reads.
const maxText = 1 << 20

// addFlags are the flags of `queue add`.
type addFlags struct {
	to, cc                       []string
	kind, subject, by, notBefore string
	urgent                       bool
}

func (a *app) queueAddCommand() *cobra.Command {
	var f addFlags
	c := &cobra.Command{
		Use:   "add FILE|-",
		Short: "queue a message of your own, as a draft that needs your yes",
		Long: `Queue a message of your own. FILE is plain text; "-" reads it from the standard
input. Without --subject, a first line "Subject: ..." followed by an empty line is taken.`,
		Example: `  headsup queue add status.txt --to dana-reyes --kind update --subject "Status"
  echo "The supplier is late." | headsup queue add - --to dana-reyes --kind heads-up --urgent --subject "Supplier"`,
		Args: takes(1, 1),
	}
	asJSON := jsonFlag(c)
	c.Flags().StringSliceVar(&f.to, "to", nil, "`manager` (key or address), the first one's rhythm counts")
	c.Flags().StringSliceVar(&f.cc, "cc", nil, "`addresses` that get a copy")
	c.Flags().StringVar(&f.kind, "kind", "", "recap, heads-up, question or update")
	c.Flags().StringVar(&f.subject, "subject", "", "subject")
	c.Flags().StringVar(&f.by, "by", "", "latest `time` at which it is of use")
	c.Flags().StringVar(&f.notBefore, "not-before", "", "earliest `time`")
	c.Flags().BoolVar(&f.urgent, "urgent", false, "goes as soon as you approve it")
	c.RunE = a.withClient(func(c *cobra.Command, args []string, d *control.Client) error {
		r, err := a.addRequest(c, args[0], f)
		if err != nil {
			return err
		}
		m, err := d.Add(c.Context(), r)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(a.stdout, m)
		}
		fmt.Fprintf(a.stdout, "message %s is %s: %s\n", m.ID, m.State, escape(m.Subject))
		if m.ApprovedBy == "" {
			fmt.Fprintf(a.stdout, "say yes with: headsup queue approve %s --content %s\n", m.ID, short(m.Content))
		}
		return nil
	})
	return c
}

// addRequest reads the flags and the text.
func (a *app) addRequest(c *cobra.Command, file string, f addFlags) (control.AddRequest, error) {
	r := control.AddRequest{Key: rand.Text(), Managers: f.to, Subject: f.subject}
	if len(f.to) == 0 || f.kind == "" {
		return r, usageOf(c, errors.New("--to and --kind must be given"))
	}
	var err error
	if r.Kind, err = rules.ParseKind(f.kind); err != nil {
		return r, usageOf(c, err)
	}
	if f.urgent {
		r.Priority = rules.Urgent
	}
	for _, s := range f.cc {
		addr, err := mail.ParseAddress(s)
		if err != nil {
			return r, usageOf(c, err)
		}
		r.CC = append(r.CC, addr)
	}
	loc := a.zone()
	for _, t := range []struct {
		text string
		to   *time.Time
	}{{f.by, &r.By}, {f.notBefore, &r.NotBefore}} {
		if t.text == "" {
			continue
		}
		if *t.to, err = parseTime(c, t.text, a.now(), loc); err != nil {
			return r, err
		}
	}
	text, err := a.readText(file)
	if err != nil {
		return r, err
	}
	r.Subject, r.Text = splitSubject(f.subject, text)
	if r.Subject == "" {
		return r, usageOf(c, errors.New("the message has no subject: give --subject, or begin the text with a line \"Subject: ...\" and an empty line"))
	}
	return r, nil
}

// readText reads a file or the standard input.
func (a *app) readText(file string) (string, error) {
	in := a.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read the message: %w", err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxText+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the message: %w", err)
	case len(b) > maxText:
		return "", fmt.Errorf("read the message: it is larger than %d kB", maxText>>10)
	case !utf8.Valid(b):
		return "", errors.New("read the message: it is not UTF-8 text")
	case strings.TrimSpace(string(b)) == "":
		return "", errors.New("read the message: it is empty")
	}
	return string(b), nil
}

// splitSubject takes a subject from the head of the text if none was given.
func splitSubject(subject, text string) (string, string) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	head, rest, ok := strings.Cut(text, "\n\n")
	if name, value, colon := strings.Cut(head, ":"); subject == "" && ok && colon && strings.EqualFold(name, "subject") && !strings.Contains(head, "\n") {
		return strings.TrimSpace(value), rest
	}
	return strings.TrimSpace(subject), text
}
