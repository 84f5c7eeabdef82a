package title

import (
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

// TestMemoHoldsLittle: a title is a piece of a calendar of megabytes, which must not stay
// in memory for it; and titles of any length and number do not add up without end.
func TestMemoHoldsLittle(t *testing.T) {
	file := strings.Repeat("SUMMARY:Focus time\r\n", 1000)
	piece := file[8:18]
	var m Memo
	if m.Read(piece) != Read("Focus time") {
		t.Errorf("%q is read as %v", piece, m.Read(piece))
	}
	for k := range m.known {
		if unsafe.StringData(k) == unsafe.StringData(piece) {
			t.Error("the file stays in memory with its title")
		}
	}
	for i := range 25_000 {
		m.Read(fmt.Sprint("x", i))
	}
	m.Read(file)
	size := 0
	for k := range m.known {
		size += len(k)
	}
	if len(m.known) > 10_000 || size > 10_000*longest {
		t.Errorf("%d titles of %d bytes are held", len(m.known), size)
	}
	if _, ok := m.known[file]; ok {
		t.Error("a title without end is held")
	}
}
