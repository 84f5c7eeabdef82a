package daemon

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"headsup/daemon/ledger"
)

// contain is the [ledger.Contain] of the services. The stack names functions and lines and
// nothing that anybody wrote; of the panic itself only what the runtime says is logged,
// for any other value could be a text from a mail.
func (d *Daemon) contain(item string, work func() error) (err error) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		kind := fmt.Sprintf("%T", r)
		if e, ok := r.(runtime.Error); ok {
			kind = e.Error()
		}
		d.log.Error("a fault in headsup, the item is left out", "name", item, "kind", kind, "stack", string(debug.Stack()))
		err = fmt.Errorf("%s: %w (%s)", item, ledger.ErrFault, kind)
	}()
	return work()
}
