package submit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
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

// Exit codes of sysexits.h that a sendmail gives before it has taken a message: it did
// not understand its arguments, does not know the user or host, or has no right.
const (
	exUsage  = 64
	exNoUser = 67
	exNoHost = 68
	exNoPerm = 77
	exConfig = 78
)

// Submit implements [mail.Submitter].
func (s *Sendmail) Submit(ctx context.Context, e mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	fail := func(stage mail.Stage, permanent bool, err error) mail.Result {
		return mail.Result{Outcome: mail.NotSent, Stage: stage, Permanent: permanent, Err: fmt.Errorf("submit by way of %s, at %s: %w", s.Command[0], stage, err)}
	}
	if _, err := withoutLastLineEnd(wire); err != nil {
		return fail(mail.StageBody, true, err)
	}
	if len(e.To) == 0 {
		return fail(mail.StageRcpt, true, errors.New("the message has no recipient"))
	}
	path, err := exec.LookPath(s.Command[0])
	if err != nil {
		r := fail(mail.StageConnect, false, fmt.Errorf("%w; install a sendmail (msmtp-mta, postfix) or set submission.command", err))
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
	before := s.Boot()
	if err := gate(ctx); err != nil {
		return fail(mail.StageGate, false, err)
	}
	if s.Boot()-before > frozen {
		return fail(mail.StageGate, false, errFrozen)
	}
	return s.run(context.WithoutCancel(ctx), path, e, in)
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
		return mail.Result{Outcome: mail.NotSent, Stage: mail.StageConnect, Err: fmt.Errorf("start %s: %w", path, err)}
	}
	err := cmd.Wait()
	if err == nil {
		return mail.Result{Outcome: mail.Accepted, Stage: mail.StageDot, Reply: said.String()}
	}
	return exited(path, err, said.String())
}

// exited says what an exit status means. Of 69 and 75 nobody knows at which moment they
// were given (msmtp gives 69 for a 451, 75 when it could not connect; others queue and
// give 75), so behind the gate they are uncertain.
func exited(path string, err error, said string) mail.Result {
	r := mail.Result{Outcome: mail.Uncertain, Stage: mail.StageDot, Reply: said, Err: fmt.Errorf("%s: %w: %s", path, err, said)}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return r
	}
	switch r.Code = exit.ExitCode(); r.Code {
	case exUsage, exConfig, exNoPerm:
		r.Outcome, r.Account = mail.NotSent, true
	case exNoUser, exNoHost:
		r.Outcome, r.Permanent = mail.NotSent, true
	}
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

func (t *tail) String() string { return string(bytes.TrimSpace(t.b)) }
