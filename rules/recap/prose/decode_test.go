package prose

import "testing"

func TestDecode(t *testing.T) {
	const want = "# Zoë\n\nACTION: call"
	for name, in := range map[string]string{
		"utf-8":        "# Zoë\n\nACTION: call",
		"bom":          "\xEF\xBB\xBF# Zoë\n\nACTION: call",
		"windows-1252": "# Zo\xEB\n\nACTION: call",
		"utf-16le":     "\xFF\xFE#\x00 \x00Z\x00o\x00\xEB\x00\n\x00\n\x00A\x00C\x00T\x00I\x00O\x00N\x00:\x00 \x00c\x00a\x00l\x00l\x00",
		"utf-16be":     "\xFE\xFF\x00#\x00 \x00Z\x00o\x00\xEB\x00\n\x00\n\x00A\x00C\x00T\x00I\x00O\x00N\x00:\x00 \x00c\x00a\x00l\x00l",
		"mac lines":    "# Zoë\r\rACTION: call",
		"invisible":    "# Zoë\u200b\n\nACTION: \u202ecall",
	} {
		got, _, err := Decode([]byte(in))
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}
