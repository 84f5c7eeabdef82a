package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"headsup/daemon/ledger"
	"headsup/mail"
)

// Client asks a running headsup. It is a [Daemon] from afar.
type Client struct {
	http *http.Client
}

var _ Daemon = (*Client)(nil)

// NewClient talks to the socket at path. It does not connect yet.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	return &Client{http: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// Close gives the connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Info says who is listening.
func (c *Client) Info(ctx context.Context) (Info, error) { return fetch[Info](ctx, c, "/info", nil) }

// Status is [Daemon.Status].
func (c *Client) Status(ctx context.Context) (Status, error) {
	return fetch[Status](ctx, c, "/v1/status", nil)
}

// Queue is [Daemon.Queue].
func (c *Client) Queue(ctx context.Context, q QueueQuery) ([]Message, error) {
	return fetch[[]Message](ctx, c, "/v1/queue", q.values())
}

// Show is [Daemon.Show].
func (c *Client) Show(ctx context.Context, id ledger.ID) (Detail, error) {
	return fetch[Detail](ctx, c, "/v1/queue/"+id.String(), nil)
}

// Why is [Daemon.Why].
func (c *Client) Why(ctx context.Context, id ledger.ID) (Why, error) {
	return fetch[Why](ctx, c, "/v1/queue/"+id.String()+"/why", nil)
}

// Add is [Daemon.Add].
func (c *Client) Add(ctx context.Context, r AddRequest) (Message, error) {
	return send[Message](ctx, c, "/v1/queue/add", r)
}

// Set is [Daemon.Set].
func (c *Client) Set(ctx context.Context, r SetRequest) (Message, error) {
	return send[Message](ctx, c, "/v1/queue/set", r)
}

// Approve is [Daemon.Approve].
func (c *Client) Approve(ctx context.Context, r ApproveRequest) (Message, error) {
	return send[Message](ctx, c, "/v1/queue/approve", r)
}

// Act is [Daemon.Act].
func (c *Client) Act(ctx context.Context, r ActRequest) (Message, error) {
	return send[Message](ctx, c, "/v1/queue/act", r)
}

// Draft is [Daemon.Draft].
func (c *Client) Draft(ctx context.Context, r DraftRequest) ([]Message, error) {
	return send[[]Message](ctx, c, "/v1/notes", r)
}

// Windows is [Daemon.Windows].
func (c *Client) Windows(ctx context.Context, q WindowsQuery) ([]Windows, error) {
	return fetch[[]Windows](ctx, c, "/v1/windows", q.values())
}

// Timeline is [Daemon.Timeline].
func (c *Client) Timeline(ctx context.Context, q TimelineQuery) ([]Timeline, error) {
	return fetch[[]Timeline](ctx, c, "/v1/timeline", q.values())
}

// Calendars is [Daemon.Calendars].
func (c *Client) Calendars(ctx context.Context) ([]Calendar, error) {
	return fetch[[]Calendar](ctx, c, "/v1/calendars", nil)
}

// Focus is [Daemon.Focus].
func (c *Client) Focus(ctx context.Context, manager string) ([]FocusBlock, error) {
	v := url.Values{}
	put(v, "manager", manager)
	return fetch[[]FocusBlock](ctx, c, "/v1/focus", v)
}

// AnswerFocus is [Daemon.AnswerFocus].
func (c *Client) AnswerFocus(ctx context.Context, r FocusAnswer) (FocusBlock, error) {
	return send[FocusBlock](ctx, c, "/v1/focus", r)
}

// Pause is [Daemon.Pause].
func (c *Client) Pause(ctx context.Context, r PauseRequest) (Pause, error) {
	return send[Pause](ctx, c, "/v1/pause", r)
}

// Resume is [Daemon.Resume].
func (c *Client) Resume(ctx context.Context) (Pause, error) {
	return send[Pause](ctx, c, "/v1/resume", struct{}{})
}

// ForgetPreview is [Daemon.ForgetPreview].
func (c *Client) ForgetPreview(ctx context.Context, a mail.Address) (Forgotten, error) {
	return fetch[Forgotten](ctx, c, "/v1/forget", url.Values{"address": {a.String()}})
}

// Forget is [Daemon.Forget].
func (c *Client) Forget(ctx context.Context, a mail.Address) (Forgotten, error) {
	return send[Forgotten](ctx, c, "/v1/forget", ForgetRequest{Address: a})
}

// Reload is [Daemon.Reload].
func (c *Client) Reload(ctx context.Context) error {
	_, err := send[struct{}](ctx, c, "/v1/reload", struct{}{})
	return err
}

// AcceptClock is [Daemon.AcceptClock].
func (c *Client) AcceptClock(ctx context.Context) error {
	_, err := send[struct{}](ctx, c, "/v1/clock/accept", struct{}{})
	return err
}

// AcceptCalendar is [Daemon.AcceptCalendar].
func (c *Client) AcceptCalendar(ctx context.Context, r CalendarRequest) error {
	_, err := send[struct{}](ctx, c, "/v1/calendars/accept", r)
	return err
}

// Trail is [Daemon.Trail].
func (c *Client) Trail(ctx context.Context, q TrailQuery, fn func(Entry) error) error {
	body, err := c.do(ctx, http.MethodGet, "/v1/trail", q.values(), nil)
	if err != nil {
		return err
	}
	defer body.Close()
	dec := json.NewDecoder(body)
	for {
		var e Entry
		switch err := dec.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the trail: it was cut off: %w", err)
		}
		if err := fn(e); err != nil {
			return err
		}
	}
}

// Metrics writes the figures of the service.
func (c *Client) Metrics(ctx context.Context, w io.Writer) error {
	body, err := c.do(ctx, http.MethodGet, "/metrics", nil, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(w, body)
	return err
}

func fetch[A any](ctx context.Context, c *Client, path string, q url.Values) (A, error) {
	return roundTrip[A](ctx, c, http.MethodGet, path, q, nil)
}

func send[A any](ctx context.Context, c *Client, path string, request any) (A, error) {
	b, err := json.Marshal(request)
	if err != nil {
		var none A
		return none, fmt.Errorf("ask headsup: %w", err)
	}
	return roundTrip[A](ctx, c, http.MethodPost, path, nil, b)
}

func roundTrip[A any](ctx context.Context, c *Client, method, path string, q url.Values, request []byte) (A, error) {
	var a A
	body, err := c.do(ctx, method, path, q, request)
	if err != nil {
		return a, err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(&a); err != nil {
		return a, fmt.Errorf("read the answer of headsup: %w", err)
	}
	return a, nil
}

// do sends one request and returns the body of a good answer.
func (c *Client) do(ctx context.Context, method, path string, q url.Values, request []byte) (io.ReadCloser, error) {
	u := url.URL{Scheme: "http", Host: "headsup", Path: path, RawQuery: q.Encode()}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(request))
	if err != nil {
		return nil, fmt.Errorf("ask headsup: %w", err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w: %w", ErrNotRunning, err)
	case err != nil:
		return nil, fmt.Errorf("ask headsup: %w", err)
	}
	if err := refusal(resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp.Body, nil
}

// refusal turns an answer that is not good into an error.
func refusal(resp *http.Response) error {
	if got := resp.Header.Get(versionHeader); got != strconv.Itoa(Version) {
		return fmt.Errorf("the running headsup speaks version %q of the control interface and this command version %d; restart the service", got, Version)
	}
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, smallBody))
	if err != nil {
		return fmt.Errorf("read the answer of headsup: %w", err)
	}
	e := &Error{}
	if json.Unmarshal(b, e) != nil || e.Text == "" {
		e = &Error{Code: Internal, Text: fmt.Sprintf("headsup answers %s: %s", resp.Status, strings.TrimSpace(string(b)))}
	}
	return e
}
