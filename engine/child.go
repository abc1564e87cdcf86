package engine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// stopGrace is ten times what the server needs to end in order.
const stopGrace = 10 * time.Second

// child is a program that runs as long as we do.
type child struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when it has ended
}

// startChild runs a program whose output goes to a log file. The environment holds only what is given: our own
// variables hold secrets, and some would change the server's configuration.
func startChild(logFile, program string, args, env []string) (*child, error) {
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(program, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(logFile)}, env...)
	cmd.Stdout, cmd.Stderr = out, out
	isolate(cmd)
	c := &child{cmd: cmd, log: logFile, done: make(chan struct{})}
	started := make(chan error)
	go c.run(started)
	return c, <-started
}

// run starts and awaits the program on one thread: Linux ends the child with the thread that made it, not only with
// the process.
func (c *child) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.cmd.Start()
	started <- err
	if err == nil {
		_ = c.cmd.Wait() // how it ended is told by its log
	}
	close(c.done)
}

func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// stop asks the program to end and waits; one that does not obey is killed.
func (c *child) stop() {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		c.kill()
		return
	}
	select {
	case <-c.done:
	case <-time.After(stopGrace):
		c.kill()
	}
}

// kill ends the program without warning.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // fails only when it has ended already
	<-c.done
}

// fault describes an early end by the last lines of the log.
func (c *child) fault() error {
	const tail = 2000
	text, _ := os.ReadFile(c.log)
	if len(text) > tail {
		text = text[len(text)-tail:]
	}
	return fmt.Errorf("engine: %s ended at once, see %s: %s", filepath.Base(c.cmd.Path), c.log, strings.TrimSpace(string(text)))
}
