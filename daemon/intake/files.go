package intake

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// wanted reports whether a file name is that of a note, and not of something that an
// editor or a sync tool left beside one.
func (s *Service) wanted(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	if !slices.Contains(s.opt.Extensions, ext) {
		return false
	}
	lower := strings.ToLower(name)
	switch {
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "~"), strings.HasPrefix(name, "#"):
		return false
	case strings.Contains(lower, "conflicted copy"), strings.Contains(lower, ".sync-conflict-"):
		return false
	}
	return true
}

func skipDir(name string) bool { return strings.HasPrefix(name, ".") || name == "node_modules" }

// refuse says why a directory entry is not read, or "".
func refuse(info fs.FileInfo, device uint64) string {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return "is a symbolic link; headsup reads only files that lie in the folder itself"
	case !info.Mode().IsRegular():
		return "is not a regular file"
	case info.Size() > limitFor(info.Name()):
		return "is larger than headsup reads (2 MiB for notes, 16 MiB for transcripts)"
	case deviceOfInfo(info) != device:
		return "lies on another file system than the folder"
	case linksOf(info) > 1:
		return "has a second hard link; headsup reads only files that lie in the folder alone"
	}
	return ""
}

func deviceOf(root *os.Root) (uint64, error) {
	info, err := root.Stat(".")
	if err != nil {
		return 0, err
	}
	return deviceOfInfo(info), nil
}

func sortedNames(m map[string]fs.FileInfo) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// errText is the cause without the path, which stands beside it already.
func errText(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
