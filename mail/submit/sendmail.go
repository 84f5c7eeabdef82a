package submit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"headsup/mail"
)

// Sendmail submits by way of a local program with the interface of sendmail(8).
//
// The program gets its message from a file that is complete and synced before it
// starts: a pipe would end with our own crash, and half a mail would go out. So the
// gate comes before the program, and from its start on nothing is certain but success
// and the few exit codes of sysexits.h that mean "I did not even begin".
type Sendmail struct {
	Command []string             // program and first arguments
	Dir     string               // where the file is put, a private folder
	Answer  time.Duration        // patience; 0: 10 minutes
	Boot    func() time.Duration // see [Options.Boot]
	Env     []string             // nil: PATH, HOME and USER of this process
}

var _ mail.Submitter = (*Sendmail)(nil)

// Exit codes of sysexits.h that say something certain; see [exited].
const (
	exUsage   = 64
	exDataErr = 65
	exNoUser  = 67
	exNoPerm  = 77
	exConfig  = 78
)

// Submit implements [mail.Submitter].
func (s *Sendmail) Submit(ctx context.Context, e mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	fail := func(stage mail.Stage, permanent bool, err error) mail.Result {
		return mail.Result{Outcome: mail.NotSent, Stage: stage, Permanent: permanent, Err: fmt.Errorf("hand the message to %s, at stage %s: %w", s.Command[0], stage, err)}
	}
	if _, err := inspect(wire); err != nil {
		return fail(mail.StageBody, true, err)
	}
	if len(e.To) == 0 {
		return fail(mail.StageRcpt, true, errors.New("the message has no recipient"))
	}
	path, err := s.program()
	if err != nil {
		r := fail(mail.StageConnect, false, err)
		r.Account = true
		return r
	}
	in, err := s.spool(wire)
	if err != nil {
		return fail(mail.StageBody, false, err)
	}
	defer in.Close()
	if err := ctx.Err(); err != nil {
		return fail(mail.StageBody, false, err)
	}
	if err := pass(ctx, gate, s.Boot); err != nil {
		return fail(mail.StageGate, false, err)
	}
	return s.run(context.WithoutCancel(ctx), path, e, in)
}

// Check looks for the program and whether a message could be put down for it. What the
// program would do with one cannot be known without sending one.
func (s *Sendmail) Check(ctx context.Context, _ mail.Address) mail.Result {
	r := mail.Result{Outcome: mail.NotSent, Stage: mail.StageConnect}
	path, err := s.program()
	if err != nil {
		r.Account, r.Err = true, err
		return r
	}
	r.Reply = path + " is there; whether it sends shows with a mail (headsup doctor --send-test)"
	if _, err := os.Stat(s.Dir); err != nil {
		return r // made when the service starts
	}
	f, err := s.spool([]byte("From: x\r\n\r\n"))
	if err != nil {
		r.Err = fmt.Errorf("put a message down for %s: %w", path, err)
		return r
	}
	r.Err = f.Close()
	return r
}

// program finds the program. One that takes recipients from the header (-t) would add to
// the approved envelope.
func (s *Sendmail) program() (string, error) {
	if slices.Contains(s.Command[1:], "-t") {
		return "", errors.New("submission.command has the argument -t, which takes recipients from the text; leave it out")
	}
	path, err := exec.LookPath(s.Command[0])
	if err != nil {
		return "", fmt.Errorf("%w; install a sendmail (msmtp-mta, postfix) or set submission.command", err)
	}
	return path, nil
}

// spool writes the message into a file without a name, complete and synced, with the
// line ends of this system: sendmail makes its own.
func (s *Sendmail) spool(wire []byte) (*os.File, error) {
	f, err := os.CreateTemp(s.Dir, "submit-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	_, err = f.Write(bytes.ReplaceAll(wire, []byte("\r\n"), []byte("\n")))
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// run starts the program behind the gate.
func (s *Sendmail) run(ctx context.Context, path string, e mail.Envelope, in *os.File) mail.Result {
	patience := s.Answer
	if patience == 0 {
		patience = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := append([]string{}, s.Command[1:]...)
	args = append(args, "-i", "-f", e.From.String(), "--")
	for _, to := range e.To {
		args = append(args, to.String())
	}
	var said tail
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &said, &said
	cmd.WaitDelay = 5 * time.Second
	if cmd.Env = s.Env; cmd.Env == nil {
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "USER=" + os.Getenv("USER")}
	}
	if err := cmd.Start(); err != nil { // exec failed: the program never ran
		return mail.Result{Outcome: mail.NotSent, Stage: mail.StageDot, Err: fmt.Errorf("start %s: %w", path, err)}
	}
	err := cmd.Wait()
	if err == nil {
		return mail.Result{Outcome: mail.Accepted, Stage: mail.StageDot, Reply: said.String()}
	}
	return exited(path, err, said.String(), len(e.To))
}

// exited says what an exit status means, and it means little. The arguments, the
// configuration or the rights were wrong: the program did not begin. The data (65) or the
// user (67) was wrong, and there was one recipient: it was refused; with several, a
// sendmail may have served the others. Everything else is uncertain: 75 is "queued, I try
// again" to one program and "could not connect" to another, 69 a 451 or a lost line, and
// a program that was killed tells nothing.
func exited(path string, err error, said string, recipients int) mail.Result {
	r := mail.Result{Outcome: mail.Uncertain, Stage: mail.StageDot, Reply: said}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		r.Code = max(exit.ExitCode(), 0) // -1: killed
	}
	next := "the message may have gone: it is looked for in Sent and not sent again by itself"
	switch {
	case r.Code == exUsage, r.Code == exConfig, r.Code == exNoPerm:
		r.Outcome, r.Account = mail.NotSent, true
		next = "try the program by hand, correct submission.command or its own configuration, then: headsup resume"
	case recipients == 1 && (r.Code == exDataErr || r.Code == exNoUser):
		r.Outcome, r.Permanent = mail.NotSent, true
		next = "correct the message or its recipient and approve it again"
	}
	r.Err = fmt.Errorf("hand the message to %s: %w, it said %q; %s", path, err, said, next)
	return r
}

// tail keeps the first bytes of what a program says.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	if room := 2000 - len(t.b); room > 0 {
		t.b = append(t.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return strings.TrimSpace(printable(string(t.b))) }
