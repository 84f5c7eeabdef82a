package auth

import (
	"fmt"
	"net/url"
	"slices"

	"golang.org/x/oauth2"
)

// Client is the program as the provider knows it: the user registers it once.
type Client struct {
	Name     string // "google", "microsoft", and the name of the stored grant
	ID       string
	Secret   string // of a desktop client: known to everybody who has the program, and still asked for
	Endpoint oauth2.Endpoint
	Scopes   []string
	// Host is what the redirect says: providers compare it with what was registered.
	Host string
	// Extra are parameters of the authorization request.
	Extra map[string]string
}

// Use is what a grant is for. Each has the smallest scope that does the job.
type Use string

// The uses.
const (
	Calendar Use = "calendar" // read events, of the user and of those who share with the user
	MailBox  Use = "mailbox"  // IMAP and SMTP
	GmailAPI Use = "gmail"    // drafts, labels, history, sending by mail/gmailbox
)

// scopes is the whole table of what is asked for, and nothing else ever is.
var scopes = map[string]map[Use][]string{
	"google": {
		Calendar: {"https://www.googleapis.com/auth/calendar.events.readonly"},
		MailBox:  {"https://mail.google.com/"}, // the only one that Gmail's IMAP and SMTP take
		GmailAPI: {"https://www.googleapis.com/auth/gmail.modify"},
	},
	"microsoft": {
		Calendar: {"https://graph.microsoft.com/Calendars.Read.Shared", "offline_access"},
		MailBox:  {"https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send", "offline_access"},
	},
}

// Google is a client of type "Desktop app". Without offline access and consent Google
// gives no refresh token.
func Google(id, secret string, uses ...Use) (Client, error) {
	c := Client{Name: "google", ID: id, Secret: secret, Host: "127.0.0.1", Extra: map[string]string{"access_type": "offline", "prompt": "consent"},
		Endpoint: oauth2.Endpoint{
			// Codes for other devices are not for mail and calendars at Google.
			AuthURL: "https://accounts.google.com/o/oauth2/v2/auth", TokenURL: "https://oauth2.googleapis.com/token", AuthStyle: oauth2.AuthStyleInParams,
		}}
	return c.forUses(uses)
}

// Microsoft is a public client of the tenant ("organizations", "common" or an id). Its
// tokens are good for one service, so mail and calendar are two grants.
func Microsoft(id, tenant string, uses ...Use) (Client, error) {
	if tenant == "" {
		tenant = "common"
	}
	base := "https://login.microsoftonline.com/" + url.PathEscape(tenant) + "/oauth2/v2.0/"
	c := Client{Name: "microsoft", ID: id, Host: "localhost", Extra: map[string]string{"prompt": "select_account"},
		Endpoint: oauth2.Endpoint{AuthURL: base + "authorize", TokenURL: base + "token", DeviceAuthURL: base + "devicecode", AuthStyle: oauth2.AuthStyleInParams}}
	if slices.Contains(uses, Calendar) && len(uses) > 1 {
		return Client{}, fmt.Errorf("ask Microsoft for a grant: mail and calendar cannot share one; ask twice")
	}
	return c.forUses(uses)
}

func (c Client) forUses(uses []Use) (Client, error) {
	switch {
	case c.ID == "":
		return Client{}, fmt.Errorf("ask %s for a grant: no client id; register headsup there as a desktop application and set %s.client_id", c.Name, c.Name)
	case len(uses) == 0:
		return Client{}, fmt.Errorf("ask %s for a grant: nothing to ask for", c.Name)
	}
	for _, u := range uses {
		list, ok := scopes[c.Name][u]
		if !ok {
			return Client{}, fmt.Errorf("ask %s for a grant: it has nothing for %q", c.Name, u)
		}
		for _, s := range list {
			if !slices.Contains(c.Scopes, s) {
				c.Scopes = append(c.Scopes, s)
			}
		}
	}
	if c.Name == "microsoft" {
		c.Name += "-" + string(uses[0])
	}
	return c, nil
}

func (c Client) config(redirect string) *oauth2.Config {
	return &oauth2.Config{ClientID: c.ID, ClientSecret: c.Secret, Endpoint: c.Endpoint, RedirectURL: redirect, Scopes: c.Scopes}
}
