package gmailbox

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"headsup/mail"

	"google.golang.org/api/gmail/v1"
	"google.golang.org/api/googleapi"
)

// Labels that are Gmail's own.
const (
	inbox   = "INBOX"
	drafts  = "DRAFT"
	sent    = "SENT"
	trash   = "TRASH"
	spam    = "SPAM"
	unread  = "UNREAD"
	starred = "STARRED"
)

// rule says which messages are in a folder: those with one label and without others.
type rule struct {
	has string // empty: every message
	not []string
}

func (r rule) holds(labels []string) bool {
	if r.has != "" && !slices.Contains(labels, r.has) {
		return false
	}
	return !slices.ContainsFunc(r.not, func(l string) bool { return slices.Contains(labels, l) })
}

// rule finds the rule of a folder. The labels of the queue are made when they are
// missing.
func (b *Box) rule(ctx context.Context, f mail.Folder) (rule, error) {
	switch f {
	case mail.Inbox:
		return rule{has: inbox, not: []string{trash, spam}}, nil
	case mail.Sent:
		return rule{has: sent, not: []string{trash}}, nil
	case mail.All:
		return rule{not: []string{trash, spam}}, nil
	case mail.Drafts, mail.Queue, mail.QueueNow:
	default:
		return rule{}, mail.ErrNoFolder
	}
	queue, now, err := b.queues(ctx)
	switch {
	case err != nil:
		return rule{}, err
	case f == mail.Drafts:
		return rule{has: drafts, not: []string{queue, now, trash}}, nil
	case f == mail.Queue:
		return rule{has: queue, not: []string{now, trash}}, nil
	}
	return rule{has: now, not: []string{trash}}, nil
}

// queues are the ids of the two labels that are ours.
func (b *Box) queues(ctx context.Context) (queue, now string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.labels == nil {
		if err := b.readLabels(ctx); err != nil {
			return "", "", err
		}
	}
	if queue, err = b.label(ctx, b.o.Queue); err != nil {
		return "", "", err
	}
	now, err = b.label(ctx, b.o.QueueNow)
	return queue, now, err
}

func (b *Box) readLabels(ctx context.Context) error {
	list, err := b.api.Users.Labels.List(me).Context(ctx).Do()
	if err != nil {
		return err
	}
	b.labels = map[string]string{}
	for _, l := range list.Labels {
		b.labels[strings.ToLower(l.Name)] = l.Id // Gmail takes no two that differ in case only
	}
	return nil
}

// label returns the id of a label and makes it if need be; another client may have made
// it a moment ago.
func (b *Box) label(ctx context.Context, name string) (string, error) {
	if id, ok := b.labels[strings.ToLower(name)]; ok {
		return id, nil
	}
	l, err := b.api.Users.Labels.Create(me, &gmail.Label{Name: name, LabelListVisibility: "labelShow", MessageListVisibility: "show"}).Context(ctx).Do()
	var g *googleapi.Error
	if errors.As(err, &g) && g.Code == http.StatusConflict {
		if err := b.readLabels(ctx); err != nil {
			return "", err
		}
		if id, ok := b.labels[strings.ToLower(name)]; ok {
			return id, nil
		}
	}
	if err != nil {
		return "", err
	}
	b.labels[strings.ToLower(name)] = l.Id
	return l.Id, nil
}

// flags reads the labels that say what a flag says. A draft is a draft because Gmail
// says so.
func flags(labels []string) mail.Flags {
	return mail.Flags{
		Seen:    !slices.Contains(labels, unread),
		Flagged: slices.Contains(labels, starred),
		Draft:   slices.Contains(labels, drafts),
	}
}
