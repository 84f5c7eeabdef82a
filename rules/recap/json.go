package recap

import "encoding/json"

type itemJSON struct {
	Line       int      `json:"line"`
	EndLine    int      `json:"end_line"`
	Kind       ItemKind `json:"kind"`
	Owner      *string  `json:"owner"`
	Due        *string  `json:"due"`
	DueDate    *string  `json:"due_date"`
	Text       string   `json:"text"`
	Confidence float64  `json:"confidence"`
	Unasked    bool     `json:"unasked"`
}

type recapJSON struct {
	File      string     `json:"file"`
	Title     string     `json:"title"`
	Date      *string    `json:"date"`
	Attendees []string   `json:"attendees"`
	Items     []itemJSON `json:"items"`
}

// JSON is the line that "headsup recap --json" prints for a note, without a line end.
// What is unknown is null, a list is never null.
func (r Recap) JSON(file string) ([]byte, error) {
	out := recapJSON{File: file, Title: r.Title, Date: orNull(r.Date), Attendees: append([]string{}, r.Attendees...), Items: []itemJSON{}}
	for _, it := range r.Items {
		out.Items = append(out.Items, itemJSON{it.Line, it.EndLine, it.Kind, orNull(it.Owner), orNull(it.Due), orNull(it.DueDate), it.Text, it.Confidence, it.Unasked})
	}
	return json.Marshal(out)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
