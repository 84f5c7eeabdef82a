package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"time"

	"headsup/mail"
)

// client is a submitter over the simulated network: the conversation of RFC 5321 on
// net/textproto, without TLS, with the body flushed before the gate so that only the
// last three bytes are behind it.
type client struct{ w *world }

// Submit is [mail.Submitter.Submit].
func (c client) Submit(ctx context.Context, e mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	conn, err := c.w.dial()
	if err != nil {
		return failed(mail.StageConnect, err)
	}
	defer conn.Close()
	t := &talk{conn: conn, text: textproto.NewConn(conn)}
	if r := t.envelope(e); r != nil {
		return *r
	}
	if err := t.body(wire); err != nil {
		return failed(mail.StageBody, err)
	}
	if err := gate(ctx); err != nil {
		return mail.Result{Outcome: mail.NotSent, Stage: mail.StageGate, Err: err}
	}
	return t.dot()
}

type talk struct {
	conn net.Conn
	text *textproto.Conn
}

// ask sends a line, unless it is empty, and reads the answer.
func (t *talk) ask(line string, want int) error {
	if err := t.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	if line != "" {
		if err := t.text.PrintfLine("%s", line); err != nil {
			return err
		}
	}
	_, _, err := t.text.ReadResponse(want)
	return err
}

// envelope goes as far as the answer 354.
func (t *talk) envelope(e mail.Envelope) *mail.Result {
	plain := base64.StdEncoding.EncodeToString([]byte("\x00sam\x00secret"))
	type command struct {
		stage mail.Stage
		line  string
		want  int
	}
	list := []command{
		{mail.StageGreeting, "", 220}, {mail.StageGreeting, "EHLO sam.example.com", 250},
		{mail.StageAuth, "AUTH PLAIN " + plain, 235}, {mail.StageMail, fmt.Sprintf("MAIL FROM:<%s>", e.From), 250},
	}
	for _, to := range e.To {
		list = append(list, command{mail.StageRcpt, fmt.Sprintf("RCPT TO:<%s>", to), 250})
	}
	for i, cmd := range append(list, command{mail.StageData, "DATA", 354}) {
		if err := t.ask(cmd.line, cmd.want); err != nil {
			r := failed(cmd.stage, err)
			r.Account = cmd.stage == mail.StageAuth && r.Permanent
			if cmd.stage == mail.StageRcpt && r.Code != 0 {
				r.Rejected = []mail.Address{e.To[i-4]}
			}
			return &r
		}
	}
	return nil
}

// body writes everything but the last dot.
func (t *talk) body(wire []byte) error {
	if err := t.conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		return err
	}
	for line := range bytes.Lines(wire) {
		if line[0] == '.' {
			line = append([]byte{'.'}, line...)
		}
		if _, err := t.text.W.Write(line); err != nil {
			return err
		}
	}
	return t.text.W.Flush()
}

// dot writes the end and waits for the one answer that matters.
func (t *talk) dot() mail.Result {
	unknown := mail.Result{Outcome: mail.Uncertain, Stage: mail.StageDot}
	if unknown.Err = t.conn.SetDeadline(time.Now().Add(10 * time.Minute)); unknown.Err != nil {
		return unknown
	}
	if unknown.Err = t.text.PrintfLine("."); unknown.Err != nil {
		return unknown
	}
	code, text, err := t.text.ReadResponse(2)
	var no *textproto.Error
	switch {
	case errors.As(err, &no) && no.Code >= 400 && no.Code < 600:
		return failed(mail.StageDot, err)
	case err != nil:
		unknown.Err = err
		return unknown
	}
	_ = t.ask("QUIT", 221)
	return mail.Result{Outcome: mail.Accepted, Stage: mail.StageDot, Code: code, Reply: text}
}

// failed is a refusal, or a conversation that broke before the last byte.
func failed(stage mail.Stage, err error) mail.Result {
	r := mail.Result{Outcome: mail.NotSent, Stage: stage, Err: err}
	var no *textproto.Error
	if errors.As(err, &no) {
		r.Code, r.Reply, r.Permanent = no.Code, no.Msg, no.Code >= 500 && no.Code < 600
	}
	return r
}
