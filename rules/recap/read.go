package recap

import (
	"fmt"
	"path"
	"strings"
)

// Read turns a note into a recap. The reader is picked by the name's extension and the
// content: .md and .txt, .vtt, .srt, .eml. An error means that nothing of the note can
// be used, and says what to do; smaller trouble is in Problems.
func Read(name string, data []byte, opt Options) (Recap, error) {
	limit := MaxNote
	if ext := strings.ToLower(path.Ext(name)); ext == ".vtt" || ext == ".srt" {
		limit = MaxTranscript
	}
	if len(data) > limit {
		return Recap{}, fmt.Errorf("read note: %d bytes, at most %d are read: %w; split it", len(data), limit, ErrTooLarge)
	}
	text, remark, err := Decode(data)
	if err != nil {
		return Recap{}, fmt.Errorf("read note: %w", err)
	}
	var r Recap
	if remark != "" {
		r.Problems = append(r.Problems, Problem{Text: remark})
	}
	for i, l := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(l, "ACTION:"); ok {
			r.Items = append(r.Items, Item{Kind: Action, Text: strings.TrimSpace(rest), Line: i + 1, EndLine: i + 1, Confidence: 1, Marked: true, Unasked: true})
		}
	}
	return r, nil
}
