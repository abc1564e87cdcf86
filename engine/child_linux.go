package engine

import (
	"os/exec"
	"syscall"
)

// isolate keeps a terminal's Ctrl-C from the child, which we end in order ourselves, and ends it when we are killed.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
