package maildir

import (
	"hash/maphash"
	"sync"

	"headsup/mail"
)

// maxCached bounds the memory of a headerCache: 24 bytes each.
const maxCached = 200_000

// headerCache remembers, for messages that were looked at, sums of what Find compares,
// so that it opens only the files that can match. A message never changes under its
// name, so nothing in it becomes wrong.
type headerCache struct {
	seed maphash.Seed

	mu   sync.Mutex
	keys map[uint64][2]uint64 // sum of the base name to sums of Message-ID and token
}

func newHeaderCache() *headerCache {
	return &headerCache{seed: maphash.MakeSeed(), keys: map[uint64][2]uint64{}}
}

func (c *headerCache) put(base string, h mail.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.keys) >= maxCached {
		clear(c.keys)
	}
	c.keys[c.sum(base)] = [2]uint64{c.sum(string(h.ID)), c.sum(h.Token)}
}

// may reports whether a message can match.
func (c *headerCache) may(base string, q mail.Query) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.keys[c.sum(base)]
	return !ok || (q.ID == "" || k[0] == c.sum(string(q.ID))) && (q.Token == "" || k[1] == c.sum(q.Token))
}

func (c *headerCache) sum(s string) uint64 { return maphash.String(c.seed, s) }
