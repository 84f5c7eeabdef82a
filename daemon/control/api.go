// Package control is the way in to a running headsup: HTTP over a unix socket, so that
// `curl --unix-socket` works, with the same types on both sides.
//
// The socket lies in a folder of mode 0700, which is made before the socket: there is
// no moment in which somebody else could connect. Nothing changes state but a POST with
// a JSON body. A yes carries the hash of the content that was read, and saying it twice
// is saying it once. [Daemon] is what the service must be able to do; [Serve] offers it
// and [Client] asks for it. The commands of cmd/headsup are the only caller today.
package control

import (
	"context"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// Version is the version of this interface. It changes when an old command could no
// longer understand a new service.
const Version = 1

// Daemon is what the running service can be asked. Errors that are meant for the person
// who asked are of type [*Error]; all others are shown as failures of the service.
// Every method may be called from several goroutines.
type Daemon interface {
	// Status says how things stand.
	Status(ctx context.Context) (Status, error)

	// Queue lists messages, the next to go first, then by id.
	Queue(ctx context.Context, q QueueQuery) ([]Message, error)
	// Show is one message with its text and its history. [NotFound] if there is none.
	Show(ctx context.Context, id ledger.ID) (Detail, error)
	// Add takes a message that the user wrote into the queue, as drafted. The same key
	// again gives the message of the first time and adds nothing.
	Add(ctx context.Context, r AddRequest) (Message, error)
	// Set changes what the user may change without a new approval.
	Set(ctx context.Context, r SetRequest) (Message, error)
	// Approve says yes to the content with this hash. Content that changed since is
	// [Stale]. A message that was approved with this hash before is returned as it is,
	// whatever became of it.
	Approve(ctx context.Context, r ApproveRequest) (Message, error)
	// Act does what a person orders. Repeating an order that was carried out changes
	// nothing and is no error. After the gate, hold and cancel are [TooLate].
	Act(ctx context.Context, r ActRequest) (Message, error)

	// Why explains a message: the choice with its reasons, and the rules that matched.
	Why(ctx context.Context, id ledger.ID) (Why, error)
	// Trail calls fn for each entry that matches, oldest first; an error of fn ends it.
	Trail(ctx context.Context, q TrailQuery, fn func(Entry) error) error

	// Windows says when a manager is likely to answer.
	Windows(ctx context.Context, q WindowsQuery) ([]Windows, error)
	// Timeline is the managers' time, cut into spans.
	Timeline(ctx context.Context, q TimelineQuery) ([]Timeline, error)
	// Calendars says what is known of each calendar.
	Calendars(ctx context.Context) ([]Calendar, error)
	// AcceptCalendar says that a calendar which is doubted because it emptied is right.
	AcceptCalendar(ctx context.Context, r CalendarRequest) error
	// Focus lists the blocks that are taken for focus time.
	Focus(ctx context.Context, manager string) ([]FocusBlock, error)
	// AnswerFocus remembers what the user says about a block.
	AnswerFocus(ctx context.Context, r FocusAnswer) (FocusBlock, error)

	// Draft takes in a note as if it had been saved in the notes folder.
	Draft(ctx context.Context, r DraftRequest) ([]Message, error)

	// Pause stops sending until a time, or until Resume if it is zero.
	Pause(ctx context.Context, r PauseRequest) (Pause, error)
	// Resume ends a pause; without one it changes nothing.
	Resume(ctx context.Context) (Pause, error)

	// ForgetPreview counts what is known about an address.
	ForgetPreview(ctx context.Context, a mail.Address) (Forgotten, error)
	// Forget erases it.
	Forget(ctx context.Context, a mail.Address) (Forgotten, error)

	// Reload reads the configuration again. A faulty one changes nothing and its
	// faults are the error.
	Reload(ctx context.Context) error
	// AcceptClock says that the clock of this machine is right.
	AcceptClock(ctx context.Context) error
}
