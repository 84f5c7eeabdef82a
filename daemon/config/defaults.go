package config

import (
	"time"

	"headsup/mail"
)

// Default is the configuration of somebody who set nothing. It is total: only what
// nobody can guess (addresses, servers, secrets) is empty.
func Default() Config {
	return Config{
		User: User{DateOrder: DayFirst}, // the zone is the one of the system, see [SystemZone]
		Mailbox: Mailbox{
			Kind:    MailboxMaildir,
			Path:    "~/Maildir",
			Server:  defaultServer(),
			Approve: []Gesture{GestureMove, GestureStar},
			History: 365 * 24 * time.Hour,
			Poll:    time.Minute,
		},
		Submission: Submission{
			Kind:    SubmissionSendmail,
			Server:  defaultServer(),
			Command: []string{"/usr/sbin/sendmail", "-i"},
			KeepsID: mail.Unknown,
		},
		Notes: Notes{
			Folder:           "~/Notes/Calls",
			Extensions:       []string{".md", ".markdown", ".txt", ".vtt", ".srt", ".eml"},
			MaxDraftsPerHour: 20,
		},
		Quiet:     Quiet{From: Clock(21, 0), To: Clock(6, 30), Weekends: true},
		Limits:    Limits{MaxPerDay: 4, MinGap: 45 * time.Minute, MinFreeDisk: 64 << 20},
		Daemon:    Daemon{LogLevel: "info"},
		Microsoft: OAuth{Tenant: "common"},
	}
}

func defaultServer() Server { return Server{TLS: TLSImplicit, Auth: AuthPassword} }

// DefaultManager is a manager of whom nothing is known. What is not set comes from the
// common sections.
func DefaultManager(c Config) Manager {
	return Manager{
		Zone:  c.User.Zone,
		Style: StyleBrief,
		Hours: Hours{From: Clock(9, 0), To: Clock(17, 0), Days: []time.Weekday{
			time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}},
		Earliest:  NoTime,
		Latest:    NoTime,
		MaxPerDay: c.Limits.MaxPerDay,
		MinGap:    c.Limits.MinGap,
	}
}

// DefaultCalendar is a calendar of a kind. The ages are those after which an answer of
// this kind is no longer believed: a file is never too old.
func DefaultCalendar(kind CalendarKind) Calendar {
	c := Calendar{Kind: kind, Tentative: TreatBusy, Declined: TreatFree}
	switch kind {
	case CalendarFile:
		c.Poll = time.Minute
	case CalendarURL:
		c.MaxAge, c.Poll = 24*time.Hour, 15*time.Minute
	default:
		c.MaxAge, c.Poll = 2*time.Hour, time.Minute
	}
	return c
}

// defaultPort is the port of a service under a way of protection (RFC 8314).
func defaultPort(service string, mode TLSMode) int {
	switch {
	case service == "imap" && mode == TLSImplicit:
		return 993
	case service == "imap":
		return 143
	case mode == TLSImplicit:
		return 465
	}
	return 587
}
