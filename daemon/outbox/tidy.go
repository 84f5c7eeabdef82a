package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// Tidy does what remains to be done about messages. Nothing here can change what a
// message is; a task that fails is tried again.
func (o *Outbox) Tidy(ctx context.Context, now time.Time) (time.Time, error) {
	tasks, err := o.Store.Tasks(ctx, now, perStep)
	if err != nil {
		return time.Time{}, err
	}
	var errs []error
	begun := o.Clock.Boot()
	for _, t := range tasks {
		if ctx.Err() != nil || o.Clock.Boot()-begun > turnFor {
			break
		}
		err := o.Contain.Do("task "+string(t.Kind)+" of message "+t.Message.String(), func() error { return o.do(ctx, now, t) })
		switch {
		case errors.Is(err, errLaterTask):
			t.Tries, t.Due = t.Tries+1, now.Add(taskAgain(t.Tries))
		case err != nil:
			t.Tries, t.Due, t.Err = t.Tries+1, now.Add(taskAgain(t.Tries)), err.Error()
			if errors.Is(err, mail.ErrUnknownOutcome) || errors.Is(err, ledger.ErrFault) {
				t.Due = now.Add(indexLag) // it may be there; a search finds it once the index has it
			}
			errs = append(errs, fmt.Errorf("task %s of message %s: %w", t.Kind, t.Message, err))
		default:
			t.Tries, t.Done, t.Err = t.Tries+1, now, ""
		}
		if err := o.Store.EndTask(ctx, now, t); err != nil {
			errs = append(errs, err)
		}
	}
	return o.again(ctx, func(w ledger.Wakes) time.Time { return w.Tidy }, errs)
}

// errLaterTask asks for another try without being a failure.
var errLaterTask = errors.New("not yet")

func taskAgain(tries int) time.Duration {
	return min(30*time.Second<<min(tries, 7), 30*time.Minute)
}

func (o *Outbox) do(ctx context.Context, now time.Time, t ledger.Task) error {
	if t.Kind == ledger.TaskTell {
		return o.Teller.Tell(ctx, now, t)
	}
	m, err := o.Store.Get(ctx, t.Message)
	if err != nil {
		return err
	}
	if o.Mailbox == nil || m.State != ledger.Sent {
		return nil
	}
	if t.Kind == ledger.TaskFile {
		return o.file(ctx, m, t)
	}
	return o.remove(ctx, m)
}

// file sees to it that there is exactly one copy in Sent. A provider that files by
// itself is waited for; of one that is not known to, a few minutes are waited.
func (o *Outbox) file(ctx context.Context, m ledger.Message, t ledger.Task) error {
	refs, err := o.find(ctx, mail.Sent, m.MessageID)
	if err != nil || len(refs) > 0 {
		return err
	}
	p := o.Mailbox.Profile()
	switch {
	case o.Guard.Suspect().Code != "":
		return errLaterTask // whether enough time has passed for the index is not known
	case p.FilesSent == mail.Yes && t.Tries < 12:
		return errLaterTask
	case p.FilesSent == mail.Yes:
		return nil // it files under another name, or not at all; a second copy would be worse
	case p.FilesSent == mail.Unknown && t.Tries < 4:
		return errLaterTask
	}
	wire, err := o.Store.Bytes(ctx, m.ID, ledger.CopyWire)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil // it never left from here: sent by hand
	}
	if err != nil {
		return err
	}
	// Written down before it is done: should nobody hear what became of it, the search
	// comes again when the slowest index has it, and not before.
	now := o.Clock.Wall()
	t.Due, t.Tries = now.Add(indexLag), t.Tries+1
	if err := o.Store.EndTask(ctx, now, t); err != nil {
		return err
	}
	_, err = o.Mailbox.Append(ctx, mail.Sent, wire, mail.Flags{Seen: true})
	return err
}

// remove takes the draft away, exactly this one and only while it says what was sent.
func (o *Outbox) remove(ctx context.Context, m ledger.Message) error {
	if m.Draft.IsZero() {
		return nil
	}
	refs := []mail.Ref{m.Draft}
	switch o.lookAtDraft(ctx, m) {
	case DraftGone:
		var err error
		if refs, err = o.strayed(ctx, m); err != nil {
			return err
		}
	case DraftNone, DraftChanged:
		return nil
	case DraftUnknown:
		return errors.New("the mailbox is out of reach")
	}
	if same, err := o.leftAsApproved(ctx, m); err != nil || !same {
		return err // an earlier version went; the draft is the only copy of the later one
	}
	for _, ref := range refs {
		if err := o.Mailbox.Remove(ctx, ref); err != nil && !errors.Is(err, mail.ErrGone) {
			return err
		}
	}
	return nil
}

// strayed finds the draft of a message where it is now, when it is not where it was: the
// folder was made anew and has another validity, or a person moved the draft at the last
// moment. Only what bears our mark and says what was approved is meant.
func (o *Outbox) strayed(ctx context.Context, m ledger.Message) ([]mail.Ref, error) {
	q := mail.Query{Token: m.Token}
	if q.Token == "" {
		q.ID = m.MessageID
	}
	var out []mail.Ref
	for _, f := range []mail.Folder{mail.Drafts, mail.Queue, mail.QueueNow} {
		refs, err := o.Mailbox.Find(ctx, f, q)
		if err != nil && !errors.Is(err, mail.ErrNoFolder) {
			return nil, fmt.Errorf("look for the draft: %w", err)
		}
		for _, r := range refs {
			m.Draft = r
			switch o.lookAtDraft(ctx, m) {
			case DraftSame:
				out = append(out, r)
			case DraftUnknown:
				return nil, errors.New("look for the draft: the mailbox is out of reach")
			}
		}
	}
	return out, nil
}

// leftAsApproved reports whether what went out is the content that is approved now. They
// differ when a copy of an earlier attempt was found after the text had been changed.
func (o *Outbox) leftAsApproved(ctx context.Context, m ledger.Message) (bool, error) {
	wire, err := o.Store.Bytes(ctx, m.ID, ledger.CopyWire)
	if errors.Is(err, ledger.ErrNotFound) {
		return true, nil // sent by hand
	}
	if err != nil {
		return false, err
	}
	approved, err := o.Store.Bytes(ctx, m.ID, ledger.CopyApproved)
	if err != nil {
		return false, err
	}
	return o.withoutBcc(wire) == o.withoutBcc(approved), nil
}

// withoutBcc is the content hash of what everybody may see; zero for what cannot be
// read.
func (o *Outbox) withoutBcc(raw []byte) mail.Hash {
	m, err := o.Read(raw)
	if err != nil {
		return mail.Hash{}
	}
	m.Bcc = nil
	return m.ContentHash()
}
