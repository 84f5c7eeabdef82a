package draft

import (
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// wide asks every frame of the page whether its letter is wider than the telephone.
const wide = `<script>onload = () => {
	const out = []
	for (const f of document.querySelectorAll('iframe')) {
		const d = f.contentDocument.documentElement
		if (d.scrollWidth > 390) out.push(f.title + ': ' + d.scrollWidth)
		if (d.scrollHeight < 100) out.push(f.title + ': empty')
	}
	document.body.textContent = 'measured ' + document.title + '; too wide: [' + out.join(', ') + ']'
}</script>`

// TestNoLetterIsWiderThanATelephone lays every golden letter out in a browser, 390
// pixels wide, and looks for what would have to be scrolled sideways.
func TestNoLetterIsWiderThanATelephone(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: the width of the letters on a telephone was not measured")
	}
	letters, err := filepath.Glob("testdata/letters/*.html")
	if err != nil || len(letters) < 40 {
		t.Fatalf("%d letters: %v", len(letters), err)
	}
	more, err := filepath.Glob("../../mail/letter/testdata/letters/*.html")
	if err != nil || len(more) == 0 {
		t.Fatalf("no letters of mail/letter: %v", err)
	}
	var page strings.Builder
	page.WriteString("<!DOCTYPE html><html><head><meta charset=utf-8><title>all</title></head><body>")
	for _, name := range append(letters, more...) {
		page.WriteString(`<iframe width=390 height=844 frameborder=0 title="` + filepath.Base(name) + `" srcdoc="` + html.EscapeString(readFile(t, name)) + `"></iframe>`)
	}
	page.WriteString(wide + "</body></html>")
	dir := t.TempDir()
	file := filepath.Join(dir, "letters.html")
	if err := os.WriteFile(file, []byte(page.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+dir, "--virtual-time-budget=10000", "--dump-dom", "file://"+file).Output()
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	if !strings.Contains(string(out), "measured all; too wide: []") {
		_, told, _ := strings.Cut(string(out), "measured")
		t.Errorf("%s", told)
	}
}
