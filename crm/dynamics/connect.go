package dynamics

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/lifeline/support"
)

// Connect sets the environment up: tables, columns, lookups, status reasons and alternate keys, then the webhook that
// tells hookURL of new session rows with secret in hookHeader. It is safe to repeat: what exists is left alone, but
// the webhook's address and secret are always set, which is how a secret is rotated (dynamics.md 1.3, 5). The
// findings say what was done; after the first failure nothing further is tried.
//
// The signed-in application user needs customization rights for this; the integration role of daily work has none.
func (c *CRM) Connect(ctx context.Context, hookURL string, secret support.Secret) ([]support.Finding, error) {
	hook, err := url.Parse(hookURL)
	if err != nil || hook.Host == "" || secret == "" {
		return nil, support.Stopped(support.CodeInvalid, "set DYNAMICS_WEBHOOK_SECRET (and LIFELINE_PUBLIC_URL): the webhook is registered with it", nil)
	}
	findings, changed, err := c.ensureTables(ctx)
	if err != nil {
		return findings, err
	}
	findings = append(findings, c.relabelStatuses(ctx, Sessions)...)
	if err := c.publish(ctx, changed); err != nil {
		return append(findings, failed("publish", err)), err
	}
	done, err := c.ensureWebhook(ctx, hookURL, secret)
	if err != nil {
		return append(findings, failed("webhook", err)), err
	}
	return append(findings, done...), nil
}

func (c *CRM) ensureTables(ctx context.Context) (findings []support.Finding, changed bool, err error) {
	for _, table := range Tables {
		done, err := c.ensureTable(ctx, table)
		if err == nil || len(done) > 0 {
			findings = append(findings, tableFinding(c.names.of(table.Name), done))
		}
		changed = changed || len(done) > 0
		if err != nil {
			return append(findings, failed("table "+c.names.of(table.Name), err)), changed, err
		}
	}
	return findings, changed, nil
}

func tableFinding(name string, done []string) support.Finding {
	if len(done) == 0 {
		return support.Fine("table "+name, "nothing to do")
	}
	return support.Fine("table "+name, "created: "+strings.Join(done, ", "))
}

// ensureTable creates what a table lacks, and tells what it created.
func (c *CRM) ensureTable(ctx context.Context, table Table) (done []string, err error) {
	name := c.names.of(table.Name)
	present, err := c.columnsOf(ctx, name)
	if support.HasCode(err, support.CodeNotFound) || codeOf(err) == codeNoTable {
		if err = c.define(ctx, "EntityDefinitions", c.tableDefinition(table)); err != nil {
			return nil, err
		}
		done, present = append(done, "the table"), []string{c.names.of(table.Columns[0].Name)}
	}
	if err != nil {
		return nil, err
	}
	columns, err := c.ensureColumns(ctx, table, present)
	if done = append(done, columns...); err != nil {
		return done, err
	}
	reasons, err := c.ensureStatuses(ctx, table)
	if done = append(done, reasons...); err != nil {
		return done, err
	}
	created, err := c.ensureKey(ctx, table)
	if created {
		done = append(done, "the key")
	}
	return done, err
}

// wanted are the columns a table must have here: without the lookups to tables that are not installed.
func (c *CRM) wanted(table Table) []Column {
	return slices.DeleteFunc(slices.Clone(table.Columns), func(column Column) bool {
		return column.Type == Lookup && column.Target != "systemuser" && !slices.Contains(c.cfg.RecordTypes, column.Target)
	})
}

func (c *CRM) ensureColumns(ctx context.Context, table Table, present []string) (done []string, err error) {
	name := c.names.of(table.Name)
	for _, column := range c.wanted(table) {
		if slices.Contains(present, c.names.of(column.Name)) {
			continue
		}
		if column.Type == Lookup {
			err = c.define(ctx, "RelationshipDefinitions", c.lookupDefinition(table, column))
		} else {
			err = c.define(ctx, definition(name)+"/Attributes", c.columnDefinition(column))
		}
		if err != nil {
			return done, err
		}
		done = append(done, column.Name)
	}
	return done, nil
}

// columnsOf lists the logical names of a table's columns; not found means that the table is missing.
func (c *CRM) columnsOf(ctx context.Context, table string) ([]string, error) {
	type found struct {
		Name string `json:"LogicalName"`
	}
	rows, _, err := getPage[found](ctx, c, definition(table)+"/Attributes", selecting([]string{"LogicalName"}), strong)
	if err != nil {
		return nil, err
	}
	present := make([]string, 0, len(rows))
	for _, row := range rows {
		present = append(present, row.Name)
	}
	return present, nil
}

// ensureStatuses adds the status reasons that a table lacks.
func (c *CRM) ensureStatuses(ctx context.Context, table Table) (done []string, err error) {
	if len(table.Statuses) == 0 {
		return nil, nil
	}
	present, err := c.statusLabels(ctx, c.names.of(table.Name))
	if err != nil {
		return nil, err
	}
	for _, status := range table.Statuses {
		if _, exists := present[c.names.status(status)]; exists {
			continue
		}
		body := c.statusDefinition(table, status)
		body["StateCode"] = status.state()
		if err := c.define(ctx, "InsertStatusValue", body); err != nil {
			return done, err
		}
		done = append(done, "status "+status.Label)
	}
	return done, nil
}

// relabelStatuses gives the platform's own two status reasons our names for them. Without it agents read Active for
// Requested, which is a pity and no fault.
func (c *CRM) relabelStatuses(ctx context.Context, table Table) []support.Finding {
	present, err := c.statusLabels(ctx, c.names.of(table.Name))
	if err != nil {
		return []support.Finding{failed("status labels", err)}
	}
	var findings []support.Finding
	for _, status := range table.Statuses {
		if label := present[c.names.status(status)]; status.Own || label == status.Label {
			continue
		}
		body := c.statusDefinition(table, status)
		body["MergeLabels"] = true
		if err := c.define(ctx, "UpdateOptionValue", body); err != nil {
			findings = append(findings, support.Warn("status labels", "a status reason could not be named: "+support.AsError(err).Message, "name it "+status.Label+" by hand"))
		}
	}
	return findings
}

// ensureKey creates a table's alternate key. Its index is built by a background job (dynamics.md 0.6).
func (c *CRM) ensureKey(ctx context.Context, table Table) (created bool, err error) {
	_, found, err := c.keyOf(ctx, table)
	if err != nil || found {
		return false, err
	}
	err = c.define(ctx, definition(c.names.of(table.Name))+"/Keys", c.keyDefinition(table))
	return err == nil, err
}

// publish makes the tables visible. The webhook's step comes last: without it, an earlier connect may have broken off
// before it published what it created.
func (c *CRM) publish(ctx context.Context, changed bool) error {
	if !changed {
		if _, finished, err := c.step(ctx); finished || err != nil {
			return err
		}
	}
	return c.define(ctx, "PublishAllXml", map[string]any{})
}

// define sends a piece of metadata work.
func (c *CRM) define(ctx context.Context, path string, body any) error {
	_, err := c.do(ctx, call{method: http.MethodPost, path: path, body: body, slow: true,
		accept: []int{http.StatusNoContent, http.StatusOK, http.StatusCreated}})
	if err != nil {
		return fmt.Errorf("%s: %w", strings.SplitN(path, "(", 2)[0], err)
	}
	return nil
}
