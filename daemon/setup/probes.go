package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"headsup/mail"
	"headsup/mail/letter"
)

// FileProbe looks at a file or folder that nobody else may read.
func FileProbe(name, path string, optional bool) Probe {
	return Probe{Name: name, Mend: "chmod -R go-rwx " + path, Look: func(context.Context) Finding {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && optional:
			return Finding{State: Well, Detail: path + " is not there yet"}
		case err != nil:
			return Found(err, "")
		case info.Mode()&fs.ModeSymlink != 0:
			return Finding{State: Broken, Detail: path + " is a symbolic link", Mend: "name the place that it points to"}
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Getuid() {
			return Finding{State: Broken, Detail: path + " belongs to somebody else", Mend: "chown it to yourself"}
		}
		if info.Mode().Perm()&0o077 != 0 {
			return Finding{State: Broken, Detail: fmt.Sprintf("%s can be read or written by others (mode %04o)", path, info.Mode().Perm())}
		}
		return Finding{State: Well, Detail: path}
	}}
}

// ProgramProbe looks for a program that headsup starts.
func ProgramProbe(name, program string) Probe {
	return Probe{Name: name, Mend: "install it, or correct the configuration", Look: func(context.Context) Finding {
		path, err := exec.LookPath(program)
		return Found(err, path)
	}}
}

// MailboxProbe looks into the folders that headsup lives on. A folder whose name is not
// clear is a warning: headsup never guesses it.
func MailboxProbe(open func(ctx context.Context) (mail.Mailbox, error)) Probe {
	return Probe{Name: "mailbox", Mend: "compare [mailbox] with what your provider says; `headsup check` reads it again", Limit: time.Minute, Look: func(ctx context.Context) Finding {
		box, err := open(ctx)
		if err != nil {
			return Found(err, "")
		}
		defer box.Close()
		var found, missing []string
		for _, f := range []mail.Folder{mail.Inbox, mail.Drafts, mail.Sent, mail.Queue, mail.QueueNow} {
			list, err := box.List(ctx, f)
			switch {
			case errors.Is(err, mail.ErrNoFolder):
				missing = append(missing, string(f))
			case err != nil:
				return Found(fmt.Errorf("folder %s: %w", f, err), "")
			default:
				found = append(found, fmt.Sprintf("%s (%d)", f, len(list)))
			}
		}
		if len(missing) > 0 {
			return Finding{State: Warning, Detail: "no folder for " + strings.Join(missing, ", "), Mend: "name it in [mailbox.folders]"}
		}
		return Finding{State: Well, Detail: strings.Join(found, ", ")}
	}}
}

// DraftProbe puts a draft into Drafts, finds it again by its mark, reads it and takes it
// away: everything that headsup does there. stored, if not nil, is told when the server
// says that it stored the draft: by its own clock.
func DraftProbe(open func(ctx context.Context) (mail.Mailbox, error), from mail.Party, token string, now time.Time, stored func(server time.Time)) Probe {
	return Probe{Name: "drafts", Mend: "compare [mailbox] with what your provider says, and look whether the mailbox is full", Limit: time.Minute, Look: func(ctx context.Context) Finding {
		box, err := open(ctx)
		if err != nil {
			return Found(err, "")
		}
		defer box.Close()
		draft := mail.Message{ID: mail.MessageID("doctor-" + token + "@" + from.Address.Domain()), Token: token, Date: now, From: from, To: []mail.Party{from}, Subject: "headsup doctor",
			Parts: []mail.Part{{Type: "text/plain", Body: []byte("headsup looked whether it can write drafts. You can delete this.\n")}}}
		return Found(tryDraft(ctx, box, draft, stored), "a draft was stored, found, read and removed")
	}}
}

func tryDraft(ctx context.Context, box mail.Mailbox, draft mail.Message, stored func(time.Time)) error {
	raw, err := letter.Build(draft)
	if err != nil {
		return err
	}
	ref, err := box.Append(ctx, mail.Drafts, raw, mail.Flags{Seen: true, Draft: true})
	if err != nil {
		return fmt.Errorf("store a draft: %w", err)
	}
	err = func() error {
		found, err := box.Find(ctx, mail.Drafts, mail.Query{Token: draft.Token})
		if err != nil || !slices.Contains(found, ref) {
			return fmt.Errorf("find the draft by its mark: %d found: %w", len(found), cmp.Or(err, mail.ErrGone))
		}
		if stored != nil {
			tellStored(ctx, box, ref, stored)
		}
		back, err := box.Read(ctx, ref)
		if err != nil {
			return fmt.Errorf("read the draft: %w", err)
		}
		m, err := letter.Read(back)
		if err != nil || m.ContentHash() != draft.ContentHash() {
			return fmt.Errorf("the draft came back changed (%v)", err)
		}
		return nil
	}()
	if gone := box.Remove(ctx, ref); gone != nil {
		err = errors.Join(err, fmt.Errorf("remove the draft: %w", gone))
	}
	return err
}

// tellStored reads the server's clock from the draft. That it cannot is no fault.
func tellStored(ctx context.Context, box mail.Mailbox, ref mail.Ref, stored func(time.Time)) {
	list, err := box.List(ctx, ref.Folder)
	if err != nil {
		return
	}
	for _, h := range list {
		if h.Ref == ref && !h.Received.IsZero() {
			stored(h.Received)
		}
	}
}

// SubmissionProbe goes as far as the login and sends nothing.
func SubmissionProbe(check func(ctx context.Context) mail.Result) Probe {
	return Probe{Name: "submission", Mend: "compare [submission] with what your provider says", Limit: 2 * time.Minute, Look: func(ctx context.Context) Finding {
		r := check(ctx)
		switch {
		case r.Err == nil:
			return Finding{State: Well, Detail: r.Reply}
		case r.Account, r.Permanent:
			return Finding{State: Broken, Detail: r.Err.Error()}
		}
		return Finding{State: Warning, Detail: r.Err.Error(), Mend: "headsup tries again by itself; look whether this machine is online"}
	}}
}

// ClockProbe compares this machine's clock with one of a server.
func ClockProbe(server func(ctx context.Context) (theirs, ours time.Time, err error)) Probe {
	return Probe{Name: "clock", Mend: "set the clock of this machine, or turn on time synchronisation (timedatectl set-ntp true)", Look: func(ctx context.Context) Finding {
		theirs, ours, err := server(ctx)
		if err != nil {
			return Finding{State: Unknown, Detail: err.Error()}
		}
		off := ours.Sub(theirs).Round(time.Second)
		if off.Abs() > 2*time.Minute {
			return Finding{State: Broken, Detail: fmt.Sprintf("this machine's clock differs by %s; nothing is sent until it agrees", off)}
		}
		return Finding{State: Well, Detail: fmt.Sprintf("differs by %s", off)}
	}}
}

// AgeProbe looks how old what is known of a calendar is. limit 0: it never gets too old.
func AgeProbe(name string, read, now time.Time, limit time.Duration) Probe {
	return Probe{Name: name, Mend: "look at its own line above, or at `headsup status`", Look: func(context.Context) Finding {
		age := now.Sub(read).Round(time.Minute)
		switch {
		case read.IsZero():
			return Finding{State: Broken, Detail: "was never read"}
		case limit > 0 && age > limit:
			return Finding{State: Warning, Detail: fmt.Sprintf("was read %s ago, more than %s: working hours apply where nothing is known", age, limit)}
		}
		return Finding{State: Well, Detail: fmt.Sprintf("was read %s ago", age)}
	}}
}
