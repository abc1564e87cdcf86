// Package rules holds the repository's rules as tests: which room may import which, what every source file keeps to, and
// that the documentation tells the truth. It has no code of its own. `go test ./internal/rules -update` rewrites the
// parts of the documentation that are made from the code.
package rules
