package wizard

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"headsup/daemon/setup"
	"headsup/mail"
)

// cabinet is a mailbox whose folders can be listed and made; the others have fixed ones.
type cabinet interface {
	// Folders lists all folders, and those whose part is clear.
	Folders(ctx context.Context) (names []string, parts map[mail.Folder]string, err error)
	// Make makes a folder.
	Make(ctx context.Context, name string) error
}

// folders makes sure that Drafts and Sent are known. What the server does not say is
// asked, and never guessed by an English name.
func (w *Wizard) folders(ctx context.Context, box mail.Mailbox) error {
	c, ok := box.(cabinet)
	if !ok {
		return nil
	}
	names, parts, err := c.Folders(ctx)
	if err != nil {
		return err
	}
	w.say("  mailbox: logged in, %d folders", len(names))
	for _, f := range []struct {
		part mail.Folder
		flag string
		text string
	}{{mail.Drafts, "drafts", "drafts"}, {mail.Sent, "sent", "sent mail"}} {
		if parts[f.part] != "" {
			continue
		}
		name, err := w.folder(ctx, c, f.flag, f.text, names)
		if err != nil {
			return err
		}
		if w.a.Folders == nil {
			w.a.Folders = map[mail.Folder]string{}
		}
		w.a.Folders[f.part] = name
	}
	return nil
}

// folder asks which folder plays a part.
func (w *Wizard) folder(ctx context.Context, c cabinet, flag, text string, names []string) (string, error) {
	w.say("  the server does not say which folder is for %s; it has: %s", text, strings.Join(names, ", "))
	name, err := ask(ctx, w, Question{Flag: flag, Text: "Folder for " + text + " (one of these, or a new name)"}, func(s string) (string, error) {
		if strings.EqualFold(s, "inbox") {
			return "", errors.New("the inbox cannot be that too")
		}
		return oneLine(s)
	})
	if err != nil || slices.Contains(names, name) {
		return name, err
	}
	yes, err := w.agree(ctx, Question{Flag: "make-folders", Text: fmt.Sprintf("There is no folder %q; make it", name), Default: "yes"})
	switch {
	case err != nil:
		return "", err
	case !yes:
		return "", fmt.Errorf("there is no folder for %s", text)
	}
	return name, c.Make(ctx, name)
}

// tryDraft stores a draft and takes it away again.
func (w *Wizard) tryDraft(ctx context.Context) error {
	d, err := w.draft()
	if err != nil {
		return err
	}
	open := func(ctx context.Context) (mail.Mailbox, error) { return w.Trial.Mailbox(ctx, d) }
	probe := setup.DraftProbe(open, w.me(), strings.ToLower(rand.Text()), w.Now(), nil)
	found := setup.Examine(ctx, []setup.Probe{probe})[0]
	if found.State != setup.Well {
		return errors.New(found.Detail)
	}
	w.say("  drafts: %s", found.Detail)
	return nil
}

func (w *Wizard) me() mail.Party { return mail.Party{Name: w.a.Name, Address: w.a.Address} }

// toMyself sends one mail to the person and looks what becomes of it. It shows that
// mailbox and submission belong together (H9), and what the provider does by itself.
func (w *Wizard) toMyself(ctx context.Context) error {
	yes, err := w.agree(ctx, Question{Flag: "send-test", Text: "Send one mail to yourself, to see what your provider does with it (up to a minute)", Default: "yes"})
	if err != nil || !yes {
		return err
	}
	got, err := w.sendTest(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w.say("  %v", err)
		return w.unproven(ctx, err)
	}
	w.say("  %s", got)
	if got.Arrived == 0 && got.FiledAfter == 0 {
		return w.unproven(ctx, fmt.Errorf("a mail to %s was taken and did not come into this mailbox: is it the mailbox of %s?", w.a.Address, w.a.Address))
	}
	w.a.Measured = got.Profile
	return nil
}

func (w *Wizard) sendTest(ctx context.Context) (setup.Provides, error) {
	d, err := w.draft()
	if err != nil {
		return setup.Provides{}, err
	}
	box, err := w.Trial.Mailbox(ctx, d)
	if err != nil {
		return setup.Provides{}, err
	}
	defer box.Close()
	sub, err := w.Trial.Submitter(ctx, d)
	if err != nil {
		return setup.Provides{}, err
	}
	patience := w.Patience
	if patience == 0 {
		patience = time.Minute
	}
	return setup.SendTest{Box: box, Submit: sub, From: w.me(), Random: w.Random, Now: w.Now, Patience: patience}.Run(ctx)
}

// unproven asks whether to go on with a mailbox and a submission that may be those of two
// people.
func (w *Wizard) unproven(ctx context.Context, cause error) error {
	if !w.Person.Patient() {
		return &TrialError{Err: cause, Hint: "look at the names to log in with; --send-test no leaves this out"}
	}
	yes, err := w.agree(ctx, Question{Text: "Go on all the same", Default: "no", Again: true})
	if err == nil && !yes {
		err = ErrStopped
	}
	return err
}
