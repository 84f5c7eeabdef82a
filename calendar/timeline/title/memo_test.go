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
	m.Read(file)
	if len(m.known) != 1 {
		t.Error("a title without end is held")
	}
	for i := range enough {
		m.known[fmt.Sprint("x", i)] = Nothing
	}
	if m.Read("Focus time, one more"); len(m.known) > enough {
		t.Errorf("%d titles are held", len(m.known))
	}
}
