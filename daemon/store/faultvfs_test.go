package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The layer under SQLite in these tests: a VFS (https://sqlite.org/vfs.html) that passes
// everything on to the one of the system and can refuse a write or a sync, and that knows
// which bytes were synced, so that a power cut can be played: what was not synced is
// lost, in part, in any order.
//
// It holds the tables of SQLite's C interface by their offsets on 64-bit machines.

const (
	vfsSize, vfsName, vfsOpenAt, vfsDeleteAt     = 168, 24, 40, 48
	ioSize, ioClose, ioWrite, ioTruncate, ioSync = 152, 8, 24, 32, 40
)

// disk is what one test sees of the layer.
type disk struct {
	mu     sync.Mutex
	files  map[string]*diskFile
	fail   func(op, path string) int32 // an SQLite result code, 0: goes well
	writes int
	cutAt  int               // the power goes at this write, 0: never
	image  map[string][]byte // what the disk held then
	rnd    *rand.Rand
}

type diskFile struct {
	path    string
	durable []byte
	pending []diskWrite
}

type diskWrite struct {
	at   int64
	data []byte // nil: cut off at at
}

var (
	diskMu  sync.Mutex
	current *disk                     // the tests that use it do not run side by side
	opened  = map[uintptr]*openFile{} // by sqlite3_file
	baseVFS uintptr
	once    sync.Once
)

type openFile struct {
	methods uintptr // of the system's VFS
	file    *diskFile
	d       *disk
}

// ptr is the memory at an address of SQLite's heap, which the collector of Go does not
// know.
func ptr(addr uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&addr)) }

func field(addr uintptr, off uintptr) *uintptr { return (*uintptr)(ptr(addr + off)) }

// fn makes a C function pointer callable.
func fn[F any](p uintptr) F {
	holder := &struct{ f uintptr }{p}
	return *(*F)(unsafe.Pointer(holder))
}

// newDisk registers the layer once and makes it the one of this test.
func newDisk(t *testing.T, seed uint64) *disk {
	t.Helper()
	once.Do(func() {
		tls := libc.NewTLS()
		baseVFS = sqlite3.Xsqlite3_vfs_find(tls, 0)
		mine := libc.Xmalloc(tls, vfsSize)
		libc.Xmemcpy(tls, mine, baseVFS, vfsSize)
		name, err := libc.CString("headsup-fault")
		if err != nil {
			panic(err)
		}
		*field(mine, vfsName) = name
		*(*func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32)(ptr(mine + vfsOpenAt)) = faultOpen
		*(*func(*libc.TLS, uintptr, uintptr, int32) int32)(ptr(mine + vfsDeleteAt)) = faultDelete
		if rc := sqlite3.Xsqlite3_vfs_register(tls, mine, 0); rc != sqlite3.SQLITE_OK {
			panic(fmt.Sprint("register the VFS: ", rc))
		}
	})
	d := &disk{files: map[string]*diskFile{}, rnd: rand.New(rand.NewPCG(seed, 1))}
	diskMu.Lock()
	current = d
	diskMu.Unlock()
	return d
}

func faultOpen(tls *libc.TLS, _, name, file uintptr, flags int32, out uintptr) int32 {
	open := fn[func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32](*field(baseVFS, vfsOpenAt))
	rc := open(tls, baseVFS, name, file, flags, out)
	if rc != sqlite3.SQLITE_OK || name == 0 || *field(file, 0) == 0 {
		return rc
	}
	methods := *field(file, 0)
	mine := libc.Xmalloc(tls, ioSize)
	libc.Xmemcpy(tls, mine, methods, ioSize)
	*(*func(*libc.TLS, uintptr) int32)(ptr(mine + ioClose)) = faultClose
	*(*func(*libc.TLS, uintptr, uintptr, int32, int64) int32)(ptr(mine + ioWrite)) = faultWrite
	*(*func(*libc.TLS, uintptr, int64) int32)(ptr(mine + ioTruncate)) = faultTruncate
	*(*func(*libc.TLS, uintptr, int32) int32)(ptr(mine + ioSync)) = faultSync
	*field(file, 0) = mine
	diskMu.Lock()
	defer diskMu.Unlock()
	opened[file] = &openFile{methods, current.file(libc.GoString(name)), current}
	return rc
}

// faultDelete forgets a file; SQLite syncs the directory with it.
func faultDelete(tls *libc.TLS, _, name uintptr, sync int32) int32 {
	path := libc.GoString(name)
	diskMu.Lock()
	d := current
	diskMu.Unlock()
	if rc := d.before("delete", path); rc != 0 {
		return rc
	}
	d.mu.Lock()
	delete(d.files, path)
	d.mu.Unlock()
	return fn[func(*libc.TLS, uintptr, uintptr, int32) int32](*field(baseVFS, vfsDeleteAt))(tls, baseVFS, name, sync)
}

func opening(file uintptr) *openFile {
	diskMu.Lock()
	defer diskMu.Unlock()
	return opened[file]
}

func faultClose(tls *libc.TLS, file uintptr) int32 {
	o := opening(file)
	diskMu.Lock()
	delete(opened, file)
	diskMu.Unlock()
	mine := *field(file, 0)
	*field(file, 0) = o.methods
	rc := fn[func(*libc.TLS, uintptr) int32](*field(o.methods, ioClose))(tls, file)
	libc.Xfree(tls, mine)
	return rc
}

func faultWrite(tls *libc.TLS, file, buf uintptr, n int32, at int64) int32 {
	o := opening(file)
	if rc := o.d.before("write", o.file.path); rc != 0 {
		return rc
	}
	o.d.note(o.file, diskWrite{at, slices.Clone((*libc.RawMem)(ptr(buf))[:n])})
	return fn[func(*libc.TLS, uintptr, uintptr, int32, int64) int32](*field(o.methods, ioWrite))(tls, file, buf, n, at)
}

func faultTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	o := opening(file)
	if rc := o.d.before("truncate", o.file.path); rc != 0 {
		return rc
	}
	o.d.note(o.file, diskWrite{size, nil})
	return fn[func(*libc.TLS, uintptr, int64) int32](*field(o.methods, ioTruncate))(tls, file, size)
}

func faultSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	o := opening(file)
	if rc := o.d.before("sync", o.file.path); rc != 0 {
		return rc
	}
	o.d.synced(o.file)
	return fn[func(*libc.TLS, uintptr, int32) int32](*field(o.methods, ioSync))(tls, file, flags)
}

func (d *disk) file(path string) *diskFile {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[path]
	if f == nil {
		f = &diskFile{path: path}
		if b, err := os.ReadFile(path); err == nil {
			f.durable = b
		}
		d.files[path] = f
	}
	return f
}

func (d *disk) before(op, path string) int32 {
	d.mu.Lock()
	fail := d.fail
	d.mu.Unlock()
	if fail == nil {
		return 0
	}
	return fail(op, filepath.Base(path))
}

// note remembers a write that is not synced; the power may go right behind it.
func (d *disk) note(f *diskFile, w diskWrite) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.pending = append(f.pending, w)
	if d.writes++; d.writes == d.cutAt {
		d.cut()
	}
}

func (d *disk) synced(f *diskFile) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range f.pending {
		f.durable = w.on(f.durable)
	}
	f.pending = nil
}

func (w diskWrite) on(b []byte) []byte {
	if w.data == nil {
		return slices.Clone(b[:min(int64(len(b)), w.at)])
	}
	if end := w.at + int64(len(w.data)); int64(len(b)) < end {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[w.at:], w.data)
	return b
}

// cut takes the image of the disk without power: all that was synced, and of the rest
// some writes, some of them torn.
func (d *disk) cut() {
	d.image = map[string][]byte{}
	for _, path := range slices.Sorted(maps.Keys(d.files)) {
		f := d.files[path]
		b := slices.Clone(f.durable)
		for _, w := range f.pending {
			switch d.rnd.IntN(3) {
			case 0:
				b = w.on(b)
			case 1:
				if n := len(w.data); n > 1 {
					b = diskWrite{w.at, w.data[:d.rnd.IntN(n)]}.on(b)
				}
			}
		}
		d.image[filepath.Base(path)] = b
	}
}

// restore writes the image into a new directory.
func (d *disk) restore(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, b := range d.image {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// logFile is the journal on the same disk.
type logFile struct {
	journalOut
	d    *disk
	f    *diskFile
	size int64
}

func (d *disk) log(path string, out journalOut) journalOut {
	f := d.file(path)
	return &logFile{out, d, f, int64(len(f.durable))}
}

func (l *logFile) Write(b []byte) (int, error) {
	if rc := l.d.before("write", l.f.path); rc != 0 {
		return 0, fmt.Errorf("write %s: code %d", journalFile, rc)
	}
	l.d.note(l.f, diskWrite{l.size, slices.Clone(b)})
	l.size += int64(len(b))
	return l.journalOut.Write(b)
}

func (l *logFile) Sync() error {
	if rc := l.d.before("sync", l.f.path); rc != 0 {
		return fmt.Errorf("sync %s: code %d", journalFile, rc)
	}
	l.d.synced(l.f)
	return l.journalOut.Sync()
}
