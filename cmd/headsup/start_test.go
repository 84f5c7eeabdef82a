package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkColdStart starts the stripped program until it says that it is ready, and
// reports the time, the resident memory at that moment and the size of the file:
//
//	go test -run '^$' -bench ColdStart -benchtime 10x ./cmd/headsup
func BenchmarkColdStart(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("resident memory is read from /proc")
	}
	dir := b.TempDir()
	program := filepath.Join(dir, "headsup")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		b.Fatal(err)
	}
	config := filepath.Join(dir, "config.toml")
	text := "[user]\naddress = \"sam@example.com\"\nzone = \"Europe/Berlin\"\n[[manager]]\naddresses = [\"dana@example.com\"]\n[mailbox]\npath = \"Maildir\"\n[notes]\nfolder = \"notes\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, folder := range []string{"notes", "Maildir/cur", "Maildir/new", "Maildir/tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			b.Fatal(err)
		}
	}
	var took time.Duration
	var memory int
	for i := 0; b.Loop(); i++ {
		t, m := coldStart(b, program, config, filepath.Join(dir, "state"+strconv.Itoa(i)), filepath.Join(dir, "notify"+strconv.Itoa(i)))
		took += t
		memory = max(memory, m)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(took.Seconds()*1000/float64(b.N), "ms-to-ready")
	b.ReportMetric(float64(memory)/1024, "MB-resident")
	b.ReportMetric(float64(info.Size())/(1<<20), "MB-program")
}

// coldStart runs the service once and returns the time until it was ready, and its
// resident memory in kB then.
func coldStart(b *testing.B, program, config, state, socket string) (time.Duration, int) {
	b.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: socket})
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	cmd := exec.Command(program, "run", "--allow-root", "--config", config, "--state", state)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGTERM)
	if err := conn.SetReadDeadline(start.Add(30 * time.Second)); err != nil {
		b.Fatal(err)
	}
	for buf := make([]byte, 4096); ; {
		n, err := conn.Read(buf)
		if err != nil {
			b.Fatalf("wait for READY: %v", err)
		}
		if strings.Contains(string(buf[:n]), "READY=1") {
			return time.Since(start), resident(b, cmd.Process.Pid)
		}
	}
}

// resident is VmRSS of a process in kB.
func resident(b *testing.B, pid int) int {
	b.Helper()
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
