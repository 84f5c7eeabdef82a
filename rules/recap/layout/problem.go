package layout

// Problem is something about a note that its writer should see.
type Problem struct {
	Line int // 0: the note as a whole
	Text string
}
