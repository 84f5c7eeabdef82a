package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// gather collects the facts about one due message. Only errors of the ledger itself are
// returned; what the mailbox does not answer is a fact too.
func (o *Outbox) gather(ctx context.Context, now time.Time, m ledger.Message) (Facts, []byte, error) {
	f := Facts{Now: now, Message: m, Broken: o.Store.Broken(), Free: -1, Suspect: o.Guard.Suspect()}
	var err error
	if f.Paused, err = o.Store.Pause(ctx); err != nil {
		return f, nil, err
	}
	if o.Free != nil {
		if f.Free, err = o.Free(); err != nil {
			f.Free = 0
		}
	}
	if stops(f).Do != "" {
		return f, nil, nil // nothing else needs to be asked
	}
	approved, err := o.Store.Bytes(ctx, m.ID, ledger.CopyApproved)
	if err != nil {
		return f, nil, err
	}
	if content, err := o.Read(approved); err == nil {
		f.Approved, f.To = content.ContentHash(), content.Recipients()
	}
	if f.Found, err = o.evidence(ctx, m); err == nil {
		f.Searched = true
	}
	f.Looked = o.Clock.Boot()
	f.Draft = o.lookAtDraft(ctx, m)
	if f.Answered, err = o.Planner.Answered(ctx, m); err != nil {
		return f, approved, err
	}
	f.Now = o.Clock.Wall() // the mailbox may have taken its time
	f.Message, err = o.Store.Get(ctx, m.ID)
	if err != nil {
		return f, approved, err
	}
	if f.Message.Approval.Content != m.Approval.Content {
		return f, approved, ledger.ErrStale // approved anew meanwhile: what was gathered is about the old text
	}
	f.Allowed = o.Planner.Allowed(f.Now, f.Message)
	return f, approved, nil
}

// lookAtDraft reads the draft once more, right before the claim.
func (o *Outbox) lookAtDraft(ctx context.Context, m ledger.Message) DraftLook {
	if o.Mailbox == nil || m.Draft.IsZero() {
		return DraftNone
	}
	raw, err := o.Mailbox.Read(ctx, m.Draft)
	switch {
	case errors.Is(err, mail.ErrGone), errors.Is(err, mail.ErrNoFolder):
		return DraftGone
	case err != nil:
		return DraftUnknown
	}
	content, err := o.Read(raw)
	if err != nil || content.ContentHash() != m.Approval.Content {
		return DraftChanged
	}
	if m.Approval.By == ledger.ByStar && m.State == ledger.Scheduled {
		return o.lookForStar(ctx, m)
	}
	return DraftSame
}

// lookForStar sees whether the star is still there that approved a message.
func (o *Outbox) lookForStar(ctx context.Context, m ledger.Message) DraftLook {
	headers, err := o.Mailbox.List(ctx, m.Draft.Folder)
	if err != nil {
		return DraftUnknown
	}
	for _, h := range headers {
		if h.Ref == m.Draft && h.Flags.Flagged {
			return DraftSame
		}
	}
	return DraftUnstarred
}

// evidence looks for a copy where sent mail lies. It is nil without an error only if
// the mailbox answered and has none.
func (o *Outbox) evidence(ctx context.Context, m ledger.Message) (*mail.Ref, error) {
	if o.Mailbox == nil {
		return nil, nil
	}
	refs, err := o.find(ctx, mail.Sent, m.MessageID)
	if err != nil {
		return nil, err
	}
	if len(refs) > 0 {
		return &refs[0], nil
	}
	return o.evidenceInAll(ctx, m)
}

// evidenceInAll looks into the folder that holds everything (Gmail). Drafts lie in it
// too, so only what is not one of them counts.
func (o *Outbox) evidenceInAll(ctx context.Context, m ledger.Message) (*mail.Ref, error) {
	all, err := o.find(ctx, mail.All, m.MessageID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	drafts := 0
	for _, f := range []mail.Folder{mail.Drafts, mail.Queue, mail.QueueNow} {
		refs, err := o.find(ctx, f, m.MessageID)
		if err != nil {
			return nil, err
		}
		drafts += len(refs)
	}
	if len(all) > drafts {
		return &all[len(all)-1], nil
	}
	return nil, nil
}

func (o *Outbox) find(ctx context.Context, f mail.Folder, id mail.MessageID) ([]mail.Ref, error) {
	refs, err := o.Mailbox.Find(ctx, f, mail.Query{ID: id})
	if errors.Is(err, mail.ErrNoFolder) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("search %s: %w", f, err)
	}
	return refs, nil
}
