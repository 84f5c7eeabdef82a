package gmailbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"headsup/mail"
	"headsup/mail/letter"

	"google.golang.org/api/gmail/v1"
	"google.golang.org/api/googleapi"
)

// List implements [mail.Mailbox].
func (b *Box) List(ctx context.Context, f mail.Folder) ([]mail.Header, error) {
	var out []mail.Header
	err := b.call(ctx, "list "+string(f), func(ctx context.Context) error {
		r, err := b.rule(ctx, f)
		if err != nil {
			return err
		}
		ids, err := b.ids(ctx, r, "")
		if err != nil {
			return err
		}
		return b.headers(ctx, f, r, ids, func(h mail.Header) error { out = append(out, h); return nil })
	})
	return out, err
}

// ids are the messages with the label of a rule, oldest first. They may be more than
// those of the folder: see [rule.holds].
func (b *Box) ids(ctx context.Context, r rule, query string) ([]string, error) {
	var out []string
	call := b.api.Users.Messages.List(me).MaxResults(500).Context(ctx)
	if r.has != "" {
		call = call.LabelIds(r.has)
	}
	if query != "" {
		call = call.Q(query)
	}
	err := call.Pages(ctx, func(page *gmail.ListMessagesResponse) error {
		for _, m := range page.Messages {
			out = append(out, m.Id)
		}
		return nil
	})
	slices.Reverse(out) // Gmail lists the newest first
	return out, err
}

// parallel is how many headers are asked for at once. Gmail allows 50 a second.
const parallel = 8

// headers asks for many messages, a few at a time, and gives those that are in the
// folder to fn in the given order.
func (b *Box) headers(ctx context.Context, f mail.Folder, r rule, ids []string, fn func(mail.Header) error) error {
	validity, err := b.validity(ctx)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(ids, parallel) {
		got := make([]*gmail.Message, len(chunk))
		errs := make([]error, len(chunk))
		var wg sync.WaitGroup
		for i, id := range chunk {
			wg.Go(func() {
				got[i], errs[i] = b.api.Users.Messages.Get(me, id).Format("metadata").MetadataHeaders(letter.Fields()...).Context(ctx).Do()
			})
		}
		wg.Wait()
		for i, m := range got {
			switch {
			case gone(errs[i]), errs[i] == nil && !r.holds(m.LabelIds):
				continue
			case errs[i] != nil:
				return errs[i]
			}
			h := header(m)
			h.Ref = mail.Ref{Folder: f, Validity: validity, UID: m.Id}
			if err := fn(h); err != nil {
				return err
			}
		}
	}
	return nil
}

func gone(err error) bool {
	var g *googleapi.Error
	return errors.As(err, &g) && g.Code == http.StatusNotFound
}

// header reads what Gmail says about a message.
func header(m *gmail.Message) mail.Header {
	var block bytes.Buffer
	if m.Payload != nil {
		for _, h := range m.Payload.Headers {
			clean := strings.NewReplacer("\r", " ", "\n", " ").Replace(h.Value)
			fmt.Fprintf(&block, "%s: %s\r\n", h.Name, clean)
		}
	}
	block.WriteString("\r\n")
	h, err := letter.ReadHeader(&block)
	if err != nil {
		h = mail.Header{} // too large to be read: it is there, and that is all
	}
	h.Flags, h.Size, h.Received = flags(m.LabelIds), m.SizeEstimate, time.UnixMilli(m.InternalDate)
	return h
}

// id is the form of Gmail's message ids.
var id = regexp.MustCompile(`^[0-9a-f]{1,32}$`)

// message looks a reference up and makes sure that the message is still in its folder.
func (b *Box) message(ctx context.Context, ref mail.Ref, format string) (*gmail.Message, rule, error) {
	r, err := b.rule(ctx, ref.Folder)
	if err != nil {
		return nil, r, err
	}
	validity, err := b.validity(ctx)
	if err != nil {
		return nil, r, err
	}
	if ref.Validity != validity || !id.MatchString(ref.UID) {
		return nil, r, mail.ErrGone
	}
	m, err := b.api.Users.Messages.Get(me, ref.UID).Format(format).Context(ctx).Do()
	if err != nil {
		return nil, r, err
	}
	if !r.holds(m.LabelIds) {
		return nil, r, mail.ErrGone
	}
	return m, r, nil
}

// Read implements [mail.Mailbox].
func (b *Box) Read(ctx context.Context, ref mail.Ref) ([]byte, error) {
	var out []byte
	err := b.call(ctx, "read a message", func(ctx context.Context) error {
		m, _, err := b.message(ctx, ref, "raw")
		if err != nil {
			return err
		}
		out, err = decode(m.Raw)
		return err
	})
	return out, err
}

// decode reads base64url with or without its padding.
func decode(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}

func encode(b []byte) string { return base64.URLEncoding.EncodeToString(b) }

// Gmail cannot search for a token, so messages are looked through for it, the newest
// first and a window at a time. It never leaves Drafts and the queue, which are small; past
// the last window nobody can say that there is none, and that is an error.
const (
	tokenWindow = 500
	tokenMost   = 2000
)

// Find implements [mail.Mailbox]. A query by token alone ends with the window in which
// something was found.
func (b *Box) Find(ctx context.Context, f mail.Folder, q mail.Query) ([]mail.Ref, error) {
	var out []mail.Ref
	err := b.call(ctx, "search "+string(f), func(ctx context.Context) error {
		if q.ID == "" && q.Token == "" {
			return errors.New("an empty query")
		}
		r, err := b.rule(ctx, f)
		if err != nil {
			return err
		}
		query := ""
		if q.ID != "" {
			query = "rfc822msgid:" + string(q.ID)
		}
		ids, err := b.ids(ctx, r, query)
		if err != nil {
			return err
		}
		for looked := 0; len(ids) > 0 && len(out) == 0; {
			if looked >= tokenMost && q.ID == "" {
				return fmt.Errorf("not found among the %d newest messages, and more are not looked through", looked)
			}
			n := max(0, len(ids)-tokenWindow)
			if q.ID != "" {
				n = 0
			}
			if out, err = b.matching(ctx, f, r, ids[n:], q); err != nil {
				return err
			}
			looked, ids = looked+len(ids[n:]), ids[:n]
		}
		return nil
	})
	return out, err
}

// matching are those of some messages that a query is about.
func (b *Box) matching(ctx context.Context, f mail.Folder, r rule, ids []string, q mail.Query) ([]mail.Ref, error) {
	var out []mail.Ref
	err := b.headers(ctx, f, r, ids, func(h mail.Header) error {
		if (q.ID == "" || h.ID == q.ID) && (q.Token == "" || h.Token == q.Token) {
			out = append(out, h.Ref)
		}
		return nil
	})
	return out, err
}
