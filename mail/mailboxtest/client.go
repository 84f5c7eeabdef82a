package mailboxtest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"headsup/mail"
	"headsup/mail/letter"
)

// Submitted tells the provider that it accepted a message, so that it does with Sent
// what such a provider does.
func (m *Memory) Submitted(wire []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.provider.FilesSent {
		return nil
	}
	if !m.provider.KeepsID {
		m.ids++
		var err error
		wire, err = letter.Wire(wire, letter.WireOptions{Date: m.now(), ID: mail.MessageID("relay-" + strconv.Itoa(m.ids) + "@relay.example.net")})
		if err != nil {
			return fmt.Errorf("file a sent message: %w", err)
		}
	}
	_, err := m.add(m.folders[mail.Sent], mail.Sent, wire, mail.Flags{Seen: true})
	return err
}

// Deliver puts a message into a folder as another client or the server would.
func (m *Memory) Deliver(f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	folder, ok := m.folders[f]
	if !ok {
		return mail.Ref{}, mail.ErrNoFolder
	}
	return m.add(folder, f, raw, flags)
}

// SetFlags changes flags as another client would (the star is Flagged).
func (m *Memory) SetFlags(r mail.Ref, flags mail.Flags) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	folder, ok := m.folders[r.Folder]
	if !ok {
		return mail.ErrNoFolder
	}
	i := folder.find(r)
	if i < 0 {
		return mail.ErrGone
	}
	folder.messages[i].header.Flags = flags
	m.change(folder)
	return nil
}

// Rebuild gives a folder a new validity and its messages new UIDs, as a server does
// that lost its index.
func (m *Memory) Rebuild(f mail.Folder) {
	m.mu.Lock()
	defer m.mu.Unlock()
	folder := m.folders[f]
	m.rebuilt++
	folder.validity, folder.next = strconv.Itoa(m.rebuilt), 1
	for _, msg := range folder.messages {
		msg.uid = folder.next
		msg.header.Ref = mail.Ref{Folder: f, Validity: folder.validity, UID: strconv.Itoa(folder.next)}
		folder.next++
	}
	m.change(folder)
}

// dropField takes a field out of the header.
func dropField(raw []byte, name string) []byte {
	var out bytes.Buffer
	inHeader, dropping := true, false
	for line := range bytes.Lines(raw) {
		if inHeader {
			folded := line[0] == ' ' || line[0] == '\t'
			field, _, _ := strings.Cut(string(line), ":")
			dropping = folded && dropping || !folded && strings.EqualFold(strings.TrimSpace(field), name)
			inHeader = len(bytes.TrimRight(line, "\r\n")) > 0
		}
		if !inHeader || !dropping {
			out.Write(line)
		}
	}
	return out.Bytes()
}
