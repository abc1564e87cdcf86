# Lifeline. `make run` tries it, `make test` checks it. Needs Go 1.26, make, git and a C compiler (for the race detector).

BIN   := $(CURDIR)/.bin
LINT  := tools/lint
TOOLS := $(BIN)/temporal-server $(BIN)/temporal-ui

# No version control stamps: they fail where the directory belongs to somebody else, as in many CI systems.
GOFLAGS += -buildvcs=false
export GOFLAGS

.PHONY: help tools build run test test-postgres check fmt vet staticcheck workflowcheck vulncheck browser bench clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

tools: $(TOOLS) ## build the Temporal server and UI for `run` and `test` (3-4 minutes, once)

# The programs are pinned by tools/server/go.mod and rebuilt only when it changes.
$(BIN)/temporal-server: tools/server/go.mod
	@echo "Building the Temporal server: 3-4 minutes on two cores, once."
	go build -C tools/server -ldflags '-s -w' -o $@ go.temporal.io/server/cmd/server

$(BIN)/temporal-ui: tools/server/go.mod | $(BIN)/temporal-server
	@echo "Building the Temporal UI: some seconds, once."
	go build -C tools/server -ldflags '-s -w' -o $@ github.com/temporalio/ui-server/v2/cmd/server

build: ## build the one binary, .bin/lifeline
	go build -trimpath -o $(BIN)/lifeline ./cmd/lifeline

run: tools build ## start everything with simulated vendors and CRMs; no account needed
	$(BIN)/lifeline dev

test: browser tools check ## run every check and every test
	go test -race -p 2 -parallel 4 -timeout 20m ./...
	@echo "make test: every check and every test passed."

test-postgres: tools $(BIN)/temporal-sql-tool ## run the tests of the separate processes with Temporal on PostgreSQL
	.ci/with-postgres $(BIN) go test ./cmd/lifeline -v -run 'SeparateProcesses|TestTerminated|FindNoWorker|TestKill' -skip '/engine'

$(BIN)/temporal-sql-tool: tools/server/go.mod
	go build -C tools/server -ldflags '-s -w' -o $@ go.temporal.io/server/cmd/tools/sql

check: fmt vet staticcheck workflowcheck vulncheck

fmt:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt: $$unformatted"; exit 1; }

vet:
	go vet ./...

staticcheck: $(BIN)/staticcheck
	$(BIN)/staticcheck ./...

# Finds what is not deterministic in workflow code: map ranges, go statements, the real clock.
workflowcheck: $(BIN)/workflowcheck
	$(BIN)/workflowcheck ./workflows/...

vulncheck:
	@if curl -fsS --max-time 5 -o /dev/null https://vuln.go.dev/index/db.json 2>/dev/null; \
	then $(MAKE) --no-print-directory $(BIN)/govulncheck && echo $(BIN)/govulncheck ./... && $(BIN)/govulncheck ./...; \
	else echo "!!! govulncheck was SKIPPED: the database at vuln.go.dev can't be reached from here."; fi

$(BIN)/staticcheck: $(LINT)/go.mod
	go build -C $(LINT) -o $@ honnef.co/go/tools/cmd/staticcheck

$(BIN)/workflowcheck: $(LINT)/go.mod
	go build -C $(LINT) -o $@ go.temporal.io/sdk/contrib/tools/workflowcheck

$(BIN)/govulncheck: $(LINT)/go.mod
	go build -C $(LINT) -o $@ golang.org/x/vuln/cmd/govulncheck

# The pages are tested in a real browser, the scripts for the CRMs in Node.js.
browser:
	@.ci/need chromium chromium chromium-browser google-chrome
	@.ci/need nodejs node

bench: tools build ## measure speed and memory, with the floor of the same run; BENCH="-only press" for a part
	go run ./cmd/bench -lifeline $(BIN)/lifeline $(BENCH)

clean: ## remove what was built and the local server's data
	rm -rf $(BIN) .data
