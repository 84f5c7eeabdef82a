package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// migration is one numbered step of the schema. Its number is the user_version after it.
type migration struct {
	to   int
	name string
	sql  string
}

func migrations() ([]migration, error) {
	names, err := fs.Glob(schemaFiles, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var out []migration
	for i, name := range names {
		text, err := schemaFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		num, _, _ := strings.Cut(filepath.Base(name), "_")
		n, err := strconv.Atoi(num)
		if err != nil || n != i+1 {
			return nil, fmt.Errorf("schema file %s: want number %d", name, i+1)
		}
		out = append(out, migration{n, filepath.Base(name), string(text)})
	}
	return out, nil
}

// migrate brings the schema to the version of this program, all steps in one
// transaction, after a copy of the old database was made.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	return s.migrateTo(ctx, steps)
}

func (s *Store) migrateTo(ctx context.Context, steps []migration) error {
	var have int
	if err := s.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	want := steps[len(steps)-1].to
	switch {
	case have > want:
		return fmt.Errorf("%w: it has schema %d, this program knows %d; install the newer headsup again, or restore the backup headsup.db.v%d.bak",
			ErrNewer, have, want, want)
	case have == want:
		return nil
	}
	if have > 0 {
		if err := s.backup(ctx, have); err != nil {
			return fmt.Errorf("back up before the migration: %w", err)
		}
	}
	return s.write(ctx, fmt.Sprintf("migrate from schema %d to %d", have, want), func(tx *sql.Tx) error {
		for _, m := range steps[have:] {
			if _, err := tx.ExecContext(ctx, m.sql); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", want))
		return err
	})
}

// backup copies the database beside itself. An unfinished copy of an earlier start that
// was killed is made again: it gets its name only when it is complete and synced.
func (s *Store) backup(ctx context.Context, version int) error {
	final := s.path(fmt.Sprintf("%s.v%d.bak", dbFile, version))
	part := final + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := createPrivate(part); err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return err
	}
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, final); err != nil {
		return err
	}
	s.start.Migrated = final
	return syncDir(s.dir)
}
