package gmailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"headsup/mail"

	"google.golang.org/api/gmail/v1"
	"google.golang.org/api/googleapi"
)

// The API takes a message inside of a request up to the first size, and beside it up to
// the second.
const (
	inside = 5 << 20
	maxRaw = 35 << 20
)

// large reports whether a message is uploaded beside the request.
func large(raw []byte) bool { return len(raw) > inside }

// beside is how: in one request, never in pieces. An upload in pieces is repeated by the
// library, and a mail could go twice.
func beside() []googleapi.MediaOption {
	return []googleapi.MediaOption{googleapi.ContentType("message/rfc822"), googleapi.ChunkSize(0)}
}

func tooLarge(raw []byte) error {
	if len(raw) > maxRaw {
		return fmt.Errorf("the message has %d bytes, and the Gmail API takes %d; leave an attachment out", len(raw), maxRaw)
	}
	return nil
}

// Append implements [mail.Mailbox].
func (b *Box) Append(ctx context.Context, f mail.Folder, raw []byte, want mail.Flags) (mail.Ref, error) {
	var ref mail.Ref
	err := b.call(ctx, "store a message in "+string(f), func(ctx context.Context) error {
		r, err := b.rule(ctx, f)
		if err != nil {
			return err
		}
		ref, err = b.put(ctx, f, r, raw, want)
		return err
	})
	return ref, err
}

// put makes a message. Gmail makes a draft a draft, and takes all other labels as they
// are.
func (b *Box) put(ctx context.Context, f mail.Folder, r rule, raw []byte, want mail.Flags) (mail.Ref, error) {
	if err := tooLarge(raw); err != nil {
		return mail.Ref{}, err
	}
	validity, err := b.validity(ctx)
	if err != nil {
		return mail.Ref{}, err
	}
	labels := flagLabels(want)
	var m *gmail.Message
	if f == mail.Drafts {
		m, err = b.draft(ctx, raw)
	} else {
		if r.has != "" {
			labels = append(labels, r.has)
		}
		m, err = b.insert(ctx, raw, labels)
	}
	if err != nil {
		return mail.Ref{}, lost(err)
	}
	if m == nil || !id.MatchString(m.Id) {
		return mail.Ref{}, fmt.Errorf("%w: the server named no message", mail.ErrUnknownOutcome)
	}
	ref := mail.Ref{Folder: f, Validity: validity, UID: m.Id}
	if f == mail.Drafts {
		// The draft is stored; a star that is missing is no reason to store it again.
		if len(labels) > 0 {
			_, _ = b.api.Users.Messages.Modify(me, m.Id, &gmail.ModifyMessageRequest{AddLabelIds: labels}).Context(ctx).Do()
		}
	}
	return ref, nil
}

func (b *Box) draft(ctx context.Context, raw []byte) (*gmail.Message, error) {
	call := b.api.Users.Drafts.Create(me, &gmail.Draft{Message: &gmail.Message{Raw: encode(raw)}})
	if large(raw) {
		call = b.api.Users.Drafts.Create(me, &gmail.Draft{}).Media(bytes.NewReader(raw), beside()...)
	}
	d, err := call.Context(ctx).Do()
	if err != nil {
		return nil, err
	}
	return d.Message, nil
}

func (b *Box) insert(ctx context.Context, raw []byte, labels []string) (*gmail.Message, error) {
	call := b.api.Users.Messages.Insert(me, &gmail.Message{Raw: encode(raw), LabelIds: labels})
	if large(raw) {
		call = b.api.Users.Messages.Insert(me, &gmail.Message{LabelIds: labels}).Media(bytes.NewReader(raw), beside()...)
	}
	return call.InternalDateSource("receivedTime").Context(ctx).Do()
}

// lost marks an error after which nobody knows whether the change was made. A clear no
// is known.
func lost(err error) error {
	var g *googleapi.Error
	if errors.As(err, &g) && g.Code >= 400 && g.Code < 500 {
		return err
	}
	return fmt.Errorf("%w: %w", mail.ErrUnknownOutcome, err)
}

func flagLabels(f mail.Flags) []string {
	var out []string
	if !f.Seen {
		out = append(out, unread)
	}
	if f.Flagged {
		out = append(out, starred)
	}
	return out
}

// Move implements [mail.Mailbox]. Where labels can say it, the message stays what it is.
func (b *Box) Move(ctx context.Context, ref mail.Ref, to mail.Folder) (mail.Ref, error) {
	var moved mail.Ref
	err := b.call(ctx, "move a message to "+string(to), func(ctx context.Context) error {
		target, err := b.rule(ctx, to)
		if err != nil {
			return err
		}
		m, from, err := b.message(ctx, ref, "minimal")
		if err != nil {
			return err
		}
		add, remove, ok := relabel(m.LabelIds, from, target)
		if !ok {
			moved, err = b.copyAway(ctx, ref, to, target, m.LabelIds)
			return err
		}
		moved = mail.Ref{Folder: to, Validity: ref.Validity, UID: ref.UID}
		if len(add)+len(remove) == 0 {
			return nil
		}
		_, err = b.api.Users.Messages.Modify(me, ref.UID, &gmail.ModifyMessageRequest{AddLabelIds: add, RemoveLabelIds: remove}).Context(ctx).Do()
		if err != nil {
			return lost(err)
		}
		return nil
	})
	return moved, err
}

// relabel finds the change of labels that takes a message from one folder to another. It
// is not possible where Gmail's own labels would have to be set or taken away.
func relabel(labels []string, from, to rule) (add, remove []string, ok bool) {
	if to.has != "" && !slices.Contains(labels, to.has) {
		add = append(add, to.has)
	}
	for _, l := range to.not {
		if slices.Contains(labels, l) {
			remove = append(remove, l)
		}
	}
	if from.has != to.has && from.has != drafts && slices.Contains(labels, from.has) && !slices.Contains(remove, from.has) {
		remove = append(remove, from.has)
	}
	for _, l := range slices.Concat(add, remove) {
		if l == sent || l == drafts || l == trash {
			return nil, nil, false
		}
	}
	// A draft that leaves for a folder of its own would still be among the drafts.
	if slices.Contains(labels, drafts) && (to.has == inbox || to.has == "") {
		return nil, nil, false
	}
	return add, remove, true
}

// copyAway makes a new message of the old bytes, and puts the old one into the bin only
// when the new one is there.
func (b *Box) copyAway(ctx context.Context, ref mail.Ref, to mail.Folder, target rule, labels []string) (mail.Ref, error) {
	m, err := b.api.Users.Messages.Get(me, ref.UID).Format("raw").Context(ctx).Do()
	if err != nil {
		return mail.Ref{}, err
	}
	raw, err := decode(m.Raw)
	if err != nil {
		return mail.Ref{}, err
	}
	moved, err := b.put(ctx, to, target, raw, flags(labels))
	if err != nil {
		return mail.Ref{}, err
	}
	if _, err := b.api.Users.Messages.Trash(me, ref.UID).Context(ctx).Do(); err != nil {
		return mail.Ref{}, lost(err)
	}
	return moved, nil
}

// Remove implements [mail.Mailbox]. The message goes into the bin, exactly this one: a
// draft that was edited meanwhile is another message.
func (b *Box) Remove(ctx context.Context, ref mail.Ref) error {
	return b.call(ctx, "remove a message", func(ctx context.Context) error {
		if _, _, err := b.message(ctx, ref, "minimal"); err != nil {
			return err
		}
		if _, err := b.api.Users.Messages.Trash(me, ref.UID).Context(ctx).Do(); err != nil {
			return lost(err)
		}
		return nil
	})
}
