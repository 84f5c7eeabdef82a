package zone

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"
)

// Change is a moment at which the offset of a zone becomes another.
type Change struct {
	At       int64 // Unix seconds
	From, To int   // offsets in seconds
	Summer   bool
}

// Build makes a zone of its changes, of which there must be one, by way of the TZif format
// (RFC 9636): the one door that package time has for zones which are not in its database.
func Build(name string, changes []Change) (*time.Location, error) {
	slices.SortStableFunc(changes, func(a, b Change) int { return cmp.Compare(a.At, b.At) })
	return time.LoadLocationFromTZData(name, tzif(changes))
}

// tzif writes the changes in version 2 of the format. Before the first change the
// offset that it changes from holds.
func tzif(changes []Change) []byte {
	type kind struct {
		off int
		dst bool
	}
	kinds := []kind{{changes[0].From, false}}
	index := make([]byte, len(changes))
	for i, c := range changes {
		k := kind{c.To, c.Summer}
		at := slices.Index(kinds, k)
		if at < 0 {
			at = len(kinds)
			kinds = append(kinds, k)
		}
		if at > 255 {
			at = 0 // more offsets than any zone on earth has had
		}
		index[i] = byte(at)
	}
	kinds = kinds[:min(len(kinds), 256)]
	const abbreviation = "LMT\x00"
	head := func(times, types, chars int) []byte {
		b := append([]byte("TZif2"), make([]byte, 15)...)
		for _, n := range []int{0, 0, 0, times, types, chars} {
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		}
		return b
	}
	// The first block is for readers of 32-bit times: empty but for one kind.
	out := append(head(0, 1, len(abbreviation)), make([]byte, 6)...)
	out = append(out, abbreviation...)
	out = append(out, head(len(changes), len(kinds), len(abbreviation))...)
	for _, c := range changes {
		out = binary.BigEndian.AppendUint64(out, uint64(c.At))
	}
	out = append(out, index...)
	for _, k := range kinds {
		out = binary.BigEndian.AppendUint32(out, uint32(int32(k.off)))
		dst := byte(0)
		if k.dst {
			dst = 1
		}
		out = append(out, dst, 0)
	}
	out = append(out, abbreviation...)
	return append(out, "\n\n"...)
}
