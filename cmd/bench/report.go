package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// times are durations of the same thing, measured again and again.
type times []time.Duration

// at gives the value below which a share of all lies.
func (t times) at(share float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

func (t times) String() string {
	return fmt.Sprintf("median %s, p99 %s", milliseconds(t.at(0.5)), milliseconds(t.at(0.99)))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// report is the table of one run.
type report struct {
	began    time.Time
	machine  string
	lines    []string
	notes    []string
	sessions struct{ rate, cost float64 } // a second; CPU seconds of one; for the ratio to the floor
}

func newReport() *report {
	return &report{began: time.Now(), machine: machine()}
}

// add adds a figure, with what the machine did meanwhile: the load average before, and the cores in use.
func (r *report) add(what, value, aim string, u used) {
	server, ours, bench, others := u.cores()
	r.lines = append(r.lines, fmt.Sprintf("%s\t%s\t%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f", what, value, aim, u.average, server, ours, bench, others))
	fmt.Fprintf(os.Stderr, "  %s: %s\n", what, value)
}

func (r *report) note(text string) { r.notes = append(r.notes, text) }

func (r *report) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n%s; took %s; load average at the end %s\n\n", r.machine, r.began.Format("2006-01-02 15:04"), time.Since(r.began).Round(time.Second), loadAverage())
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "figure\tmeasured\taim\tload\tcores: Temporal\tLifeline\tbench, simulators\tothers")
	for _, line := range r.lines {
		fmt.Fprintln(table, line)
	}
	_ = table.Flush()
	fmt.Fprintln(out)
	for _, note := range r.notes {
		fmt.Fprintln(out, "*", note)
	}
}

// machine names what was measured on.
func machine() string {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == "go.temporal.io/sdk" {
				version = dependency.Version
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s, Temporal SDK %s, Temporal server of tools/server on SQLite (WAL, full sync)",
		processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), version)
}

func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
