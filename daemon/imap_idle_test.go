package daemon_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"headsup/mail/dovecot"
	"headsup/mail/mailboxtest"
)

// TestIdleOnIMAP runs the real program on a Dovecot with a draft that waits for its
// person, lets it do nothing for as long as HEADSUP_IDLE says, and reads from /proc what
// that cost:
//
//	HEADSUP_IDLE=10m go test -run IdleOnIMAP -v -timeout 20m ./daemon
func TestIdleOnIMAP(t *testing.T) {
	span, err := time.ParseDuration(os.Getenv("HEADSUP_IDLE"))
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("measures for as long as HEADSUP_IDLE says (10m), from /proc")
	}
	box := mailboxtest.StartDovecot(t, dovecot.Options{})
	phone := newPhone(t, box)
	for i := range 500 { // some mail, so that the folders are those of a person
		phone.put("INBOX", fmt.Appendf(nil, "From: dana@example.com\r\nTo: sam@example.com\r\nSubject: %d\r\nMessage-ID: <%d@example.com>\r\nDate: %s\r\n\r\nok\r\n",
			i, i, time.Now().Add(-time.Duration(i)*time.Hour).Format(time.RFC1123Z)))
	}
	process := runProgram(t, box)
	ready := time.NewTicker(100 * time.Millisecond)
	defer ready.Stop()
	for late := time.After(time.Minute); len(phone.list("Drafts")) != 1; {
		select {
		case <-ready.C:
		case <-late:
			t.Fatal("no draft after a minute")
		}
	}
	settled := time.NewTimer(30 * time.Second) // what the start costs is measured elsewhere
	<-settled.C
	before := readUse(t, process)
	idle := time.NewTimer(span)
	<-idle.C
	after := readUse(t, process)
	cpu, wakes := after.cpu-before.cpu, after.wakes-before.wakes
	t.Logf("idle for %s: %.2f s of CPU (%.2f %%), %d voluntary switches of context of all threads (%.1f a second), resident %.1f MB, at most %.1f MB",
		span, cpu, 100*cpu/span.Seconds(), wakes, float64(wakes)/span.Seconds(), after.resident, after.peak)
	if share := cpu / span.Seconds(); share > 0.01 {
		t.Errorf("%.1f %% of a processor for doing nothing", 100*share)
	}
	if rate := float64(wakes) / span.Seconds(); rate > 20 {
		t.Errorf("%.1f wake-ups a second for doing nothing", rate)
	}
	if after.resident > 100 {
		t.Errorf("%.1f MB resident for doing nothing", after.resident)
	}
}

// runProgram builds the program and runs it on the mailbox, with a calendar and a note.
func runProgram(t *testing.T, box *dovecot.Server) int {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "headsup")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "headsup/cmd/headsup")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	host, port, _ := strings.Cut(box.IMAPS, ":")
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("password", "pw\n")
	write("dana.ics", busy)
	write("notes/call.md", "# Review\nDate: "+time.Now().Format(time.DateOnly)+"\nPresent: Dana, Sam\n\nDECISION: the pilot goes on.\n")
	write("config.toml", fmt.Sprintf("[user]\naddress = \"sam@example.com\"\nzone = \"Europe/Berlin\"\n[[manager]]\naddresses = [\"dana@example.com\"]\n"+
		"[mailbox]\nkind = \"imap\"\nserver = %q\nport = %s\nca_file = %q\nusername = \"alice\"\nsecret = { file = \"password\" }\n"+
		"[submission]\nkind = \"smtp\"\nserver = \"localhost\"\nport = 1\nauth = \"none\"\n[notes]\nfolder = \"notes\"\n[[calendar]]\nkind = \"file\"\npath = \"dana.ics\"\n",
		host, port, box.Certificate()))
	cmd := exec.Command(program, "run", "--allow-root", "--config", filepath.Join(dir, "config.toml"), "--state", filepath.Join(dir, "state"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the program ended with: %v", err)
		}
	})
	return cmd.Process.Pid
}

// use is what a process has cost so far.
type use struct {
	cpu            float64 // seconds
	wakes          int     // voluntary switches of context
	resident, peak float64 // MB
}

// readUse reads what a process and its threads have cost. A hundredth of a second is the
// unit of /proc/PID/stat on Linux.
func readUse(t *testing.T, pid int) use {
	t.Helper()
	dir := "/proc/" + strconv.Itoa(pid)
	raw, err := os.ReadFile(dir + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	u := use{cpu: float64(atoi(t, fields[11])+atoi(t, fields[12])) / 100}
	threads, err := filepath.Glob(dir + "/task/*/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range threads {
		u.wakes += status(t, file, "voluntary_ctxt_switches")
	}
	u.resident, u.peak = float64(status(t, dir+"/status", "VmRSS"))/1024, float64(status(t, dir+"/status", "VmHWM"))/1024
	return u
}

// status is one figure of a status file.
func status(t *testing.T, file, name string) int {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + `:\s*(\d+)`).FindSubmatch(raw)
	if found == nil {
		t.Fatalf("%s does not tell %s", file, name)
	}
	return atoi(t, string(found[1]))
}
