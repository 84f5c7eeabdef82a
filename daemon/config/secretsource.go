package config

// SecretSource says where a secret is kept. It is not the secret.
type SecretSource struct {
	Command    []string // program and arguments; the first line of its output is the secret
	File       string   // readable by its owner alone
	Keyring    string   // "service/user" in the keyring of the desktop
	Credential string   // name of a systemd credential
}

// IsZero reports whether no source was given.
func (s SecretSource) IsZero() bool {
	return len(s.Command) == 0 && s.File == "" && s.Keyring == "" && s.Credential == ""
}

// secret reads where a secret is kept. The value is never shown: it may be a secret
// that somebody wrote into the file.
func (t *table) secret(key string, to *SecretSource) {
	const allowed = `{ command = ["…"] }, { file = "…" }, { keyring = "service/user" } or { credential = "…" }`
	v, ok := t.take(key)
	if t.w.schema != nil {
		t.secretTable(key, map[string]any{}, to)
		return
	}
	if !ok {
		return
	}
	tree, ok := v.(map[string]any)
	if !ok {
		t.fault(key, nil, "is written into the file in plain sight", allowed, "keep it in a file of mode 0600 or a keyring, and name that here; then change it, because it was readable")
		return
	}
	before := len(t.w.faults)
	t.secretTable(key, tree, to)
	if len(t.w.faults) == before && len(tree) != 1 {
		t.fault(key, nil, "names more or less than one place", "exactly one of "+allowed, "")
	}
}

func (t *table) secretTable(key string, tree map[string]any, to *SecretSource) {
	s := &table{w: t.w, path: t.at(key), tree: tree, hush: true}
	if s.list("command", &to.Command) && (len(to.Command) == 0 || to.Command[0] == "") {
		s.fault("command", nil, "is empty", `program and arguments, ["pass", "show", "mail"]`, "")
	}
	s.file("file", &to.File)
	s.text("keyring", &to.Keyring)
	s.text("credential", &to.Credential)
	s.end()
}
