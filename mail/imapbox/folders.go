package imapbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"headsup/mail"
	"headsup/mail/letter"
)

// FolderError says that it is not clear which folder of the server plays a part. It is
// a question to the user, never something to guess by an English name.
type FolderError struct {
	Part mail.Folder
	Why  string
	Have []string // the folders that there are
}

func (e *FolderError) Error() string {
	have := e.Have
	more := ""
	if len(have) > 30 {
		have, more = have[:30], " and more"
	}
	return fmt.Sprintf("which folder is %q? %s. There are: %s%s. Name it in the configuration (mailbox, folders)", e.Part, e.Why, strings.Join(have, ", "), more)
}

// Unwrap is [mail.ErrNoFolder].
func (e *FolderError) Unwrap() error { return mail.ErrNoFolder }

// tree is what LIST told.
type tree struct {
	names  []string
	uses   map[imap.MailboxAttr][]string
	delim  string // "" in a flat store
	prefix string // of one's own folders, such as "INBOX."
	blind  bool   // the list could not be read: only what is configured is known
}

// uses are the special-use attributes (RFC 6154) of the parts that the server decides.
var uses = map[mail.Folder]imap.MailboxAttr{mail.Drafts: imap.MailboxAttrDrafts, mail.Sent: imap.MailboxAttrSent, mail.All: imap.MailboxAttrAll}

// maxFolders bounds a folder list.
const maxFolders = 20_000

// list reads the folders of the server.
func (s *session) list(ctx context.Context) (*tree, error) {
	t := &tree{uses: map[imap.MailboxAttr][]string{}}
	err := s.run(ctx, s.timeout, func() error {
		if s.caps.Has(imap.CapNamespace) || s.caps.Has(imap.CapIMAP4rev2) {
			if ns, err := s.client.Namespace().Wait(); err == nil && len(ns.Personal) > 0 {
				t.prefix = ns.Personal[0].Prefix
			}
		}
		var options *imap.ListOptions
		if s.caps.Has(imap.CapSpecialUse) {
			options = &imap.ListOptions{ReturnSpecialUse: true}
		}
		cmd := s.client.List("", "*", options)
		for {
			m := cmd.Next()
			if m == nil {
				return cmd.Close()
			}
			if len(t.names) < maxFolders {
				t.add(m)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("list folders: %w", err)
	}
	slices.Sort(t.names)
	return t, nil
}

func (t *tree) add(m *imap.ListData) {
	if m.Delim != 0 {
		t.delim = string(m.Delim)
	}
	if slices.Contains(m.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(m.Attrs, imap.MailboxAttrNonExistent) {
		return
	}
	t.names = append(t.names, m.Mailbox)
	for _, a := range m.Attrs {
		t.uses[a] = append(t.uses[a], m.Mailbox)
	}
}

// place finds the folder that plays a part; create is true for one of ours that is
// missing.
func (t *tree) place(part mail.Folder, configured map[mail.Folder]string) (name string, create bool, err error) {
	ours := part == mail.Queue || part == mail.QueueNow
	if name, ok := configured[part]; ok && name != "" {
		if t.blind && !ours {
			return name, false, nil
		}
		if strings.EqualFold(name, "inbox") || slices.Contains(t.names, name) {
			return name, false, nil
		}
		if ours {
			return name, true, nil
		}
		return "", false, t.unclear(part, fmt.Sprintf("The configured %q does not exist", name))
	}
	if ours {
		name := t.ourName(part, configured)
		return name, !slices.Contains(t.names, name), nil
	}
	if part == mail.Inbox {
		return "INBOX", false, nil
	}
	use, known := uses[part]
	found := t.uses[use]
	switch {
	case known && len(found) == 1:
		return found[0], false, nil
	case !known || part == mail.All:
		return "", false, mail.ErrNoFolder
	case len(found) > 1:
		return "", false, t.unclear(part, "The server marks several: "+strings.Join(clean(found), ", "))
	}
	return "", false, t.unclear(part, "The server marks none")
}

// ourName is "Headsup" and "Headsup/Now" in the server's way of writing.
func (t *tree) ourName(part mail.Folder, configured map[mail.Folder]string) string {
	queue := configured[mail.Queue]
	if queue == "" {
		queue = t.prefix + "Headsup"
	}
	if part == mail.Queue {
		return queue
	}
	if t.delim == "" {
		return queue + "-Now"
	}
	return queue + t.delim + "Now"
}

func (t *tree) unclear(part mail.Folder, why string) error {
	return &FolderError{Part: part, Why: why, Have: clean(t.names)}
}

func clean(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = letter.Clean(n)
	}
	return out
}

// name is the server's name of a part, found once and made if it is ours.
func (b *Box) name(ctx context.Context, s *session, part mail.Folder) (string, error) {
	b.mu.Lock()
	name, ok := b.names[part]
	b.mu.Unlock()
	if ok {
		return name, nil
	}
	t, err := b.tree(ctx, s, part)
	if err != nil {
		return "", err
	}
	name, create, err := t.place(part, b.config.Folders)
	if err != nil {
		return "", err
	}
	if create {
		if err := s.create(ctx, name); err != nil {
			return "", err
		}
	}
	b.mu.Lock()
	b.names[part] = name
	b.mu.Unlock()
	return name, nil
}

// tree lists the folders. One odd name is enough for the library to drop the connection;
// when that happened twice in a row, what is configured is taken without asking.
func (b *Box) tree(ctx context.Context, s *session, part mail.Folder) (*tree, error) {
	if b.unlisted.Load() >= 2 && b.config.Folders[part] != "" {
		return &tree{blind: true}, nil
	}
	t, err := s.list(ctx)
	if err == nil {
		b.unlisted.Store(0)
	} else if s.dead && ctx.Err() == nil && !errors.Is(err, errTimeout) {
		b.unlisted.Add(1)
		err = fmt.Errorf("%w; if this stays, name the folders in the configuration (mailbox, folders)", err)
	}
	return t, err
}

// forget makes name look again, after a folder was missing.
func (b *Box) forget(part mail.Folder) {
	b.mu.Lock()
	delete(b.names, part)
	b.mu.Unlock()
}

func (s *session) create(ctx context.Context, name string) error {
	err := s.run(ctx, s.timeout, func() error { return s.client.Create(name, nil).Wait() })
	var r *Refusal
	if err != nil && !(errors.As(err, &r) && imap.ResponseCode(r.Code) == imap.ResponseCodeAlreadyExists) {
		return fmt.Errorf("make folder %q: %w", name, err)
	}
	// some programs show only what is subscribed; that it fails is no reason to stop
	err = s.run(ctx, s.timeout, func() error { return s.client.Subscribe(name).Wait() })
	if err != nil && s.dead {
		return fmt.Errorf("subscribe to folder %q: %w", name, err)
	}
	return nil
}

// Folders lists the folders of the server and the parts that are clear, for set-up.
func (b *Box) Folders(ctx context.Context) (names []string, parts map[mail.Folder]string, err error) {
	err = b.with(ctx, b.work, true, func(s *session) error {
		t, err := s.list(ctx)
		if err != nil {
			return err
		}
		names, parts = clean(t.names), map[mail.Folder]string{}
		for _, part := range []mail.Folder{mail.Inbox, mail.Drafts, mail.Sent, mail.Queue, mail.QueueNow, mail.All} {
			if name, create, err := t.place(part, b.config.Folders); err == nil && !create {
				parts[part] = name
			}
		}
		return nil
	})
	return names, parts, err
}
