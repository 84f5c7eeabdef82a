package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/rules/recap"
)

// recapCommand reads notes. It needs neither the service nor a configuration, except
// with --draft.
func (a *app) recapCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "recap FILE...",
		Short: "show what headsup reads in call notes",
		Long: `Show what headsup reads in call notes: Markdown, plain text, transcripts (.vtt, .srt) and
mails to yourself (.eml). Every item names its line. Items below "please check" never
enter a mail by themselves. With --draft the service makes the draft of the mail.`,
		Example: `  headsup recap "2026-03-04 Budget.md"
  headsup recap --json notes/*.md
  headsup recap --draft "2026-03-04 Budget.md"`,
		Args: takes(1, -1),
	}
	asJSON := jsonFlag(c)
	draft := c.Flags().Bool("draft", false, "let the service make the draft of the mail")
	c.RunE = func(c *cobra.Command, files []string) error {
		switch {
		case *draft && *asJSON:
			return usageOf(c, errors.New("--json and --draft do not go together"))
		case *draft:
			return a.withClient(a.draftNotes)(c, files)
		}
		return a.readNotes(files, *asJSON)
	}
	return c
}

// readNotes shows every note that can be read, and ends with an error if one cannot.
func (a *app) readNotes(files []string, asJSON bool) error {
	opt := a.recapOptions()
	var bad []error
	for _, file := range files {
		r, err := readNote(file, opt)
		if err == nil {
			err = a.showNote(file, r, asJSON)
		}
		if err != nil {
			bad = append(bad, err)
		}
	}
	return errors.Join(bad...)
}

func (a *app) showNote(file string, r recap.Recap, asJSON bool) error {
	if !asJSON {
		a.showRecap(file, r)
		return nil
	}
	line, err := r.JSON(filepath.Base(file))
	if err != nil {
		return fmt.Errorf("print the recap of %s: %w", file, err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", line)
	return err
}

// recapOptions are what the configuration knows about people; without one, nothing.
func (a *app) recapOptions() recap.Options {
	opt := recap.Options{Fallback: a.now().In(a.zone()), DayFirst: true} // as the configuration has it unless told
	cfg, _, err := a.load()
	if err != nil {
		return opt
	}
	opt.Self, opt.DayFirst = cfg.User.Name, cfg.User.DateOrder == config.DayFirst
	for _, m := range cfg.Managers {
		opt.Contacts = append(opt.Contacts, recap.Contact{Name: m.Name, Key: m.Key})
	}
	return opt
}

// readNote reads one file, of which a note never needs more than a transcript has.
func readNote(file string, opt recap.Options) (recap.Recap, error) {
	data, changed, err := noteBytes(file)
	if err != nil {
		return recap.Recap{}, fmt.Errorf("read the note %s: %w", file, err)
	}
	opt.Fallback = changed.In(opt.Fallback.Location())
	r, err := recap.Read(filepath.Base(file), data, opt)
	if err != nil {
		return recap.Recap{}, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

func noteBytes(file string) ([]byte, time.Time, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, time.Time{}, err
	}
	if !info.Mode().IsRegular() { // a FIFO would be waited for
		return nil, time.Time{}, errors.New("it is not a regular file")
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, recap.MaxTranscript+1))
	return data, info.ModTime(), err
}

// draftNotes hands the notes to the service.
func (a *app) draftNotes(c *cobra.Command, files []string, d *control.Client) error {
	for _, file := range files {
		data, _, err := noteBytes(file)
		if err != nil {
			return fmt.Errorf("read the note %s: %w", file, err)
		}
		made, err := d.Draft(c.Context(), control.DraftRequest{Name: filepath.Base(file), Body: data})
		if err != nil {
			return err
		}
		for _, m := range made {
			fmt.Fprintf(a.stdout, "message %s is %s: %s\n", m.ID, m.State, escape(m.Subject))
		}
	}
	return nil
}

// headings of the kinds, in the order of the mail.
var recapHeadings = []struct {
	kind recap.ItemKind
	text string
}{{recap.Decision, "Decided"}, {recap.Action, "To do"}, {recap.Question, "Open"}, {recap.Risk, "At risk"}}

// showRecap prints a recap for a person.
func (a *app) showRecap(file string, r recap.Recap) {
	head := []string{either(r.Title, filepath.Base(file))}
	if r.Date != "" {
		head = append(head, r.Date)
	}
	fmt.Fprintln(a.stdout, a.paint(bold, escape(strings.Join(head, ", "))))
	if len(r.Attendees) > 0 {
		fmt.Fprintln(a.stdout, "with "+escape(strings.Join(r.Attendees, ", ")))
	}
	for _, h := range recapHeadings {
		a.showItems(h.text, r.Items, func(it recap.Item) bool { return it.Unasked && it.Kind == h.kind })
	}
	a.showItems("Please check (not in the mail)", r.Items, func(it recap.Item) bool { return !it.Unasked })
	if len(r.Items) == 0 {
		fmt.Fprintln(a.stdout, "nothing was found that somebody has to know")
	}
	for _, p := range append(r.Problems, recap.Gaps(r)...) {
		fmt.Fprintln(a.stdout, a.paint(yellow, escape(noteLine(p.Line)+p.Text)))
	}
	fmt.Fprintln(a.stdout)
}

func (a *app) showItems(title string, items []recap.Item, want func(recap.Item) bool) {
	first := true
	for _, it := range items {
		if !want(it) {
			continue
		}
		if first {
			fmt.Fprintln(a.stdout, a.paint(dim, title))
			first = false
		}
		fmt.Fprintln(a.stdout, "  - "+escape(itemText(it)))
	}
}

// itemText is an item on one line: who, what, when, where in the note, and why it is
// asked about.
func itemText(it recap.Item) string {
	var b strings.Builder
	if !it.Unasked {
		fmt.Fprintf(&b, "%s: ", it.Kind)
	}
	if who := either(it.Person, it.Owner); who != "" {
		fmt.Fprintf(&b, "%s: ", who)
	}
	b.WriteString(it.Text)
	if it.DueDate != "" {
		fmt.Fprintf(&b, " [%s]", it.DueDate)
	} else if it.Due != "" {
		fmt.Fprintf(&b, " [%s]", it.Due)
	}
	fmt.Fprintf(&b, " (line %d)", it.Line)
	if it.Way != "" {
		fmt.Fprintf(&b, "; %s", wayText(it.Way))
	}
	if it.Ask != "" {
		fmt.Fprintf(&b, "; %s", it.Ask)
	}
	return b.String()
}

// wayText says that something is a way out, unless the note does with a word of its own
// ("Proposal: …").
func wayText(way string) string {
	if label, _, ok := strings.Cut(way, ": "); ok && !strings.Contains(label, " ") {
		return way
	}
	return "way out: " + way
}

func noteLine(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("line %d: ", n)
}
