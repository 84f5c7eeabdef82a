package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"headsup/daemon/ledger"
)

// Limits of a request. A note or a message of one's own may be as large as a mail.
const (
	smallBody = 64 << 10
	largeBody = 34 << 20 // 25 MB in base64
	patience  = 30 * time.Second
)

// Options is what the server needs beside the daemon.
type Options struct {
	Info    Info
	Metrics func(io.Writer) // in Prometheus text format; nil: none
	Log     *slog.Logger    // nil: nothing is logged
}

// Serve answers requests until ctx ends, then lets those that were begun come to their
// end. It closes the listener.
func Serve(ctx context.Context, ln net.Listener, d Daemon, o Options) error {
	srv := &http.Server{
		Handler:           Handler(d, o),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       patience,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	if o.Log != nil {
		srv.ErrorLog = slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn)
	} else {
		srv.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelWarn)
	}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(end)
	}()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// Handler is the interface as HTTP. The routes are the whole list of what can be asked.
func Handler(d Daemon, o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /info", get(func(context.Context, *reader) (Info, error) { return o.Info, nil }))
	mux.Handle("GET /v1/status", get(func(ctx context.Context, _ *reader) (Status, error) { return d.Status(ctx) }))
	mux.Handle("GET /v1/queue", get(func(ctx context.Context, r *reader) ([]Message, error) {
		q := queueQuery(r)
		return ask(r, func() ([]Message, error) { return d.Queue(ctx, q) })
	}))
	mux.Handle("GET /v1/queue/{id}", one(d.Show))
	mux.Handle("GET /v1/queue/{id}/why", one(d.Why))
	mux.Handle("POST /v1/queue/add", post(largeBody, d.Add))
	mux.Handle("POST /v1/queue/set", post(smallBody, d.Set))
	mux.Handle("POST /v1/queue/approve", post(smallBody, d.Approve))
	mux.Handle("POST /v1/queue/act", post(smallBody, d.Act))
	mux.Handle("POST /v1/notes", post(largeBody, d.Draft))
	mux.Handle("GET /v1/trail", trail(d))
	mux.Handle("GET /v1/windows", get(func(ctx context.Context, r *reader) ([]Windows, error) {
		q := windowsQuery(r)
		return ask(r, func() ([]Windows, error) { return d.Windows(ctx, q) })
	}))
	mux.Handle("GET /v1/timeline", get(func(ctx context.Context, r *reader) ([]Timeline, error) {
		q := timelineQuery(r)
		return ask(r, func() ([]Timeline, error) { return d.Timeline(ctx, q) })
	}))
	mux.Handle("GET /v1/calendars", get(func(ctx context.Context, _ *reader) ([]Calendar, error) { return d.Calendars(ctx) }))
	mux.Handle("POST /v1/calendars/accept", post(smallBody, func(ctx context.Context, r CalendarRequest) (struct{}, error) {
		return struct{}{}, d.AcceptCalendar(ctx, r)
	}))
	mux.Handle("GET /v1/focus", get(func(ctx context.Context, r *reader) ([]FocusBlock, error) {
		manager := r.text("manager")
		return ask(r, func() ([]FocusBlock, error) { return d.Focus(ctx, manager) })
	}))
	mux.Handle("POST /v1/focus", post(smallBody, d.AnswerFocus))
	mux.Handle("POST /v1/pause", post(smallBody, d.Pause))
	mux.Handle("POST /v1/resume", post(smallBody, func(ctx context.Context, _ struct{}) (Pause, error) { return d.Resume(ctx) }))
	mux.Handle("GET /v1/forget", get(func(ctx context.Context, r *reader) (Forgotten, error) {
		a := r.address("address")
		return ask(r, func() (Forgotten, error) { return d.ForgetPreview(ctx, a) })
	}))
	mux.Handle("POST /v1/forget", post(smallBody, func(ctx context.Context, r ForgetRequest) (Forgotten, error) {
		if r.Address.IsZero() {
			return Forgotten{}, Errorf(BadRequest, "", "forget: no address was given")
		}
		return d.Forget(ctx, r.Address)
	}))
	mux.Handle("POST /v1/reload", post(smallBody, order(d.Reload)))
	mux.Handle("POST /v1/clock/accept", post(smallBody, order(d.AcceptClock)))
	if o.Metrics != nil {
		mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; version=0.0.4")
			o.Metrics(w)
		})
	}
	return versioned(mux)
}

// versioned lets the other side see which interface this is.
func versioned(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(versionHeader, strconv.Itoa(Version))
		h.ServeHTTP(w, r)
	})
}

const versionHeader = "Headsup-Api"

// ask answers unless the query was wrong.
func ask[A any](r *reader, fn func() (A, error)) (A, error) {
	if err := r.done(); err != nil {
		var none A
		return none, err
	}
	return fn()
}

// get answers a question.
func get[A any](fn func(context.Context, *reader) (A, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := newReader(r.URL.Query())
		a, err := fn(r.Context(), q)
		if err == nil {
			err = q.done()
		}
		answer(w, a, err)
	})
}

// one answers a question about one message.
func one[A any](fn func(context.Context, ledger.ID) (A, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var a A
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil || id <= 0 {
			answer(w, a, Errorf(BadRequest, "", "%q is not the number of a message", r.PathValue("id")))
			return
		}
		a, err = fn(r.Context(), ledger.ID(id))
		answer(w, a, err)
	})
}

// post carries out an order. Once it was understood it no longer depends on whether
// the other side waits for the answer.
func post[Q, A any](limit int64, fn func(context.Context, Q) (A, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q Q
		var a A
		if err := decode(http.MaxBytesReader(w, r.Body, limit), r.Header.Get("Content-Type"), &q); err != nil {
			answer(w, a, err)
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
		defer cancel()
		a, err := fn(ctx, q)
		answer(w, a, err)
	})
}

// order is a request without content and answer.
func order(fn func(context.Context) error) func(context.Context, struct{}) (struct{}, error) {
	return func(ctx context.Context, _ struct{}) (struct{}, error) { return struct{}{}, fn(ctx) }
}

func decode(body io.Reader, contentType string, to any) error {
	if contentType != "application/json" {
		return Errorf(BadRequest, "send Content-Type: application/json", "the request is not JSON")
	}
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return Errorf(BadRequest, "", "read the request: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Errorf(BadRequest, "", "read the request: something follows the JSON object")
	}
	return nil
}

// answer writes what was asked for, or what went wrong.
func answer(w http.ResponseWriter, a any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			e = &Error{Code: Internal, Text: err.Error()}
		}
		shown := *e
		shown.Text = err.Error() // with what was wrapped around it
		a = shown
		w.WriteHeader(statusOf(e.Code))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(a) // the other side went away: nobody to tell
}

func statusOf(c Code) int {
	if s, ok := status[c]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// trail streams entries, one JSON object on a line. An error in the middle cuts the
// connection, so that half a trail cannot be taken for a whole one.
func trail(d Daemon) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rd := newReader(r.URL.Query())
		q := trailQuery(rd)
		if err := rd.done(); err != nil {
			answer(w, nil, err)
			return
		}
		w.Header().Set("Content-Type", "application/jsonl")
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		begun := false
		err := d.Trail(r.Context(), q, func(e Entry) error { begun = true; return enc.Encode(e) })
		switch {
		case err != nil && begun:
			panic(http.ErrAbortHandler)
		case err != nil:
			answer(w, nil, err)
		}
	})
}
