package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pty is a terminal with a person before it.
type pty struct {
	t       *testing.T
	master  *os.File
	slave   *os.File
	mu      sync.Mutex
	changed chan struct{}
	shown   bytes.Buffer
	read    int // of what was shown, how much was expected
}

func openPTY(t *testing.T) *pty {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("open a terminal: %v", err)
	}
	p := &pty{t: t, master: os.NewFile(uintptr(fd), "/dev/ptmx"), changed: make(chan struct{}, 1)}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if p.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.slave.Close(); p.master.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := p.master.Read(buf)
			p.mu.Lock()
			p.shown.Write(buf[:n])
			p.mu.Unlock()
			select {
			case p.changed <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

// expect waits until something is shown that was not there before.
func (p *pty) expect(text string) {
	p.t.Helper()
	late := time.NewTimer(15 * time.Second)
	defer late.Stop()
	for {
		p.mu.Lock()
		rest := p.shown.String()[p.read:]
		if i := strings.Index(rest, text); i >= 0 {
			p.read += i + len(text)
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		select {
		case <-p.changed:
		case <-late.C:
			p.t.Fatalf("%q was not shown; since the last text:\n%s", text, rest)
		}
	}
}

// answer waits for a question and types a line.
func (p *pty) answer(question, line string) {
	p.t.Helper()
	p.expect(question)
	p.expect(": ")
	p.typed(line + "\n")
}

// typed presses keys once the program waits for them: a password must find the echo off,
// and that is set after the question was shown.
func (p *pty) typed(keys string) {
	p.t.Helper()
	if _, err := io.WriteString(p.master, keys); err != nil {
		p.t.Fatal(err)
	}
}

// secret waits until the echo is off, and types.
func (p *pty) secret(question, line string) {
	p.t.Helper()
	p.expect(question)
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for p.echo() {
		select {
		case <-tick.C:
		case <-late.C:
			p.t.Fatal("the echo stays on")
		}
	}
	p.typed(line + "\n")
}

// echo reports whether the terminal shows what is typed.
func (p *pty) echo() bool {
	p.t.Helper()
	state, err := unix.IoctlGetTermios(int(p.slave.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// text is everything that was shown.
func (p *pty) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown.String()
}
