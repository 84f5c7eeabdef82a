package mail

import (
	"slices"
	"strings"
	"unicode"
)

// LookAlike looks for a known address that a person would take a for, although it is
// another one: digits for letters, rn for m, other separators, or letters of another
// script in an international (xn--) domain. It is a small relative of the skeletons
// of UTS 39: addresses are ASCII, so the table can be read at a glance.
//
// An address that is itself known looks like nobody else.
func LookAlike(a Address, known []Address) (Address, bool) {
	for _, k := range known {
		if k.Key() == a.Key() {
			return Address{}, false
		}
	}
	s := addressSkeleton(a)
	for _, k := range known {
		if addressSkeleton(k) == s {
			return k, true
		}
	}
	return Address{}, false
}

// LookAlikeName looks for a known person whose name a person would take p's name for,
// although none of the known people of that name has p's address.
func LookAlikeName(p Party, known []Party) (Party, bool) {
	s := Skeleton(p.Name)
	if s == "" {
		return Party{}, false
	}
	var found *Party
	for i, k := range known {
		if k.Address.Key() == p.Address.Key() {
			return Party{}, false
		}
		if found == nil && Skeleton(k.Name) == s {
			found = &known[i]
		}
	}
	if found == nil {
		return Party{}, false
	}
	return *found, true
}

func addressSkeleton(a Address) string {
	labels := strings.Split(a.Domain(), ".")
	for i, l := range labels {
		if rest, ok := strings.CutPrefix(l, "xn--"); ok {
			if u, ok := decodePunycode(rest); ok {
				labels[i] = u
			}
		}
		labels[i] = Skeleton(labels[i])
	}
	return Skeleton(a.Local()) + "@" + strings.Join(labels, ".")
}

// Skeleton is a form in which texts that look alike are equal. It is for comparing,
// never for showing.
func Skeleton(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case strings.ContainsRune("._-+' ", r), unicode.In(r, unicode.Cf, unicode.Mn, unicode.Cc, unicode.Zs):
			// separators, invisible characters and accents do not tell addresses apart
		case looks[r] != "":
			b.WriteString(looks[r])
		default:
			b.WriteRune(r)
		}
	}
	return pairs.Replace(b.String())
}

// pairs are letters that look like one. They come after looks, so that r and n of
// another script count.
var pairs = strings.NewReplacer("rn", "m", "vv", "w", "cl", "d", "nn", "m", "ii", "u", "lj", "u")

// looks are characters that look like others: digits, then the letters of other scripts
// that Latin words are most often forged with.
var looks = map[rune]string{
	'0': "o", '1': "l", 'i': "l", '|': "l", '!': "l", '3': "e", '4': "a", '5': "s", '$': "s", '6': "b", '8': "b", '9': "g", '2': "z", '7': "t",

	// Cyrillic
	'а': "a", 'в': "b", 'с': "c", 'ԁ': "d", 'е': "e", 'ё': "e", 'һ': "h", 'н': "h", 'і': "l", 'ї': "l", 'ӏ': "l", 'ј': "j", 'к': "k", 'м': "m",
	'п': "n", 'о': "o", 'р': "p", 'ԛ': "q", 'г': "r", 'ѕ': "s", 'т': "t", 'у': "y", 'ѵ': "v", 'ԝ': "w", 'ш': "w", 'х': "x", 'з': "e", 'ь': "b",

	// Greek
	'α': "a", 'ά': "a", 'β': "b", 'ε': "e", 'η': "n", 'ι': "l", 'κ': "k", 'ν': "v", 'ο': "o", 'ό': "o", 'ρ': "p", 'τ': "t", 'υ': "u", 'χ': "x", 'ω': "w", 'γ': "y",

	// Latin beyond ASCII
	'à': "a", 'á': "a", 'â': "a", 'ã': "a", 'ä': "a", 'å': "a", 'ā': "a", 'ą': "a", 'ɑ': "a", 'ç': "c", 'ć': "c", 'č': "c", 'è': "e", 'é': "e",
	'ê': "e", 'ë': "e", 'ė': "e", 'ę': "e", 'ē': "e", 'ɡ': "g", 'ģ': "g", 'ğ': "g", 'ì': "l", 'í': "l", 'î': "l", 'ï': "l", 'ı': "l", 'ł': "l",
	'ñ': "n", 'ń': "n", 'ň': "n", 'ò': "o", 'ó': "o", 'ô': "o", 'õ': "o", 'ö': "o", 'ø': "o", 'ō': "o", 'ř': "r", 'ś': "s", 'š': "s", 'ş': "s",
	'ß': "b", 'ť': "t", 'ţ': "t", 'ù': "u", 'ú': "u", 'û': "u", 'ü': "u", 'ū': "u", 'ů': "u", 'ý': "y", 'ÿ': "y", 'ź': "z", 'ż': "z", 'ž': "z",
}

// decodePunycode is the decoder of RFC 3492 section 6.2 for one label without its
// prefix. It only serves comparing, so anything odd is simply not decoded.
func decodePunycode(s string) (string, bool) {
	const base, tmin, tmax = 36, 1, 26
	var out []rune
	if b := strings.LastIndexByte(s, '-'); b >= 0 {
		out, s = []rune(s[:b]), s[b+1:]
	}
	code, i, bias := 128, 0, 72
	for s != "" {
		start, weight := i, 1
		for k := base; ; k += base {
			if s == "" || i > 1<<24 || weight > 1<<24 {
				return "", false
			}
			digit := strings.IndexByte("abcdefghijklmnopqrstuvwxyz0123456789", s[0])
			if digit < 0 {
				return "", false
			}
			s = s[1:]
			i += digit * weight
			t := min(max(k-bias, tmin), tmax)
			if digit < t {
				break
			}
			weight *= base - t
		}
		n := len(out) + 1
		bias = punycodeBias(i-start, n, start == 0)
		code += i / n
		i %= n
		if code > unicode.MaxRune {
			return "", false
		}
		out = slices.Insert(out, i, rune(code))
		i++
	}
	return string(out), true
}

// punycodeBias is the adaptation of RFC 3492 section 6.1.
func punycodeBias(delta, n int, first bool) int {
	const base, tmin, tmax, skew, damp = 36, 1, 26, 38, 700
	if first {
		delta /= damp
	} else {
		delta /= 2
	}
	delta += delta / n
	k := 0
	for delta > (base-tmin)*tmax/2 {
		delta /= base - tmin
		k += base
	}
	return k + (base-tmin+1)*delta/(delta+skew)
}
