package draft

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"headsup/rules/recap"
)

// What notes.extract_command may take: time, and bytes that it prints.
const (
	extractPatience = 20 * time.Second
	extractMost     = 256 << 10
	extractRest     = 10 * time.Minute // after a failure it is not asked again for so long
)

// Command is the user's own program that suggests items: notes.extract_command.
type Command struct {
	Argv     []string      // the program and its arguments; no shell reads them
	Patience time.Duration // 0: 20 s
}

// Run gives the program the public text of a note on its standard input and returns what
// it prints. The program runs in a process group of its own, which does not outlive the
// call; it gets a small environment, and what it says on stderr is thrown away, because it
// may be the note.
func (c Command) Run(ctx context.Context, public []byte) ([]byte, error) {
	patience := c.Patience
	if patience == 0 {
		patience = extractPatience
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Env = extractEnv()
	cmd.Stdin = bytes.NewReader(public)
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out := &capped{stop: cancel}
	cmd.Stdout = out
	err := cmd.Run()
	if cmd.Process != nil {
		// What it started and left behind ends with it. There may be nothing left.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	switch {
	case out.over:
		return nil, fmt.Errorf("it printed more than %d bytes", extractMost)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("it did not end within %s", patience)
	case err != nil:
		return nil, fmt.Errorf("it failed: %w", err)
	}
	return out.buf.Bytes(), nil
}

// extractEnv is what a program needs to find itself and its files, and no more.
func extractEnv() []string {
	env := []string{}
	for _, key := range []string{"HOME", "USER", "LOGNAME", "PATH", "LANG", "LC_ALL", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"} {
		if val := os.Getenv(key); val != "" {
			env = append(env, key+"="+val)
		}
	}
	return env
}

// capped keeps the first bytes and ends the program when there are more.
type capped struct {
	buf  bytes.Buffer
	over bool
	stop func()
}

func (c *capped) Write(p []byte) (int, error) {
	if c.buf.Len()+len(p) > extractMost {
		c.over = true
		c.stop()
		return 0, errors.New("too much output")
	}
	return c.buf.Write(p)
}

// suggest asks the user's program for items. What it says only ever becomes lines for
// the user to look at: nothing of it enters a mail, and whatever goes wrong with it holds
// no draft up.
func (s *Service) suggest(ctx context.Context, st *story, now time.Time) {
	if s.opt.Extract == nil {
		return
	}
	if now.Before(s.rests) {
		st.checks = append(st.checks, "notes.extract_command was not asked: it failed a short while ago")
		return
	}
	items, problems, err := s.extract(ctx, st)
	if err != nil {
		s.rests = now.Add(extractRest)
		s.opt.Log.Warn("notes.extract_command gave no answer", "note", st.note.Hash.String()[:12], "err", err)
		st.checks = append(st.checks, fmt.Sprintf("notes.extract_command suggested nothing: %v; the recap was made without it", err))
		return
	}
	st.rec.Problems = append(st.rec.Problems, problems...)
	for _, it := range items {
		if !known(it, st.rec.Items) {
			st.rec.Items = append(st.rec.Items, it)
		}
	}
}

func (s *Service) extract(ctx context.Context, st *story) ([]recap.Item, []recap.Problem, error) {
	public, err := recap.Public(st.note.Path, st.note.Bytes)
	if err != nil {
		return nil, nil, err
	}
	answer, err := s.opt.Extract(ctx, []byte(public))
	if err != nil {
		return nil, nil, err
	}
	opt := s.reading(st.note)
	if day, err := time.ParseInLocation(time.DateOnly, st.rec.Date, s.opt.Zone); err == nil {
		opt.Fallback = day
	}
	return recap.Accept(public, answer, opt)
}

// known reports whether the reading of the note has an item of the same kind on the same
// lines already.
func known(it recap.Item, list []recap.Item) bool {
	for _, o := range list {
		if o.Kind == it.Kind && o.Line <= it.EndLine && it.Line <= o.EndLine {
			return true
		}
	}
	return false
}
