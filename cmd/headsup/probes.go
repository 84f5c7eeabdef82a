package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"headsup/daemon/config"
	"headsup/daemon/setup"
)

// probes are what `headsup check` looks at beside the file: what it names must be there.
// Nothing is made, no server is asked, and no program is run.
func (a *app) probes(c config.Config) []setup.Probe {
	var list []setup.Probe
	if c.Mailbox.Kind == config.MailboxMaildir {
		list = append(list, there("mailbox.path", filepath.Join(c.Mailbox.Path, "cur"), "let your mail program make it, or correct mailbox.path"))
	}
	if c.Submission.Kind == config.SubmissionSendmail {
		list = append(list, setup.ProgramProbe("submission.command", c.Submission.Command[0]))
	}
	if c.Notes.Folder != "" {
		list = append(list, there("notes.folder", c.Notes.Folder, "mkdir -p "+c.Notes.Folder))
	}
	if c.Notes.Templates != "" {
		list = append(list, there("notes.templates", c.Notes.Templates, "correct notes.templates"))
	}
	if len(c.Notes.ExtractCommand) > 0 {
		list = append(list, setup.ProgramProbe("notes.extract_command", c.Notes.ExtractCommand[0]))
	}
	for i, cal := range c.Calendars {
		if cal.Kind == config.CalendarFile {
			list = append(list, there(fmt.Sprintf("calendar[%d].path", i), cal.Path, "export the calendar to that file, or correct the path"))
		}
		list = a.secretProbe(list, fmt.Sprintf("calendar[%d].secret", i), cal.Secret)
	}
	list = a.secretProbe(list, "mailbox.secret", c.Mailbox.Server.Secret)
	return a.secretProbe(list, "submission.secret", c.Submission.Server.Secret)
}

// there looks whether something is where the configuration says.
func there(name, path, mend string) setup.Probe {
	return setup.Probe{Name: name, Mend: mend, Look: func(context.Context) setup.Finding {
		_, err := os.Stat(path)
		return setup.Found(err, path)
	}}
}

// secretProbe reads a secret from its file. Commands and keyrings may ask a person
// something, so they are left alone.
func (a *app) secretProbe(list []setup.Probe, name string, s config.SecretSource) []setup.Probe {
	if s.File == "" {
		return list
	}
	return append(list, setup.Probe{Name: name, Mend: "put the secret into that file, readable for you alone (mode 0600): chmod 600 " + s.File, Look: func(ctx context.Context) setup.Finding {
		_, err := config.Vault{Getenv: a.getenv}.Resolve(ctx, s)
		return setup.Found(err, s.File)
	}})
}
