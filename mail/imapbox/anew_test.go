package imapbox

import (
	"sync/atomic"
	"testing"

	"headsup/mail"
)

// A folder that was deleted and made again is asked for on a new connection: a server's
// process that remembers the old one says wrong things, or refuses, for as long as it
// lives.
func TestFolderMadeAnew(t *testing.T) {
	for name, later := range map[string]string{
		"another validity": "* 0 EXISTS\r\n* OK [UIDVALIDITY 8] x\r\n* OK [UIDNEXT 1] x\r\nT OK done\r\n",
		"refused":          "T NO [SERVERBUG] Internal error occurred\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			var anew atomic.Bool
			var logins atomic.Int32
			var before int32
			f := &fake{caps: fakeCaps}
			f.say = func(verb, _ string) (string, bool) {
				switch verb {
				case "AUTHENTICATE":
					logins.Add(1)
				case "EXAMINE", "SELECT":
					if anew.Load() && logins.Load() == before {
						return later, true
					}
				}
				return "", false
			}
			box := openBox(t, f.start(t))
			if _, err := box.List(t.Context(), mail.Drafts); err != nil {
				t.Fatal(err)
			}
			before = logins.Load()
			anew.Store(true)
			got, err := box.List(t.Context(), mail.Drafts)
			if err != nil || len(got) != 5 || logins.Load() != before+1 {
				t.Errorf("%d drafts, %v, after %d more logins; want what a new connection says", len(got), err, logins.Load()-before)
			}
		})
	}
}
