package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticks is CPU time as Linux counts it, in hundredths of a second.
type ticks int64

func (t ticks) seconds() float64 { return float64(t) / 100 }

// load is what the machine did during a measurement.
type load struct {
	bench   *bench
	average string
	began   time.Time
	server  ticks
	ours    ticks
	self    ticks
	machine ticks
}

// used is the same in cores, as means over the measurement.
type used struct {
	average                      string // load average at the beginning
	took                         time.Duration
	server, ours, bench, machine float64 // CPU seconds
}

func (b *bench) startLoad() load {
	l := load{bench: b, average: loadAverage()}
	l.read()
	return l
}

func (l *load) read() {
	l.began = time.Now()
	l.server, l.ours = processTicks(children()["temporal-server"]), processTicks(l.bench.lifeline.cmd.Process.Pid)
	l.self, l.machine = processTicks(os.Getpid()), machineTicks()
}

func (l load) end() used {
	now := l
	now.read()
	return used{
		average: l.average, took: now.began.Sub(l.began), server: (now.server - l.server).seconds(), ours: (now.ours - l.ours).seconds(),
		bench: (now.self - l.self).seconds(), machine: (now.machine - l.machine).seconds(),
	}
}

// cores tells how many cores each part was busy with; others is what is not ours.
func (u used) cores() (server, ours, bench, others float64) {
	s := u.took.Seconds()
	return u.server / s, u.ours / s, u.bench / s, max(0, u.machine-u.server-u.ours-u.bench) / s
}

// cost is the CPU time that one of many took in all our processes.
func (u used) cost(count int) float64 { return (u.server + u.ours + u.bench) / float64(count) }

// perItem tells what one of many cost each part.
func (u used) perItem(count int) string {
	each := func(seconds float64) float64 { return seconds * 1000 / float64(count) }
	return fmt.Sprintf("Temporal server %.1f ms of CPU, Lifeline %.1f ms, bench with simulators %.1f ms", each(u.server), each(u.ours), each(u.bench))
}

func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// processTicks is the CPU time of a process, all its threads, 0 when it is not there.
func processTicks(pid int) ticks {
	_, fields := stat(pid)
	if len(fields) < 13 {
		return 0
	}
	return number(fields[11]) + number(fields[12])
}

// stat reads /proc/<pid>/stat: the name, and the fields after it. The name may hold anything, so its end is looked for
// from behind.
func stat(pid int) (string, []string) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	begin, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if err != nil || begin < 0 || end < begin {
		return "", nil
	}
	return string(text[begin+1 : end]), strings.Fields(string(text[end+1:]))
}

// machineTicks is the time in which the machine's cores were busy.
func machineTicks() ticks {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	var total ticks
	for i, field := range strings.Fields(line) {
		switch i { // name, then user, nice, system, idle, iowait, irq, softirq, steal; guest is within user
		case 1, 2, 3, 6, 7, 8:
			total += number(field)
		}
	}
	return total
}

// children finds the processes that we started, by name.
func children() map[string]int {
	found := map[string]int{}
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		pid, _ := strconv.Atoi(filepath.Base(entry))
		if name, fields := stat(pid); len(fields) > 1 && int(number(fields[1])) == os.Getpid() {
			found[name] = pid
		}
	}
	return found
}

func number(text string) ticks {
	n, _ := strconv.ParseInt(text, 10, 64)
	return ticks(n)
}

// megabytes is resident memory.
type megabytes float64

func (m megabytes) String() string { return fmt.Sprintf("%.0f MB", float64(m)) }

func (p *process) memory() megabytes { return processMemory(p.cmd.Process.Pid) }

// processMemory reads VmRSS.
func processMemory(pid int) megabytes {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	return megabytes(float64(number(fields[0])) / 1024)
}
