package wizard

import (
	"context"
	"errors"
)

// gmailName is Google's mail in the table of providers.
const gmailName = "Gmail"

// calendar asks where the manager's calendar is, and reads it.
func (w *Wizard) calendar(ctx context.Context) error {
	if len(w.a.Managers) > 1 {
		w.say("calendars: add a [[calendar]] for each manager to the file")
		return nil
	}
	name := w.a.Managers[0].Name
	for again := false; ; again = true {
		q := Question{Flag: "calendar", Text: "Where can you read the calendar of " + name, Default: "none", Again: again}
		kind, err := w.choose(ctx, q, "none", "url", "file", "caldav", "google", "graph")
		if err != nil {
			return err
		}
		if kind == "none" {
			w.a.Calendar = Calendar{}
			return nil
		}
		if err := w.source(ctx, kind, again); err != nil {
			return err
		}
		err = w.readCalendar(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !w.Person.Patient() {
			return &TrialError{Err: err, Hint: "--calendar none leaves it out for now"}
		}
		w.say("that did not work: %v", err)
	}
}

// source asks what a kind of calendar needs.
func (w *Wizard) source(ctx context.Context, kind string, again bool) (err error) {
	c := Calendar{Kind: kind}
	q := Question{Flag: "calendar-where", Again: again}
	switch kind {
	case "file":
		q.Text = "File (.ics)"
	case "url":
		q.Text = "Address of the published calendar (https://…)"
	case "caldav":
		q.Text = "Address of the CalDAV server or calendar (https://…)"
	case "google", "graph":
		q.Text, q.Default = "Which calendar", w.a.Managers[0].Address.String()
	}
	read := oneLine
	if kind == "file" {
		read = w.path
	}
	if c.Where, err = ask(ctx, w, q, read); err != nil {
		return err
	}
	switch kind {
	case "caldav":
		c.Login, err = w.credentials(ctx, "password", "calendar", "the calendar", w.username(), again)
	case "google":
		err = w.client(ctx, "google")
	case "graph":
		err = w.client(ctx, "microsoft")
	}
	w.a.Calendar = c
	return err
}

// readCalendar tries the calendar.
func (w *Wizard) readCalendar(ctx context.Context) error {
	d, err := w.draft()
	if err != nil {
		return err
	}
	if err := w.Trial.Check(d); err != nil {
		return err
	}
	provider := map[string]string{"google": "google", "graph": "microsoft"}[w.a.Calendar.Kind]
	if provider != "" {
		if err := w.Trial.Grant(ctx, d, provider); err != nil {
			return err
		}
	}
	said, err := w.Trial.Calendar(ctx, d)
	if err == nil {
		w.say("  calendar: %s", said)
	}
	return err
}

// client asks for headsup's name at a provider, once.
func (w *Wizard) client(ctx context.Context, provider string) (err error) {
	if provider == "microsoft" {
		if w.a.Tenant.ID != "" {
			return nil
		}
		w.say("  Microsoft wants to know programs by name: register one at entra.microsoft.com (App registrations, New;\n  redirect URI: public client, http://localhost), and copy its Application (client) ID.")
		w.a.Tenant.ID, err = ask(ctx, w, Question{Flag: "microsoft-client-id", Text: "Application (client) ID"}, oneLine)
		return err
	}
	if w.a.Google.ID != "" {
		return nil
	}
	w.say("  Google wants to know programs by name: make an OAuth client of the type \"Desktop app\" at\n  console.cloud.google.com (APIs & Services, Credentials), and switch on the Gmail or Calendar API there.")
	if w.a.Google.ID, err = ask(ctx, w, Question{Flag: "google-client-id", Text: "Client ID"}, oneLine); err != nil {
		return err
	}
	w.a.Google.Secret = Secret{Name: "google"}
	w.a.Google.Secret.Typed, err = ask(ctx, w, Question{Flag: "google-client-secret", Text: "Client secret (it is not shown)", Secret: true}, oneLine)
	return err
}

// grantMail logs in at Microsoft.
func (w *Wizard) grantMail(ctx context.Context, again bool) error {
	if err := w.client(ctx, "microsoft"); err != nil {
		return err
	}
	var err error
	w.a.Login.Username, err = ask(ctx, w, Question{Flag: "username", Text: "Name to log in with", Default: w.username(), Again: again}, oneLine)
	if err != nil {
		return err
	}
	return w.grant(ctx, "microsoft")
}

// grantGmail logs in at Google.
func (w *Wizard) grantGmail(ctx context.Context) error {
	if err := w.client(ctx, "google"); err != nil {
		return err
	}
	return w.grant(ctx, "google")
}

func (w *Wizard) grant(ctx context.Context, provider string) error {
	d, err := w.draft()
	if err != nil {
		return err
	}
	if err := w.Trial.Grant(ctx, d, provider); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return errors.Join(errors.New("log in at "+provider), err)
	}
	return nil
}
