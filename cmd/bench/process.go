package main

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// process is a program that runs beside us, as it would in production.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
}

// startProcess runs a program with this environment alone; what it says goes to a file.
func startProcess(program, log string, env map[string]string, args ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.Command(program, args...), log: log, done: make(chan struct{})}
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir()}
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is told by its log
		close(p.done)
	}()
	return p, nil
}

const stopGrace = 10 * time.Second

// stop asks the process to end; one that does not obey is killed.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		<-p.done
		return nil // it has ended already
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(stopGrace):
	}
	err := p.cmd.Process.Kill()
	<-p.done
	return err
}
